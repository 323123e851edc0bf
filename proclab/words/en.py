"""English."""

from __future__ import annotations

from typing import TYPE_CHECKING

from proclab.words.catalogue import LOCKS, Catalogue, Count, Names, Sentence, called, few, measured, which

if TYPE_CHECKING:  # the live view's samplers start before the state and what follows from it are imported
    from collections.abc import Iterable

    from proclab import findings as f
    from proclab.events import Task
    from proclab.state.records import Holder, Object

# --- counts, names, lists in this language ---------------------------------------------------------------------------


def count(number: int, one: str, many: str) -> str:
    """`1 child`, `3 children`."""
    return f"{number} {one if number == 1 else many}"


def process(task: Task) -> str:
    """`process 9`; of a pid that was used again: `process 9 (number 2 of that pid)`."""
    return f"process {task.pid}" + (f" (number {task.incarnation} of that pid)" if task.incarnation > 1 else "")


def thread(task: Task, proc: Task) -> str:
    """A thread, as a sentence names it: the main thread by its process."""
    return process(proc) if task == proc else f"thread {task.pid} of {process(proc)}"


def thing(obj: Object, names: Names) -> str:
    """What a pipe, FIFO, socket, file is called."""
    return called(obj, names) or "an unknown object"


def listed(words: Iterable[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    *first, last = list(words) or [""]
    return f"{', '.join(first)} and {last}" if first else last


def lasting(ns: int) -> str:
    """`0.35 s`, `12 ms`, `80 µs`."""
    return " ".join(measured(ns))


def fds(holders: Iterable[Holder]) -> list[str]:
    """Who holds an end of a pipe: `process 9 (fd 3)`."""
    return [f"{process(holder.proc)} (fd {holder.fd})" for holder in holders]


# --- events: a predicate; the process or thread stands in front of it ------------------------------------------------

EVENTS: dict[str, str] = {
    "start": "is running when the recording begins",
    "start.seen": "is there at the first look",
    "start.child": "is running, child of {ppid}",
    "fork": "forks: child {child}",
    "fork.vfork": "vforks: child {child}, and stands still until its exec or end",
    "thread": "starts thread {child}",
    "exec": "executes {argv}",
    "exec.closed": "executes {argv}; close-on-exec closes fd {closed}",
    "exit.unseen": "has ended; how was not seen",
    "exit": "exits with status {code}",
    "killed": "is killed by {sig}",
    "killed.felled": "is ended by the recorder ({sig})",
    "killed.core": "is killed by {sig} (core dumped)",
    "thread_exit": "thread ends",
    "wait.exited": "reaps {child}: it exited with status {code}",
    "wait.unseen": "reaps {child}",
    "wait.killed": "reaps {child}: it was killed by {sig}",
    "wait.peek": "learns that {child} has ended, without reaping it",
    "wait.stopped": "learns that {child} was stopped by {sig}",
    "wait.continued": "learns that {child} was continued",
    "wait.nothing": "asks for ended children: none yet",
    "orphan": "has lost its parent",
    "orphan.parent": "has lost its parent; new parent {parent}",
    "stopped": "is stopped by {sig}",
    "inherit.now": "has fd {fd} now: {obj}",
    "inherit": "has fd {fd} from before: {obj}",
    "open": "opens {path} as fd {fd}",
    "open.write": "opens {path} for writing as fd {fd}",
    "open.made": "gets fd {fd}: {path}",
    "fifo": "makes FIFO {path}",
    "pipe": "makes {obj}: read end fd {read}, write end fd {write}",
    "socket": "makes a socket as fd {fd}: {obj} ({family})",
    "socketpair": "makes two connected sockets: fd {a} and fd {b}",
    "dup": "fd {to} = the same open file as fd {fd} ({obj})",
    "dup.over": "fd {to} = the same open file as fd {fd} ({obj}), what it was is closed",
    "close": "closes fd {fd} ({obj})",
    "close.last": "closes fd {fd} ({obj}), the last one of it",
    "fd_flags": "fd {fd}: {flags}",
    "read": "reads {bytes} from fd {fd} ({obj}){data}",
    "read.eof": "reads end of file from fd {fd} ({obj})",
    "read.fds": "receives {bytes} and fd {fds} from fd {fd} ({obj})",
    "write": "writes {bytes} to fd {fd} ({obj}){data}",
    "write.fds": "sends {bytes} and its fd {fds} to fd {fd} ({obj})",
    "bind": "binds {obj} to {addr}",
    "listen": "listens on {obj}, backlog {backlog}",
    "connect": "connects fd {fd} to {addr}",
    "accept": "accepts a connection from {addr} as fd {new}",
    "shutdown": "shuts fd {fd} down ({how})",
    "sig_send": "sends {sig} to {to}",
    "sig_send.group": "sends {sig} to process group {to}",
    "sig_send.all": "sends {sig} to all it may",
    "sig_send.thread": "sends {sig} to thread {to}",
    "sig_send.probe": "asks whether {to} exists (signal 0)",
    "sig_deliver.default": "gets {sig}{sender}: default action",
    "sig_deliver.handler": "gets {sig}{sender}: its handler runs",
    "sig_deliver.ignore": "gets {sig}{sender}: ignored",
    "sig_take": "takes {sig} by waiting for it",
    "sig_mask": "blocks {blocked}",
    "sig_mask.none": "blocks no signal any more",
    "sig_mask.all": "blocks all signals but {blocked}",
    "sig_handler.default": "leaves {sig} to its default action",
    "sig_handler.handler": "sets a handler for {sig}",
    "sig_handler.ignore": "will ignore {sig}",
    "lock_new": "makes the {what} {lock}",
    "lock_wait": "wants {lock}, has to wait",
    "lock_wait.thread": "joins thread {lock}: waits for its end",
    "lock_wait.event": "waits until {lock} is set",
    "lock_wait.condition": "waits for a notify of {lock}",
    "lock_wait.barrier": "waits at the barrier {lock}",
    "lock_wait.queue": "waits for the queue {lock}",
    "lock_got": "has got {lock}",
    "lock_got.thread": "goes on: thread {lock} has ended",
    "lock_got.event": "goes on: {lock} is set",
    "lock_got.condition": "goes on: {lock} was notified",
    "lock_got.barrier": "passes the barrier {lock}",
    "lock_got.queue": "is served by the queue {lock}",
    "lock_rel": "releases {lock}",
    "lock_rel.event": "sets {lock}",
    "lock_rel.condition": "notifies {lock}",
    "lock_rel.queue": "puts into the queue {lock}",
    "lock_rel.barrier": "opens the barrier {lock}",
    "lock_fail": "does not get {lock}",
    "lock_fail.thread": "waits no longer for thread {lock}",
    "lock_fail.event": "waits no longer for {lock}",
    "block.fd": "waits in {call}: fd {fds} ({obj})",
    "block.fds": "waits in {call} for fd {fds}",
    "block.task": "waits for process {target} to end",
    "block.any": "waits for any child to end",
    "block.futex": "waits for a futex",
    "block.sleep": "sleeps",
    "block.signal": "waits for a signal",
    "block.lock": "waits for {name}",
    "block.name": "waits in {call}: {name}",
    "block.other": "waits in {call}",
    "run.slept": "wakes after {seconds} s",
    "run": "goes on after {call}",
    "run.ready": "goes on after {call}: fd {ready} ready",
    "other": "{text}",
    "broken": "{call}{subject} is broken off by a signal",
    "failed": "{call}{subject} fails: {error}{why}",
    "times": "{times} times: {what}",
    "planned.error": "{what} (by the plan)",
    "planned.value": "{what} (the result is the plan's)",
    "planned.delay": "{what} (held up by the plan)",
    "planned.short": "{what} (cut short by the plan)",
    "planned.signal": "{what} (the plan sends a signal meanwhile)",
    "sig_deliver.from": " from {by}",
    "fd_flags.on": "{flag} on",
    "fd_flags.off": "{flag} off",
    "gap.seconds": "GAP: the recording was ended at its limit of time",
    "gap.bytes": "GAP: the recording was ended at its limit of size",
    "gap.lines": "GAP: the recording was ended at its limit of lines",
    "gap.logs": "GAP: the recording was ended at its limit of processes and threads",
    "gap.full": "GAP: the recording was ended because there was no room left for it",
    "gap.user": "GAP: the recording was stopped",
    "gap.ended": "GAP: the recording was ended ({what})",
    "gap.garbled": "GAP: {what} is not the recorder's, and nothing is taken from it",
    "gap.incomplete": "GAP: the log breaks off before the end of {what}",
    "gap.exec": "GAP: strace loses the first call after an exec from a thread",
    "gap.lost": "GAP: {what}",
    "gap.cut": "GAP: the log breaks off",
    "gap.count": "{gap} ({lost} lost)",
    "gap.more": "{names} and {number} more",
    "note.untimed": "the log has no times: they are counted in lines",
    "note.unmarked": "too many lines: from here on they are not shown",
    "note.unknown": "{what}: this proclab doesn't know such an event",
    "error.EPIPE": "nobody reads any more",
    "error.ECONNREFUSED": "nobody listens there",
    "error.ECONNRESET": "the other side has broken off",
    "error.EAGAIN": "it would have to wait",
    "error.EAGAIN.fork": "no further process is allowed now",
    "error.EAGAIN.thread": "no further thread is allowed now",
    "error.ECHILD": "it has no children",
    "error.ENOENT": "no such file",
    "error.EEXIST": "it exists already",
    "error.EACCES": "no permission",
    "error.EPERM": "not permitted",
    "error.EBADF": "no such descriptor",
    "error.ESRCH": "no such process",
    "error.EMFILE": "no descriptor is left",
    "error.EADDRINUSE": "the address is taken",
    "error.ENXIO": "nobody has the other end open",
}

# --- pictures and the page -------------------------------------------------------------------------------------------

VIEWS: dict[str, str] = {
    "views.language": "English",
    "views.title": "What the processes did",
    "views.heading": "What the processes did, step by step",
    "views.noscript": "The pictures need JavaScript; the story of the same run is on the terminal and in events.jsonl.",
    "views.process": "process {name}",
    "views.thread": "thread {name}",
    "views.main": "main thread {name}",
    "condition.run": "runs",
    "condition.io": "waits for input or output",
    "condition.child": "waits for a child",
    "condition.thread": "joins a thread",
    "condition.lock": "waits for a lock",
    "condition.sleep": "sleeps",
    "condition.signal": "waits for a signal",
    "condition.stopped": "stopped",
    "condition.zombie": "zombie",
    "arrow.fork": "fork, thread",
    "arrow.bytes": "bytes",
    "arrow.eof": "last end closed",
    "arrow.wait": "reaped by wait",
    "arrow.signal": "signal",
    "arrow.lock": "lock",
    "arrow.wake": "wakes",
    "flow.fork": "fork",
    "flow.bytes": "bytes",
    "flow.eof": "eof",
    "flow.wait": "wait",
    "flow.signal": "signal",
    "flow.lock": "lock",
    "flow.wake": "wake",
    "story.step": "step",
    "story.after": "after s",
    "story.who": "who",
    "story.what": "what",
    "story.line": "source line",
    "story.cut": "… {cut} more events are not shown",
    "story.notice": "What to notice",
    "story.at": "step {number}: {what}",
    "tree.zombie": "zombie",
    "tree.zombie.by": "zombie ({end})",
    "tree.stopped": "stopped",
    "tree.stopped.by": "stopped ({end})",
    "tree.orphan": "(orphan)",
    "tree.rest": "(the trees that come then are left out)",
    "tree.none": "(no process is left)",
    "mermaid.cut": "{left} more steps are not drawn",
    "label.start": "start",
    "label.thread": "thread",
    "label.ended": "ended",
    "label.killed": "killed {sig}",
    "label.thread_exit": "thread end",
    "label.wait.nothing": "wait nothing",
    "label.stopped": "stop {sig}",
    "label.bytes": "{number} B",
    "label.handler": "{sig} handler",
    "label.ignore": "{sig} ignore",
    "label.mask": "mask {sigs}",
    "label.mask.all": "mask all",
    "label.mask.none": "mask none",
    "label.orphan": "orphan",
    "label.gap": "GAP",
    "label.note": "note",
    "label.joined": "joined {lock}",
    "label.lock_new": "new {lock}",
    "label.lock_wait": "wants {lock}",
    "label.lock_got": "got {lock}",
    "label.lock_rel": "frees {lock}",
    "label.lock_rel.event": "sets {lock}",
    "label.lock_rel.condition": "notifies {lock}",
    "label.lock_rel.queue": "puts {lock}",
    "label.lock_rel.barrier": "opens {lock}",
    "label.lock_fail": "not {lock}",
    "trace.more": "… {number} lines more in {path} …",
    "trace.plan": "calls that the plan has met: {number}",
    "trace.unmet": "the plan has met no call: look at its words and numbers (docs/faults.md)",
    "trace.unshortened": "writes that could not be cut short: {number} (into a socket only a grader's container can)",
    "trace.refused": "the container gave what is no part of a recording, and it was refused: {kinds}",
    "trace.cut": "the recording is not whole: what the container gave breaks off",
    "trace.strange": "what lies in {folder} and is no file of a recording was left alone ({n})",
    "trace.refused.link": "links",
    "trace.refused.device": "devices",
    "trace.refused.fifo": "FIFOs",
    "trace.refused.folder": "folders",
    "trace.refused.header": "extended headers",
    "trace.refused.type": "unknown types",
    "trace.refused.name": "other names",
    "trace.refused.twice": "names given twice",
    "trace.refused.size": "files too large",
    "trace.refused.number": "more files than a recording may have",
    "trace.refused.behind": "bytes behind the end",
    "page.steps": "Steps",
    "page.lanes": "Processes and threads",
    "page.wiring": "Descriptors → open files → objects",
    "page.tree": "Tree, and who waits for whom",
    "page.findings": "What to notice",
    "page.after": "after step",
    "page.step": "step",
    "page.of": "of",
    "page.first": "First step (Home)",
    "page.back": "Step back (←)",
    "page.next": "Step on (→)",
    "page.last": "Last step (End)",
    "page.search": "Search (/)",
    "page.process": "process",
    "page.thread": "thread",
    "page.all": "all",
    "page.fd": "fd",
    "page.bytime": "real time",
    "page.zoomin": "Larger (+)",
    "page.zoomout": "Smaller (-)",
    "page.theme": "Light or dark",
    "page.predict": "Predict: hide what comes",
    "page.std": "fd 0–2",
    "page.following": "following",
    "page.unfollow": "Follow nothing (Esc)",
    "page.ended": "No process is left.",
    "page.empty": "No descriptor is open.",
    "page.nothing": "No step is like that.",
    "page.waits": "waits",
    "page.waitsfor": "waits for",
    "page.deadlock": "DEADLOCK",
    "page.holds": "holds",
    "page.zombie": "zombie",
    "page.stopped": "stopped",
    "page.orphan": "orphan",
    "page.r": "read end",
    "page.w": "write end",
    "page.rw": "read, write",
    "page.inside": "B inside",
    "page.listening": "listening",
    "page.cut": "more events are not drawn",
    "page.sampled": "sampled: what was shorter than a period is missing",
    "page.slower": "Recorded: a little slower, and one possible order.",
    "page.keys": "Keys: ← → Home End / + − t. Click an fd to follow it.",
    "page.live": "live",
    "page.latest": "Back to what is there now (End)",
    "page.nobody": "nothing runs",
    "page.lost": "the watch has ended",
    "page.torecord": "Record",
    "page.recording": "recording",
    "page.stop": "Stop",
    "page.failed": "no recording of",
    "page.opened": "Open the recording of",
    "page.f.process": "process",
    "page.f.wait": "wait",
    "page.f.fd": "fd",
    "page.f.bytes": "bytes",
    "page.f.socket": "socket",
    "page.f.signal": "signal",
    "page.f.lock": "lock",
    "page.f.pause": "pause",
    "page.f.note": "note",
}

# --- the live view ---------------------------------------------------------------------------------------------------

LIVE: dict[str, str] = {
    # the frame
    "look.lab": "lab {number}",
    "look.heading": "{title}, sampled at {at}: {what}",
    "look.page": "lab {number}, live: {address}",
    "look.page.open": "Open it in a browser on this machine: the address is the key to it. ^C ends it.",
    "look.page.over": "proclab: ended",
    "look.between": " (what is over between two samples is not seen)",
    "look.nothing": "{title}: nothing runs",
    "look.waiting": "{title}: waiting for the first sample",
    "look.container": "container {box}",
    "look.notice": "What to notice",
    "look.changed": "What has changed",
    "look.more.lines": "… {count} more lines: make look-N shows all",
    "look.more.findings": "… and {count} more like this",
    # processes
    "look.init": "{pid} {name}: the container's init",
    "look.own": "{pid} {name}: proclab's own",
    "look.zombie": "{pid} {name}: ZOMBIE ({end}; its parent {ppid} has not waited for it)",
    "look.zombies": "{pids} {name}: {count} ZOMBIES ({end}; their parent {ppid} has not waited for them)",
    "look.ended": "ended",
    "look.exited": "exit code {code}",
    "look.killed": "killed by {sig}",
    "look.recorded": ", being recorded",
    "look.runs.recorded": "runs or waits, being recorded",
    "look.thread": "thread {tid}{name}: {what}",
    "look.state.R": "runs",
    "look.state.S": "sleeps",
    "look.state.D": "sleeps, not to be disturbed",
    "look.state.T": "stopped by a signal",
    "look.state.t": "traced",
    "look.state.Z": "zombie",
    "look.state.X": "dead",
    "look.state.I": "idle",
    "look.state.P": "parked",
    "look.state": "state {letter}",
    # what a thread stands in
    "look.in.fd": "waits in {call} of fd {fd}",
    "look.in.call": "waits in {call}",
    "look.in.channel": "waits in {raw} of the kernel",
    "look.sleep": "sleeps for a time",
    "look.signal": "waits for a signal",
    "look.sigwait": "waits for a signal (sigwait)",
    "look.poll": "waits for one of several descriptors ({call})",
    "look.open": "waits in open: of a FIFO, or of a slow file",
    "look.fifo": "waits in open of a FIFO",
    "look.futex": "waits for a lock or a thread (futex)",
    "look.child": "waits for child {child}",
    "look.children": "waits for a child",
    "look.pipe.read": "waits for bytes in a pipe",
    "look.pipe.write": "waits for room in a pipe",
    "look.accept": "waits for a connection",
    "look.socket.read": "waits for bytes of a socket",
    "look.woken": "waits for bytes of a socket or terminal",
    "look.tty": "waits for a line of the terminal",
    "look.stopped": "stopped by a signal",
    "look.same": ", at the same one as {tids}",
    "look.thing": " ({name}{other})",
    # descriptors
    "look.fds.unread": "descriptors: may not be read",
    "look.docker": "Docker's pipe",
    "look.docker.fd": "Docker's pipe, out of the container",
    "look.dockers": "Docker's pipes, out of the container",
    "look.written": "write end: {who}",
    "look.read": "read end: {who}",
    "look.held": "held by {who}",
    "look.other": "other end: {who}",
    "look.itself": " (only itself)",
    "look.more": "{count} more",
    "look.other.unseen": "other end: not in this look",
    "look.other.none": "no other end",
    "look.written.none": "write end: nobody, so end of file once it is empty",
    "look.read.none": "read end: nobody, so a write brings SIGPIPE",
    "look.tcp.listen": "TCP socket, listens at {local}",
    "look.inet": "{kind} socket {local} ⇄ {remote}{state}",
    "look.unix": "Unix socket{path}",
    "look.unix.listen": "Unix socket, listens at{path}",
    "look.tcp.1": "connected",
    "look.tcp.2": "connecting",
    "look.tcp.3": "being connected",
    "look.tcp.4": "closing",
    "look.tcp.6": "closed lately",
    "look.tcp.7": "not connected",
    "look.tcp.8": "closed by the other side",
    "look.tcp": "state {number}",
    # signals
    "look.signals": "signals: {sets}",
    "look.pending": "pending {names}",
    "look.blocked": "blocked {names}",
    "look.caught": "handled {names}",
    "look.ignored": "ignored {names}",
    "look.blocks": "; blocks {names}",
    "look.all": "all",
    "look.all.but": "all but {names}",
    # changes
    # troubles
    "look.over": "it has ended",
    "look.old.image": "it was started from an older image; start it again",
    "look.no.answer": "no answer within {seconds} s from {boxes}",
    "look.no.sample": "{error}",
}

COUNTS: dict[str, Count] = {
    "byte": lambda number: count(number, "byte", "bytes"),
    "look.process": lambda number: count(number, "process", "processes"),
    "look.zombie": lambda number: count(number, "zombie", "zombies"),
    "look.thread": lambda number: count(number, "thread", "threads"),
}

# --- findings --------------------------------------------------------------------------------------------------------

DOUBTS: dict[str, str] = {  # what a recording lacks (proclab.events.evidence)
    "seconds": "it was ended at its limit of time",
    "bytes": "it was ended at its limit of size",
    "lines": "it was ended at its limit of lines",
    "logs": "it was ended at its limit of processes and threads",
    "user": "it was stopped",
    "no_end": "its recorder did not come to its end",
    "full": "there was no room left for it",
    "shared": "it lay where the program could fill its place",
    "plan": "the plan of faults was not carried out to the end",
    "untraced": "a process of the program's ran untraced",
    "incomplete": "logs break off{what}",
    "unlogged": "processes or threads have no log{what}",
    "lost": "lines of it are lost",
    "exec": "strace lost a call after an exec from a thread",
    "taken": "what came out of the container is not all of it",
    "garbled": "what its recorder wrote down makes no sense{what}",
    "unknown": "its recorder doubts it",
}


def not_whole(finding: f.NotWhole, names: Names) -> str:
    why = listed(dict.fromkeys(DOUBTS[doubt.code].format(what=which(doubt.what)) for doubt in finding.doubts))
    then = "nothing is concluded from it" if finding.silent else "what would have come then is not known"
    return f"this recording is not whole: {why}; {then}"


def zombie(finding: f.WasZombie, names: Names) -> str:
    was = f"{process(finding.proc)} had ended and was a zombie for {lasting(finding.ns)}"
    return f"{was}, until its parent, {process(finding.parent)}, reaped it"


def unreaped(finding: f.Unreaped, names: Names) -> str:
    child, parent = process(finding.proc), process(finding.parent)
    if finding.now:
        return f"{child} has ended and is a zombie: its parent, {parent}, has not waited for it"
    if finding.parent_ended:
        return f"{parent} ended without having reaped its child, {child}, a zombie for {lasting(finding.ns)}"
    still = f"{child} is still a zombie at the end, after {lasting(finding.ns)}"
    return f"{still}: its parent, {parent}, has not waited for it"


def orphan(finding: f.Orphaned, names: Names) -> str:
    child = process(finding.proc)
    if finding.parent is None and finding.new:
        return f"{child} is an orphan: its parent has ended, its new parent is {process(finding.new)}"
    old = process(finding.parent) if finding.parent else "its parent"
    new = process(finding.new) if finding.new else "a process outside the recording (init or a subreaper)"
    return f"{old} ended before its child: {child} is an orphan, its new parent is {new}"


def threads_left(finding: f.ThreadsLeft, names: Names) -> str:
    several = len(finding.threads) > 1
    tids = listed(str(task.pid) for task in finding.threads)
    they = "they were" if several else "it was"
    return f"{process(finding.proc)} ended while thread{'s' * several} {tids} still ran: {they} ended with it"


def no_eof(finding: f.NoEof, names: Names) -> str:
    pipe, reader = thing(finding.thing, names), thread(finding.task, finding.proc)
    itself = " itself" * finding.own
    if finding.eof:
        held = f"{listed(fds(finding.holders))}{itself} held the write end of {pipe} and wrote nothing"
        return f"{held}: {reader} saw no end of file until it was closed"
    if len(finding.holders) == 1:
        (holder,) = finding.holders
        holds = f"{process(holder.proc)}{itself} still holds the write end (fd {holder.fd}) of {pipe}"
    else:
        holds = f"{listed(fds(finding.holders))} still hold the write end of {pipe}"
    silent = "" if finding.ever else " and wrote nothing"
    return f"{holds}{silent}: {reader} {'can never' if finding.ever else 'cannot'} see end of file"


def broken_pipe(finding: f.BrokenPipe, names: Names) -> str:
    what = "SIGPIPE ended it" if finding.killed else "EPIPE"
    wrote = f"{thread(finding.task, finding.proc)} wrote to {thing(finding.thing, names)} (fd {finding.fd})"
    if not finding.closer:
        return f"{wrote}, which nobody can read: {what}"
    how = "ended" if finding.closer.ended else "closed it"
    return (
        f"{wrote}, which nobody can read: {what}; {process(finding.closer.proc)}, who held the read end last, had {how}"
    )


def no_reader(finding: f.NoReader, names: Names) -> str:
    holds = f"{process(finding.proc)} holds the write end of {thing(finding.thing, names)} (fd {finding.fd})"
    return f"{holds}, which nobody can read: a write fails (SIGPIPE, EPIPE)"


def fifo_alone(finding: f.FifoAlone, names: Names) -> str:
    waits = f"{thread(finding.task, finding.proc)} waits to open {thing(finding.thing, names)}"
    return f"{waits}: nobody has opened its other end"


def open_fifo(finding: f.OpenFifo, names: Names) -> str:
    fifo = f"{thing(finding.thing, names)} (fd {finding.fd})"
    return f"{process(finding.proc)} ended without having closed {fifo}; the kernel did"


def fd_leak_exec(finding: f.LeakedIntoExec, names: Names) -> str:
    fd = f"fd {finding.fd} of {process(finding.proc)} ({thing(finding.thing, names)})"
    return f"{fd} leaked into {finding.program}: it was not closed on exec, and that program never used it"


def fd_leak(finding: f.FdLeak, names: Names) -> str:
    what = f"{count(finding.count, 'descriptor', 'descriptors')} made by {finding.call}"
    where = f" at {finding.line}" if finding.line else ""
    closed = f"{finding.closed or 'none'} were closed"
    return f"{process(finding.proc)} leaks descriptors: {what}{where} are still open, {closed}"


def _want(want: f.Want, names: Names) -> str:
    """One thread of a circle, what it waits for, and who would have to act."""
    me, who, holder = thread(want.task, want.proc), thread(want.who, want.who_proc), process(want.who_proc)
    if want.reads:
        return f"{me} reads from {thing(want.thing, names)}, whose write end {holder} holds"
    if want.on == "fd":
        return f"{me} writes to {thing(want.thing, names)}, which is full and whose read end {holder} holds"
    if want.on == "task":
        return f"{me} waits for its child, {holder}"
    if want.what == "thread":
        return f"{me} waits for {who} to end"
    if want.what in LOCKS:
        return f"{me} waits for lock {want.name}, which {who} has"
    return f"{me} waits at {want.what or 'futex'} {want.name} for {who}"


def deadlock(finding: f.Deadlock, names: Names) -> str:
    return "deadlock: " + "; ".join(_want(want, names) for want in finding.wants)


def busy_wait(finding: f.BusyWait, names: Names) -> str:
    calls = f"{count(finding.count, 'call', 'calls')} of {finding.call} in {lasting(finding.ns)}"
    return f"{thread(finding.task, finding.proc)} waits busily: {calls} without a result"


def _held(link: f.Link) -> str:
    if link.own:
        return f"is held by itself (fd {', '.join(str(holder.fd) for holder in link.holders)})"
    named = (
        f"{process(holder.proc)}{' itself' * (holder.proc == link.proc)} (fd {holder.fd})" for holder in link.holders
    )
    return f"is held by {listed(few(named, '{count} more'))}"


def _link(link: f.Link, names: Names) -> str:
    """One thread of a group that stands still, and what it waits for."""
    me = thread(link.task, link.proc)
    if link.on == "futex":
        tids = listed(few((str(tid) for tid in link.tids), "{count} more"))
        many = f"threads {tids} of {process(link.proc)} wait for locks or threads (futex)"
        return many if link.others else f"{me} waits for a lock (futex)"
    if link.on == "task":
        return f"{me} waits for " + (f"its child, {process(link.child)}" if link.child else "a child")
    if link.writes:
        return f"{me} writes to {thing(link.thing, names)}, which is full and whose read end {_held(link)}"
    if not link.holders:
        return f"{me} waits for input (fd {link.fd})"
    return f"{me} reads from {thing(link.thing, names)} and sees no end of file as long as the write end {_held(link)}"


def standstill(finding: f.Standstill, names: Names) -> str:
    links = [_link(link, names) for link in finding.links]
    if finding.alone:
        return f"{links[0]} and has no other thread: nobody is left to release it"
    head = "nothing moves before input comes" if finding.outside else "deadlock, nobody is left to wake the others"
    return f"{head}: {'; '.join(few(links, '{count} more wait so'))}"


def signal_held(finding: f.Held, names: Names) -> str:
    several = len(finding.sigs) > 1
    they, them = ("each of them is", "them") if several else ("it is", "it")
    waits = f"{listed(finding.sigs)} {'wait' if several else 'waits'} for {process(finding.proc)}, which blocks {them}"
    return f"{waits}: however often sent meanwhile, {they} delivered once"


def signal_coalesced(finding: f.Coalesced, names: Names) -> str:
    lost = count(finding.sent - 1, "signal was lost", "signals were lost")
    got = "delivered once" if finding.delivered else "is still pending"
    if finding.sig == "SIGCHLD":
        was = "was " * finding.delivered
        what = f"{finding.sent} children of {process(finding.proc)} ended, SIGCHLD {was}{got}"
    else:
        what = f"{finding.sig} was sent {finding.sent} times to {process(finding.proc)} and {got}"
    return f"{what}: {lost}, for a signal that is pending is not counted again"


def signal_interrupted(finding: f.Interrupted, names: Names) -> str:
    sender = f" from {process(finding.by)}" if finding.by else ""
    return f"{finding.sig}{sender} interrupted the {finding.call} of {thread(finding.task, finding.proc)}"


def refused(finding: f.Refused, names: Names) -> str:
    again = finding.times > 1
    times = f" {count(finding.times, 'time', 'times')}" * again
    end = "it tried again in vain" if again else "it did not try again"
    end = "it tried again and was connected" if finding.connected else end
    return f"{process(finding.proc)} was refused{times} at {finding.addr}, where nobody listened: {end}"


def peer_closed(finding: f.PeerClosed, names: Names) -> str:
    closer = finding.closer
    there = f" in {closer.box}" if closer and closer.box != finding.box else ""
    who = f"its peer, {process(closer.proc)}{there}, had" if closer else "its peer had"
    got = f"{thread(finding.task, finding.proc)} got {finding.error or 'end of file'}"
    how = "ended" if closer and closer.ended else "closed"
    return f"{got} on {thing(finding.thing, names)} (fd {finding.fd}): {who} {how}"


# --- grades: what a report and an export say -------------------------------------------------------------------------

GRADES: dict[str, str] = {
    "verdict.PASS": "passed",
    "verdict.FAIL": "wrong",
    "verdict.CRASH": "crashed",
    "verdict.TIMEOUT": "did not end in time",
    "verdict.MEMORY": "used too much memory",
    "verdict.PIDS": "started too many processes",
    "verdict.OUTPUT": "wrote too much",
    "verdict.ZOMBIE": "left a zombie",
    "verdict.FD_LEAK": "left a descriptor open",
    "verdict.ORPHAN": "left a process running",
    "verdict.DEADLOCK": "stood still for ever",
    "verdict.RACE": "wrong in one order of events",
    "verdict.MISSING": "file missing",
    "verdict.REFUSED": "not accepted",
    "verdict.SKIPPED": "skipped",
    "verdict.INFRA": "our fault",
    "grade.seen.memory": "it used up the memory of its container, and the kernel ended it",
    "grade.seen.pids": "it made more processes than its container may have",
    "grade.seen.output": "it wrote more than 1 MB",
    "grade.seen.stuck": "it came to a stand: each part of it waits for another one",
    "grade.seen.idle": "it only waited, and did not end",
    "grade.seen.cpu_time": "it used up its processor time, and did not end",
    "grade.seen.too_many_calls": "it made more system calls than can be recorded, and did not end",
    "grade.seen.thread_execs": "a thread of it has run another program (exec): then nobody can see what it did",
    "grade.seen.too_much_to_tell": "it made too many processes with too many descriptors for anybody to follow",
    "grade.seen.killed": "it was killed by {signal}",
    "grade.seen.traceback": "it ended with an exception of Python’s; expected was exit status {wanted}",
    "grade.seen.exit_status": "its exit status was {got}; expected was {wanted}",
    "grade.seen.not_killed": "it ended by {got}; expected was {wanted}",
    "grade.seen.printed_times": "lines like {pattern}: {got}; expected were {wanted}",
    "grade.seen.not_in_order": "there is no line like {pattern} in the expected order",
    "grade.seen.printed": "there is a line like {pattern}, which there must not be",
    "grade.seen.output_differs": "line {line} of its output is not the expected one: {wanted}",
    "grade.seen.accused": "the kernel’s record of the run shows: {kinds}",
    "grade.seen.unreaped": "it ended without having waited for all of its children",
    "grade.seen.fd_leak": "an end of a pipe, or another descriptor, was left open",
    "grade.seen.fd_leak_exec": "a program that it started has descriptors that it has no use for",
    "grade.seen.left_running": "something that it started still ran when it had ended",
    "grade.seen.spins": "it uses the processor while it waits",
    "grade.seen.file_left": "the file {name} was still there at the end",
    "grade.seen.forks": "it made {got} processes; expected were {wanted}",
    "grade.seen.threads": "it made {got} threads; expected were {wanted} at least",
    "grade.seen.missing": "there is no {file}",
    "grade.seen.refused": "{file} was not taken from what was handed in",
    "grade.seen.assertion": "it did not do what was asked for",
    "grade.seen.infra": "the program could not be run, by our fault",
    "grade.seen.no_evidence": "the recording of the run lacks something, so that nothing can be concluded",
    "grade.seen.check_error": "the check itself failed ({error})",
    "class.grading": "Grading",
    "class.line": "{got} of {most}  {failed}",
    "class.ours": "not graded, and that is our fault: {why}",
    "class.stopping": "Stopping: those that are being graded are finished first. ^C again ends it at once.",
    "class.stopped": "Stopped. All that is graded is in {out}; the same command goes on from there.",
    "class.done": "{total} submissions: {graded} graded now, {known} as they were. Everything is in {out}",
    "class.again": "{id} has no grade, and that is our fault ({why}): the same command tries it again.",
    "check.lab": "Lab {number}: {title}",
    "check.passed": "{title}  [{points}]",
    "check.failed": "{title}  [{got} of {most}]",
    "check.sum": "{got} of {most} points",
    "check.working": "checking …",
    "check.watching": "Waiting for a file in {folder} to be saved. ^C ends this.",
    "grade.why": "Why it matters",
    "grade.hint": "Hint",
    "grade.line": "Where",
    "grade.command": "See it yourself",
    "grade.output": "What it wrote",
    "grade.errors": "What it wrote to standard error",
    "grade.left_out": "[… {count} characters are left out …]",
    "grade.skipped": "It waits for “{after}”, which was not passed.",
    "grade.skipped.hidden": "It waits for another check, which was not passed.",
    "grade.hidden": "Hidden checks",
    "grade.hidden.sum": "Hidden checks: {got} of {most} points",
    "grade.ours": "This could not be graded, and that is our fault: it is no grade. It will be graded again.",
    "grade.ours.name": "Grading",
    "grade.refused": "Not taken from what was handed in:",
    "fill.nobody": "{name}: no row of the table is of this submission",
    "fill.several": "{name}: several rows of the table could be meant; none was filled in",
    "fill.twice": "{name}: more than one submission is of this row ({what}); its cell stays as it was",
    "fill.absent": "{name}: no submission; the cell stays as it was",
    "fill.ours": "{name}: could not be graded by our fault; the cell stays as it was",
    "fill.short": "{name}: the row has no cell in that column",
    "fill.excused": "{name}: excused; the cell stays as it was",
    "fill.scaled": "the table's grade is out of {theirs} points, ours out of {ours}: filled in as a share of {theirs}",
    "fill.done": "{path}: grades filled in: {count}",
    "report.class": "Grades",
    "report.checks": "Checks",
    "report.submissions": "Submissions",
    "report.graded": "Graded",
    "report.refused": "Not accepted",
    "report.ours": "Our fault, no grade",
    "report.ours.text": "These could not be graded, and that is our fault. They are no grades and in no sum here.",
    "report.mean": "Mean",
    "report.median": "Median",
    "report.full": "Full points",
    "report.check": "Check",
    "report.task": "Task",
    "report.passed": "Passed",
    "report.failed": "Failed",
    "report.skipped": "Skipped",
    "report.verdicts": "Verdicts",
    "report.hidden": "hidden",
    "report.name": "Name",
    "report.points": "Points",
    "report.status": "Status",
    "report.status.complete": "graded",
    "report.status.refused": "not accepted",
    "report.status.ours": "our fault",
    "report.find": "Find a name",
    "report.all": "All",
    "report.who_failed": "Who failed it",
    "report.shown": "{shown} of {all}",
    "report.of": "{got} of {most}",
    "report.theme": "Light or dark",
    "report.run": "What happened in this run",
    "report.run.same": "The same run as of “{title}”.",
    "report.run.large": "The run is too large to be drawn here.",
    "report.run.steps": "The steps in words",
    "report.nothing": "Nothing to mend: every check that is shown was passed.",
}

SENTENCES: dict[str, Sentence] = {
    "not_whole": not_whole,
    "zombie": zombie,
    "unreaped": unreaped,
    "orphan": orphan,
    "threads_left": threads_left,
    "no_eof": no_eof,
    "broken_pipe": broken_pipe,
    "no_reader": no_reader,
    "fifo_alone": fifo_alone,
    "open_fifo": open_fifo,
    "fd_leak_exec": fd_leak_exec,
    "fd_leak": fd_leak,
    "deadlock": deadlock,
    "busy_wait": busy_wait,
    "standstill": standstill,
    "signal_held": signal_held,
    "signal_coalesced": signal_coalesced,
    "signal_interrupted": signal_interrupted,
    "refused": refused,
    "peer_closed": peer_closed,
}

REFUSED: dict[str, str] = {  # what is not taken of a submission (proclab.grading.intake)
    "grade.refused.archive_size": "the archive has more than {detail} bytes, and was not opened",
    "grade.refused.behind": (
        "something follows behind the archive's end, so that two programs would not find the "
        "same in it: nothing was taken"
    ),
    "grade.refused.bomb": "the archive unpacks to more than {detail} bytes for each of its own: nothing was taken",
    "grade.refused.cut": "the archive ends too early (an upload that broke off?): nothing was taken",
    "grade.refused.damaged": "the archive is damaged: nothing was taken",
    "grade.refused.format": "this is no zip, tar, tar.gz, tar.bz2 or tar.xz {detail}: nothing was taken",
    "grade.refused.header": "the archive's own description is too long or makes no sense: nothing was taken",
    "grade.refused.kept": "the files of the tasks have more than {detail} bytes together: nothing was taken",
    "grade.refused.lies": "the archive says two different things of what it holds: nothing was taken",
    "grade.refused.memory": "the archive takes too much memory to unpack: nothing was taken",
    "grade.refused.number": "there are more than {detail} files and folders: nothing was taken",
    "grade.refused.overlap": "files of the archive lie in one another: nothing was taken",
    "grade.refused.streams": "the archive is made of more than {detail} parts: nothing was taken",
    "grade.refused.unpacked": "the archive unpacks to more than {detail} bytes: nothing was taken",
    "grade.refused.unreadable": "{name} can't be read",
    "grade.refused.absolute": "{name}: a path that begins at a root is not taken",
    "grade.refused.ambiguous": "{name} and {detail} could both be meant and are not the same: hand in one",
    "grade.refused.backslash": "{name}: a path with a backslash is not taken",
    "grade.refused.case": (
        "{name}: a file is taken under exactly the name that the task has, in small and capital letters, too"
    ),
    "grade.refused.deep": "{name} lies in more than {detail} folders",
    "grade.refused.device": "{name} is a device and no file",
    "grade.refused.encrypted": "{name} is encrypted",
    "grade.refused.escape": "{name}: a path with .. is not taken",
    "grade.refused.extra": "{name} is no file of a task and was not taken",
    "grade.refused.fifo": "{name} is a FIFO and no file",
    "grade.refused.folders": "{name} lies too deep: at most {detail} folders that name no lab may be around it",
    "grade.refused.link": "{name} is a link; links are not followed",
    "grade.refused.long": "{name}: the path is too long",
    "grade.refused.lying": "{name} is not what the archive's directory says of it",
    "grade.refused.method": "{name} is packed in a way that is not read (method {detail}); deflate is",
    "grade.refused.more": "and {detail} more",
    "grade.refused.nested": "{name} is an archive within; those are not opened",
    "grade.refused.nul": "{name}: a name can't have a zero byte",
    "grade.refused.size": "{name} has more than {detail} bytes",
    "grade.refused.socket": "{name} is a socket and no file",
    "grade.refused.sparse": "{name} is a sparse file; hand in plain ones",
    "grade.refused.spoilt": "{name} is damaged within the archive",
    "grade.refused.twice": "{name} is there twice, and the two are not the same",
    "grade.refused.type": "{name} is no file of a kind that is known",
    "grade.refused.which_lab": (
        "{name} could be of more than one lab ({detail}): put it in a folder called after its lab"
    ),
}

CATALOGUE = Catalogue(
    "en", phrases={**EVENTS, **VIEWS, **LIVE, **GRADES, **REFUSED}, counts=COUNTS, sentences=SENTENCES
)
