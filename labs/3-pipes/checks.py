"""What is asked of duplex.py, fifo_log.py and pipeline.py. The words stand in checks.toml."""

import os.path
import select

from proclab.events import Exec, Killed
from proclab.grading import Done, Student, check
from proclab.grading.dialogue import dialogue, ended_by, in_time
from proclab.grading.pipes import Conversation, asked_in_vain, conversation

SMALL = "abc\n\nq\nlast"
LARGE = "first\n" + "".join(map(str, range(40_000))) + "\n"  # three times what a pipe holds
MANY = "".join(f"question {number} {'abc' * 133}\n" for number in range(500))  # and so, in all, are these


def backwards(text: str) -> str:
    return "".join(f"{line[::-1]}\n" for line in text.splitlines())


def talk(done: Done) -> Conversation:
    return conversation(done.no_finding().events) or done.must(False, "no_pipes")


@check("duplex", points=2)
def answers(duplex: Student) -> None:
    talk(duplex(stdin=SMALL).prints_exactly(backwards(SMALL)))


@check("duplex", after="answers")
def asks_on(duplex: Student) -> None:
    in_time(duplex(live=dialogue(("one", "eno"), ("two", "owt"), ("three", "eerht"))), "no_answer")


@check("duplex", points=2, after="answers")
def large(duplex: Student) -> None:
    duplex(stdin=LARGE).prints_exactly(backwards(LARGE))


@check("duplex", points=2, after="answers")
def many(duplex: Student) -> None:
    duplex(stdin=MANY).prints_exactly(backwards(MANY))


@check("duplex", points=2, after="answers")
def ends(duplex: Student) -> None:
    done = duplex(stdin=SMALL).exits(0).reaps_all().leaves_nobody()
    both = talk(done)
    done.must(both.saw_the_end(both.child), "child_saw_no_end").must(both.exit_code() == 0, "child_failed")
    done.must(both.saw_the_end(both.main), "program_saw_no_end")


@check("duplex", after="answers")
def closes(duplex: Student) -> None:
    both = talk(done := duplex(stdin=SMALL).closes_all())
    done.must(both.child not in both.keepers(), "child_keeps", verdict="FD_LEAK")
    done.must(both.main not in both.keepers(), "program_keeps", verdict="FD_LEAK")


WRITE = "python3 fifo_log.py write log"
# Between two writers there is work to do: a reader that asks on and on has time for it, whatever the machine's load.
COME_AND_GO = 'while read x; do echo "$x" > log; n=0; while [ $n -lt 30000 ]; do n=$((n + 1)); done; done'
TEXT = "".join(f"{chr(97 + number % 26) * 600}\n" for number in range(180)) + "x" * 70_000 + "\n"
COUNT = "seq -f %099.0f 1100 > log"  # more than a pipe holds
COUNTED = "".join(f"{number:099}\n" for number in range(1, 1101))


@check("fifo_log", points=2)
def collects(fifo_log: Student) -> None:
    fifo_log("read", "log", COUNT, take=("log",)).prints_exactly(COUNTED).exits(0)


@check("fifo_log", after="collects")
def passes_on(fifo_log: Student) -> None:
    in_time(fifo_log("read", "log", f"{WRITE} A", live=dialogue(("one", "A: one"), ("", "A: "))), "no_line")


@check("fifo_log", points=2, after="collects")
def survives(fifo_log: Student) -> None:
    turns = [(f"writer {number}", f"writer {number}") for number in range(5)]
    done = in_time(fifo_log("read", "log", COME_AND_GO, live=dialogue(*turns)), "no_line")
    done.exits(0).no_spin().must(asked_in_vain(done.events, "fifo:log") < 20, "asks_on_and_on", verdict="TIMEOUT")


@check("fifo_log", points=2, after="collects")
def together(fifo_log: Student) -> None:
    fifo_log("read", "log", "true").exits(0).prints_exactly("").reaps_all().leaves_nobody()  # a writer that never comes
    first, second = 'mkfifo go; read x < go; echo "$x" > log', "until [ -p go ]; do sleep 0.01; done; echo a > go"
    fifo_log("read", "log", first, second).exits(0).prints_exactly("a\n")


@check("fifo_log", points=2, after="collects")
def whole(fifo_log: Student) -> None:
    # The two get their lines in turn, and more of them than a pipe holds: neither is done before the other has begun.
    command = f"mkfifo a b; {WRITE} A < a & {WRITE} B < b & tee a b < text > none; wait"
    done = fifo_log("read", "log", command, files={"text": TEXT})
    texts = [line[: select.PIPE_BUF - len("A: \n")] for line in TEXT.splitlines()]
    done.must(sorted(done.lines) == sorted(f"{name}: {text}" for name in "AB" for text in texts), "not_whole")


@check("fifo_log", after="collects")
def removes(fifo_log: Student) -> None:
    fifo_log("read", "log", COUNT, take=("log",)).leaves_no_file("log")
    done = fifo_log(
        "read", "log", "echo up > log; read x", live=ended_by("TERM", after="up"), take=("log",)
    ).leaves_no_file("log")
    done.must(done.code == 143 or done.signal == "SIGTERM", "not_terminated")


JOINED = "printf '%s\\n' b b 'a a' | tr ab xy | uniq"
OPEN = "sh -c 'cat; ls /proc/self/fd'"  # of what it opens itself, ls has a 3


@check("pipeline", points=2)
def joins(pipeline: Student) -> None:
    done = pipeline(JOINED).prints_exactly("y\nx x\n").exits(0)
    started = {os.path.basename(event.path) for event in done.no_finding().events if isinstance(event, Exec)}
    done.must(not started & {"sh", "dash", "bash"}, "shell")


@check("pipeline", points=2, after="joins")
def flows(pipeline: Student) -> None:
    pipeline("seq 100000 | tail -1").prints_exactly("100000\n").exits(0)
    in_time(pipeline("cat | cat", live=dialogue(("one", "one"), ("two", "two"))), "no_line").exits(0)


@check("pipeline", points=2, after="joins")
def status(pipeline: Student) -> None:
    pipeline("no-such-program | true | sh -c 'exit 3'").exits(3)
    pipeline("sh -c 'exit 3' | true").exits(0)
    pipeline("true | sh -c 'kill -9 $$'").exits(137)
    pipeline("true | no-such-program").exits(127)
    pipeline("true || true").exits(2)


@check("pipeline", after="joins")
def sigpipe(pipeline: Student) -> None:
    done = pipeline("yes | head -1").prints_exactly("y\n").exits(0)
    killed = [event.sig for event in done.no_finding().events if isinstance(event, Killed)]
    done.must(killed == ["SIGPIPE"], "no_sigpipe")


@check("pipeline", points=2, after="joins")
def reaps(pipeline: Student) -> None:
    pipeline(JOINED).exits(0).reaps_all().leaves_nobody()


@check("pipeline", after="joins")
def alone(pipeline: Student) -> None:
    done = pipeline(f"ls /proc/self/fd | {OPEN} | {OPEN}")
    done.must(done.lines == 3 * ["0", "1", "2", "3"], "spare", verdict="FD_LEAK")
