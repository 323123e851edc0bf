"""English."""

# --- the guided run: console.py --------------------------------------------------------------------------------------

CONSOLE = {
    "lab": "Lab {n}: {title}",
    "start": "start: {argv}   (pid {pid})",
    "start_at": "start in {at}: {argv}   (pid {pid})",
    "sent": "type into {of}: {line}",
    "enter": "press Enter in {of}",
    "end": "end of input for {of}",
    "signal": "kill -{signal} {pid}",
    "ended_with": "{of} ended: exit code {exit}",
    "ended_by": "{of} ended: killed by SIG{signal}",
    "count": "seen {count} ×: {first}",
    "none": "not seen: {line}",
    "killed": "{of} (pid {pid}) was still running; it is ended here",
    "cut": "{of} prints too much: output after {lines} lines is dropped",
    "done": "End of the lab. Try one demo yourself: make lab-{n} DEMO={demo}",
    "broken": "{bad} scene(s) did not show what they should.",
    "nothing": "nothing to play; demos: {demos}",
    # What did not come in time:
    "overdue": "NOT SEEN in time: {wanted}",
    "overdue_end": "its end",
    "overdue_join": "the container of {wanted}",
    "overdue_answer": "an answer of the container of {wanted}",
    "overdue_system": "{wanted}",
    "overdue_program": "a program named {wanted}",
    "overdue_name": "a name of use: {wanted}",
    "and": " and ",
    "without": " without ",
    "or": " or ",
    # The other side of a lab in several containers, remote.py:
    "no_conductor": "no conductor at {place}: {error}",
    "strange_conductor": "what {place} says makes no sense ({error})",
}

# --- a program's run: launch.py --------------------------------------------------------------------------------------

LAUNCH = {
    "exit_code": "exit code {n}",
    "killed_by": "killed by {name}",
    "out_of_memory": " (out of memory: the container may use {limit})",
    "stopped": "stopped by {name}; no shell here to continue it: continued",
    "left": "the program has ended; of what it started, {n} still run; ^C ends that",
    "large": "too large to be copied, so here for reading only: {names}",
    "outside": "left out, because these links lead out of the program's folder: {names}",
}

# --- a recording: record.py ------------------------------------------------------------------------------------------

RECORD = {
    "refused": "this machine doesn't let a program be traced ({why}), so there can be no recording. "
    "The live view needs no tracing: make look-{n}",
    "refused_yama": "kernel.yama.ptrace_scope is {scope}",
    "refused_emulated": "an emulated processor has no ptrace(2)",
    "limit_bytes": "the recording has reached its limit of {limit} MB; it ends here, and the program with it",
    "limit_lines": "the recording has reached its limit of {limit} lines; it ends here, and the program with it",
    "limit_seconds": "the recording has reached its limit of {limit} s; it ends here, and the program with it",
    "limit_logs": "the recording has reached its limit of {limit} processes and threads; it ends here, "
    "and the program with it",
    "limit_full": "there is no room left for the recording; it ends here, and the program with it",
    "limit_user": "recording stopped; what there is, is kept",
    "foreign": "{folder} is not a folder that only the recorder can use, so there can be no recording",
    "beside": "something ran beside the recorder to the end and was killed; the recording doesn't tell what it did",
    "left_recorded": "the program has ended; of what it started, {n} still run and are recorded on; ^C stops that",
    # A plan of faults, faults.py and notices.py:
    "plan_grammar": "a plan is CALL:FAULT or CALL(NAME):FAULT, with @N for the Nth only or *N for the first N, several "
    "of them after spaces or commas: fork:EAGAIN@3 connect:refused*2 open(balance):delay=2ms write:short "
    "signal:CHLD@wait (docs/faults.md)",
    "plan_empty": "the plan is empty",
    "plan_long": "the plan is longer than {most} characters",
    "plan_many": "the plan has more than {most} parts",
    "plan_form": "plan, character {place}: {part} is no CALL:FAULT",
    "plan_call": "plan, character {place}: there is no call {call}; there are {calls}",
    "plan_fault": "plan, character {place}: {fault} is no fault; write the name of an error, as EAGAIN or ENOENT, "
    "or delay=2ms, or short",
    "plan_delay": "plan, character {place}: {part}: write a delay as delay=2ms (us, ms or s; 10 s at most)",
    "plan_short": "plan, character {place}: {part}: only these can be short: {calls}",
    "plan_name": "plan, character {place}: {part}: a NAME in brackets is for {calls}, and not empty",
    "plan_signal": "plan, character {place}: there is no signal {name}",
    "plan_signal_at": "plan, character {place}: {part}: write signal:NAME@CALL, as signal:CHLD@wait; calls: {calls}",
    "plan_count": "plan, character {place}: {part}: behind @ or * stands a number from 1 to 1000000",
    "plan_kernel": "this machine's Linux ({kernel}) can't carry out a plan of faults; that takes 5.9 or newer",
    "plan_refused": "this machine doesn't let a plan of faults be carried out ({why})",
}

PHRASES = {**CONSOLE, **LAUNCH, **RECORD}
