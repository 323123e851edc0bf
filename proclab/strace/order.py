"""Lifetimes → one causal order of everything.

strace stamps a call's begin before it runs, all threads by one clock: that stamp is never too late. When the call was
over it doesn't stamp, but measures (-T), and from a moment when it has written the first half of the line: so the end
may seem too early by what writing took. It lies before the thread's next stamp in any case. So what causes (write,
kill, fork, exit) is placed where it began, what is caused (read, wait, accept) where it seems to have returned, and is
held back until what it needs has come (ready.py), at most until its thread goes on. Edges put right what is
left: a fork comes before the child's first step, an end before the wait that returns it, a kill before its delivery.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from proclab.strace.ancestry import Lifetime
from proclab.strace.lines import FORKS
from proclab.strace.sequence import Edges, Hold, Key, sort
from proclab.strace.steps import Step
from proclab.strace.tokens import fields, items, number

READS = frozenset({"read", "readv", "pread64", "preadv", "preadv2", "recvfrom", "recvmsg", "recvmmsg", "recv"})
WRITES = frozenset(
    {
        "write",
        "writev",
        "pwrite64",
        "pwritev",
        "pwritev2",
        "vmsplice",
        "sendto",
        "sendmsg",
        "sendmmsg",
        "send",
        "sendfile",
    }
)
WAITS = frozenset({"wait4", "waitid", "waitpid"})
KILLS = frozenset({"kill", "tkill", "tgkill", "rt_sigqueueinfo", "rt_tgsigqueueinfo", "pidfd_send_signal"})
POLLS = frozenset({"poll", "ppoll", "select", "_newselect", "pselect6", "epoll_wait", "epoll_pwait", "epoll_pwait2"})
SLEEPS = frozenset({"nanosleep", "clock_nanosleep"})
PAUSES = frozenset({"pause", "rt_sigsuspend", "rt_sigtimedwait"})
OPENS = frozenset({"open", "openat", "openat2", "creat"})
OTHERS = frozenset({"accept", "accept4", "connect", "flock", "futex", "restart_syscall"})
MAY_BLOCK = READS | WRITES | WAITS | POLLS | SLEEPS | PAUSES | OPENS | OTHERS
CAUSES = (
    WRITES | KILLS | FORKS
    | {"close", "close_range", "shutdown", "bind", "listen", "exit", "exit_group", "rt_sigaction", "rt_sigprocmask",
       "setitimer", "alarm", "unlink", "unlinkat"}
)  # fmt: skip
LONG = 1_000_000  # nanoseconds: a write that took so long has waited for room
TOLERANCE = 100_000  # nanoseconds: two tracers' stamps don't disagree by more
PATIENCE = 1_000_000_000  # nanoseconds: no tracer loses its processor for longer in the middle of a line
EVER = 1 << 63  # nanoseconds: later than any stamp
DEATHS = ("CLD_EXITED", "CLD_KILLED", "CLD_DUMPED")


@dataclass(slots=True)
class Node:
    """A step of a task at its place in the order, or (`block`) the place where a call begins to wait."""

    life: Lifetime
    step: Step
    key: Key  # when, and which line of whom
    block: bool = False
    until: int | None = None  # when the call was over at the latest; None: it is placed where it began


@dataclass
class Relations:
    """Which steps belong together, by the id of the step."""

    births: dict[int, Lifetime] = field(default_factory=dict)  # fork → child
    reaps: dict[int, Lifetime] = field(default_factory=dict)  # wait → the child whose end it reported
    sends: dict[int, list[Step]] = field(default_factory=dict)  # delivery → what sent the signal
    deaths: dict[int, Lifetime] = field(default_factory=dict)  # delivery of SIGCHLD → the child whose end it reported


def related(lives: Sequence[Lifetime]) -> Relations:
    """The relations of all boxes."""
    relations = Relations({id(life.birth): life for life in lives if life.birth is not None})
    for box in {life.box for life in lives}:
        own = [life for life in lives if life.box == box]
        relations.reaps |= {id(step): life for life, step in reapings(own)}
        for send, delivery in deliveries(own):
            relations.sends.setdefault(id(delivery), []).append(send)
        relations.deaths |= {id(delivery): life for life, delivery in deaths(own)}
    return relations


def ordered(
    lives: Sequence[Lifetime], relations: Relations, ready: Callable[[Lifetime, Step], bool], untimed: bool = False
) -> Iterator[Node]:
    """All steps in causal order, one by one. `ready`: whether all that a returned call needs was among those before.

    `untimed`: the threads' times can't be compared, because there are none: then calls are held back for any time.
    """
    nodes: list[Node] = []
    chained: list[bool] = []
    for life in lives:
        own = list(_nodes(life))
        nodes += own
        chained += [place > 0 for place in range(len(own))]
    births, others = _edges(lives, nodes, relations)
    until = [EVER if untimed and node.until is not None else node.until for node in nodes]
    hold = Hold(until, lambda place: ready(nodes[place].life, nodes[place].step))
    for place in sort([node.key for node in nodes], births, others, hold, chained):
        yield nodes[place]


def latest(step: Step, after: Step | None) -> int | None:
    """When a call was over at the latest: before its thread went on."""
    if step.end is None:
        return None
    return min(step.end + PATIENCE, max(after.begin, step.end) if after is not None else step.end) + TOLERANCE


def waits_long(step: Step) -> bool:
    """A write that waited for room. (A marker fails at once, whatever the clock says.)"""
    if step.error == "EBADF" or step.arg(0) == "-1":
        return False
    return step.end is None or step.end - step.begin >= LONG


def _nodes(life: Lifetime) -> Iterator[Node]:
    left: Step | None = None  # exit or exit_group: "+++ exited" says when it was over
    for step, after in zip(life.steps, [*life.steps[1:], None], strict=False):
        begin = (step.begin, (step.at[0], life.task.pid))
        end = (step.begin if step.end is None else step.end, (step.at[1], life.task.pid))
        at_once = step.name in CAUSES or step.arg(1) == "LOCK_UN"
        if step.name in ("exit", "exit_group") and step.kind == "call":
            left = step
        elif step.kind in ("exited", "killed"):
            yield Node(life, step, (left.begin, (left.at[0], life.task.pid)) if left else end)
        elif step.kind != "call" or step.name not in MAY_BLOCK or step.arg(1) == "LOCK_UN":
            yield Node(life, step, begin if at_once else end)
        elif step.name not in WRITES or waits_long(step):
            yield Node(life, step, begin, block=True)
            if step.end is not None:
                yield Node(life, step, end, until=latest(step, after))
        else:
            yield Node(life, step, begin)


# --- edges ---------------------------------------------------------------------------------------------------------


def _edges(lives: Sequence[Lifetime], nodes: Sequence[Node], relations: Relations) -> tuple[Edges, Edges]:
    """From each birth to the child's first step; and the rest: ends to waits, kills to deliveries."""
    place = {id(node.step): number for number, node in enumerate(nodes)}  # of a call that waits: its end
    first = {node.life: number for number, node in reversed(list(enumerate(nodes)))}
    last = {node.life: number for number, node in enumerate(nodes)}
    births = [
        (place[id(life.birth)], first[life])
        for life in lives
        if life.birth is not None and life in first and id(life.birth) in place
    ]
    others = [
        (last[life], last[life.leader])
        for life in lives
        if life.thread and life.over and life.leader in last and life.leader.over
    ]
    others += [
        (place[id(child.over)], place[wait])
        for wait, child in relations.reaps.items()
        if wait in place and id(child.over) in place
    ]
    others += [(place[id(send)], place[delivery]) for delivery, sends in relations.sends.items() for send in sends]
    others += [(place[id(child.over)], place[delivery]) for delivery, child in relations.deaths.items()]
    return births, others


def reapings(lives: Iterable[Lifetime]) -> Iterator[tuple[Lifetime, Step]]:
    """Each task with the waits that returned its end (several with WNOWAIT)."""
    ended: dict[int, list[Lifetime]] = defaultdict(list)
    waits: list[tuple[int, Step]] = []
    for life in lives:
        if not life.thread and life.over:
            ended[life.task.pid].append(life)
        waits += [(pid, step) for step in life.steps if (pid := waited_pid(step)) and is_end(step)]
    for pid, step in sorted(waits, key=lambda wait: (wait[1].end or 0, wait[1].at)):
        line = ended.get(pid)
        if line:
            yield line[0], step
            if "WNOWAIT" not in step.arg(3):
                line.pop(0)


def deaths(lives: Iterable[Lifetime]) -> Iterator[tuple[Lifetime, Step]]:
    """Each delivery of SIGCHLD with the child whose end it reported: of several that had its pid, the latest."""
    ended = defaultdict[int, list[Lifetime]](list)
    came: list[tuple[int, Step]] = []
    for life in lives:
        if not life.thread and life.over:
            ended[life.task.pid].append(life)
        came += [
            (_sender_pid(step), step)
            for step in life.steps
            if step.kind == "signal" and any(word in step.text for word in DEATHS)
        ]
    for pid, step in came:
        early = [life for life in ended[pid] if life.over and life.over.begin <= step.begin + TOLERANCE]
        if early:
            yield early[-1], step


def waited_pid(step: Step) -> int | None:
    """The pid of the child that a wait returned."""
    if step.name not in WAITS or step.failed:
        return None
    if step.name == "waitid":
        return number(fields(step.arg(2)).get("si_pid", ""))
    return step.ret or None


def status(step: Step) -> str:
    """What a wait said of the child, as strace wrote it."""
    if step.name == "waitid":
        return step.arg(2)
    return (items(step.arg(1)) or [""])[0]


def is_end(step: Step) -> bool:
    """The wait returned an end, not a stop or a continuation."""
    return not any(word in status(step) for word in ("WIFSTOPPED", "WIFCONTINUED", "CLD_STOPPED", "CLD_CONTINUED"))


def deliveries(lives: Sequence[Lifetime]) -> Iterator[tuple[Step, Step]]:
    """Each signal sent by kill(2) and its kin with the delivery that it led to; several sends may lead to one."""
    sent: dict[tuple[int, int, str], list[Step]] = defaultdict(list)
    for life in lives:
        for step in life.steps:
            if step.name in KILLS and not step.failed:
                target, sig = sending(step)
                sent[life.leader.task.pid, target, sig].append(step)
    came = [(step, life, info) for life in lives for step in life.steps if (info := _sender(step))]
    left = Counter((life.leader.task.pid, *info) for _, life, info in came)
    for step, life, (sender, sig) in sorted(came, key=lambda arrival: (arrival[0].end or 0, arrival[0].at)):
        left[life.leader.task.pid, sender, sig] -= 1
        for target in (life.task.pid, life.leader.task.pid, 0):
            queue = sent[sender, target, sig]
            later = left[life.leader.task.pid, sender, sig]
            early = [send for send in queue if send.begin <= (step.end or 0)][: max(len(queue) - later, 1)] or queue[:1]
            if sig.startswith("SIGRT"):
                early = early[:1]  # real-time signals queue, each is delivered on its own
            if early:
                yield from ((send, step) for send in early)
                del queue[: len(early)]
                break


def _sender(step: Step) -> tuple[int, str] | None:
    """Who sent the signal that was delivered or taken here, and which; None if it was the kernel's own."""
    text = step.text if step.kind == "signal" else step.arg(1) if step.name == "rt_sigtimedwait" else ""
    if "SI_USER" not in text and "SI_TKILL" not in text and "SI_QUEUE" not in text:
        return None
    return _sender_pid(step), fields(text).get("si_signo", "")


def _sender_pid(step: Step) -> int:
    """The process that a signal's information names."""
    return number(fields(step.text if step.kind == "signal" else step.arg(1)).get("si_pid", "")) or 0


def sending(step: Step) -> tuple[int, str]:
    """Target and signal of a kill; a group is target 0."""
    place = 1 if step.name in ("tgkill", "rt_tgsigqueueinfo") else 0
    target = number(step.arg(place)) or 0
    if step.name == "pidfd_send_signal":
        found = step.said(0).partition("pid:")[2].rstrip(">")
        target = number(found) or 0
    return max(target, 0), step.arg(place + 1)
