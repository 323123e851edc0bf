"""Lives → one causal order of everything.

strace stamps a call's begin before it runs and its end after it has run, but handles its tracees one at a time: of two
of them either may be stamped first. So what causes (write, kill, fork, exit) is placed where it began, what is caused
(read, wait, delivery) where it returned, and edges put right what is left: a fork comes before the child's first
step, an end before the wait that tells it, a kill before its delivery.
"""

from __future__ import annotations

import heapq
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from proclab.strace.kin import Life
from proclab.strace.lines import FORKS
from proclab.strace.steps import Step
from proclab.strace.tokens import fields, items, number

READS = frozenset({"read", "readv", "pread64", "preadv", "recvfrom", "recvmsg", "recvmmsg", "recv"})
WRITES = frozenset({"write", "writev", "pwrite64", "pwritev", "sendto", "sendmsg", "sendmmsg", "send", "sendfile"})
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
DRIFT = 1000
LONG = 1_000_000  # nanoseconds: a write that took so long has waited for room


@dataclass(slots=True)
class Node:
    """A step of a life at its place in the order, or (`block`) the place where a call begins to wait."""

    life: Life
    step: Step
    key: tuple[int, tuple[int, int]]  # when, and which line of whom
    block: bool = False


@dataclass
class Kin:
    """Which steps belong together, by the id of the step."""

    births: dict[int, Life] = field(default_factory=dict)  # fork → child
    reaps: dict[int, Life] = field(default_factory=dict)  # wait → the child whose end it told
    sends: dict[int, list[Step]] = field(default_factory=dict)  # delivery → what sent the signal


def related(lives: Sequence[Life]) -> Kin:
    """The relations of all boxes."""
    kin = Kin({id(life.birth): life for life in lives if life.birth is not None})
    for box in {life.box for life in lives}:
        own = [life for life in lives if life.box == box]
        kin.reaps |= {id(step): life for life, step in reapings(own)}
        for send, delivery in deliveries(own):
            kin.sends.setdefault(id(delivery), []).append(send)
    return kin


def ordered(lives: Sequence[Life], kin: Kin) -> list[Node]:
    """All steps in causal order."""
    nodes: list[Node] = []
    chains: list[tuple[int, int]] = []
    for life in lives:
        begin = len(nodes)
        nodes += _nodes(life)
        chains += [(place, place + 1) for place in range(begin, len(nodes) - 1)]
    births, others = _edges(lives, nodes, kin)
    places = sort([node.key for node in nodes], [*chains, *births], others)
    return [nodes[place] for place in places]


Key = tuple[int, tuple[int, int]]
Edges = Iterable[tuple[int, int]]


def sort(keys: Sequence[Key], hard: Edges, soft: Edges) -> list[int]:
    """Places by key, except where an edge (before, after) demands otherwise. Hard edges make no ring; where soft ones
    make one, they give way at its first key."""
    after: dict[int, list[tuple[int, bool]]] = defaultdict(list)
    missing, firm = [0] * len(keys), [0] * len(keys)
    for edges, is_hard in ((hard, True), (soft, False)):
        for one, other in edges:
            if one != other:
                after[one].append((other, is_hard))
                missing[other] += 1
                firm[other] += is_hard
    heap = [(key, place) for place, key in enumerate(keys) if not missing[place]]
    heapq.heapify(heap)
    result: list[int] = []
    done = [False] * len(keys)
    while len(result) < len(keys):
        if not heap:
            heap = [min((key, place) for place, key in enumerate(keys) if not done[place] and not firm[place])]
        _, place = heapq.heappop(heap)
        if done[place]:
            continue
        done[place] = True
        result.append(place)
        for other, is_hard in after[place]:
            missing[other] -= 1
            firm[other] -= is_hard
            if not missing[other] and not done[other]:
                heapq.heappush(heap, (keys[other], other))
    return result


def waits_long(step: Step) -> bool:
    """A write that waited for room. (A marker fails at once, whatever the clock says.)"""
    if step.error == "EBADF" or step.arg(0) == "-1":
        return False
    return step.end is None or step.end - step.begin >= LONG


def latest(step: Step, after: Step | None) -> int:
    """When a call was over at the latest. strace measures its time by a clock that runs as much as 500 ppm apart
    from that of its stamps (adjtimex(2)): half a second may be told 0.1 ms short."""
    if step.end is None or step.resumed or step.end == step.begin:
        return step.end or step.begin
    end = step.end + (step.end - step.begin) // DRIFT
    return min(end, max(after.begin, step.end)) if after is not None else end


def _nodes(life: Life) -> Iterator[Node]:
    left: Step | None = None  # exit or exit_group: its end is told by "+++ exited"
    for step, after in zip(life.steps, [*life.steps[1:], None], strict=False):
        begin = (step.begin, (step.at[0], life.task.pid))
        end = (latest(step, after), (step.at[1], life.task.pid))
        if step.name in ("exit", "exit_group") and step.kind == "call":
            left = step
        elif step.kind in ("exited", "killed"):
            yield Node(life, step, (left.begin, (left.at[0], life.task.pid)) if left else end)
        elif step.kind != "call" or step.name not in MAY_BLOCK or step.arg(1) == "LOCK_UN":
            yield Node(life, step, begin if step.name in CAUSES else end)
        elif step.name not in WRITES or waits_long(step):
            yield Node(life, step, begin, block=True)
            if step.end is not None:
                yield Node(life, step, end)
        else:
            yield Node(life, step, begin)


# --- edges ---------------------------------------------------------------------------------------------------------


def _edges(lives: Sequence[Life], nodes: Sequence[Node], kin: Kin) -> tuple[Edges, Edges]:
    """From each birth to the child's first step; and the rest: ends to waits, kills to deliveries."""
    place = {id(node.step): number for number, node in enumerate(nodes)}  # of a call that waits: its end
    first = {node.life: number for number, node in reversed(list(enumerate(nodes)))}
    last = {node.life: number for number, node in enumerate(nodes)}
    births = [(place[id(life.birth)], first[life]) for life in lives
              if life.birth is not None and life in first and id(life.birth) in place]  # fmt: skip
    others = [(last[life], last[life.leader]) for life in lives
              if life.thread and life.over and life.leader in last and life.leader.over]  # fmt: skip
    others += [(place[id(child.over)], place[wait]) for wait, child in kin.reaps.items()
               if wait in place and id(child.over) in place]  # fmt: skip
    others += [(place[id(send)], place[delivery]) for delivery, sends in kin.sends.items() for send in sends]
    others += [(place[id(sent)], place[id(got)]) for sent, got in passings(lives)]
    return births, others


def reapings(lives: Iterable[Life]) -> Iterator[tuple[Life, Step]]:
    """Each life with the waits that told its end (several with WNOWAIT)."""
    ended: dict[int, list[Life]] = defaultdict(list)
    waits: list[tuple[int, Step]] = []
    for life in lives:
        if not life.thread and life.over:
            ended[life.task.pid].append(life)
        waits += [(pid, step) for step in life.steps if (pid := told(step)) and is_end(step)]
    for pid, step in sorted(waits, key=lambda wait: (wait[1].end or 0, wait[1].at)):
        line = ended.get(pid)
        if line:
            yield line[0], step
            if "WNOWAIT" not in step.arg(3):
                line.pop(0)


def told(step: Step) -> int | None:
    """The pid of the child that a wait told of."""
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
    """The wait told an end, not a stop or a continuation."""
    return not any(word in status(step) for word in ("WIFSTOPPED", "WIFCONTINUED", "CLD_STOPPED", "CLD_CONTINUED"))


def passings(lives: Iterable[Life]) -> Iterator[tuple[Step, Step]]:
    """Messages with descriptors and where they were received, if that seems to have been before they were sent.

    It seems so in logs of -ff without -T: a receiver that waited is placed where it began to. The n-th was sent n-th.
    """
    for box in {life.box for life in lives}:
        steps = [step for life in lives if life.box == box for step in life.steps
                 if len(step.args) > 1 and "SCM_RIGHTS" in step.args[1] and not step.failed]  # fmt: skip
        sent = sorted((step for step in steps if step.name in WRITES), key=lambda step: (step.begin, step.at))
        got = sorted((step for step in steps if step.name in READS), key=lambda step: (step.end or 0, step.at))
        for one, other in zip(sent, got, strict=False):
            if other.end is not None and one.begin >= other.end:
                yield one, other


def deliveries(lives: Sequence[Life]) -> Iterator[tuple[Step, Step]]:
    """Each signal sent by kill(2) and its kin with the delivery that it led to; several sends may lead to one."""
    sent: dict[tuple[int, int, str], list[Step]] = defaultdict(list)
    for life in lives:
        for step in life.steps:
            if step.name in KILLS and not step.failed:
                target, sig = sending(step)
                sent[life.leader.task.pid, target, sig].append(step)
    came = [(step, life, info) for life in lives for step in life.steps if (info := _sender(step))]
    for step, life, (sender, sig) in sorted(came, key=lambda one: (one[0].end or 0, one[0].at)):
        for target in (life.task.pid, life.leader.task.pid, 0):
            queue = sent[sender, target, sig]
            early = [send for send in queue if send.begin <= (step.end or 0)] or queue[:1]
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
    info = fields(text)
    return number(info.get("si_pid", "")) or 0, info.get("si_signo", "")


def sending(step: Step) -> tuple[int, str]:
    """Target and signal of a kill; a group is target 0."""
    place = 1 if step.name in ("tgkill", "rt_tgsigqueueinfo") else 0
    target = number(step.arg(place)) or 0
    if step.name == "pidfd_send_signal":
        found = step.said(0).partition("pid:")[2].rstrip(">")
        target = int(found) if found.isdigit() else 0
    return max(target, 0), step.arg(place + 1)
