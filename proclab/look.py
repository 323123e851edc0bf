"""A look at what runs now: one picture in text over all containers of a lab.

Pure: samples in, lines out. The tree with each process's state, threads, what they stand still in, descriptors with
both ends of what connects processes, signal masks.
"""

from __future__ import annotations

import datetime
import signal
from collections.abc import Iterator, Sequence

from proclab.procfs import OURS, Process, Sample, Signals, Thread
from proclab.standing import sharers, standing, state
from proclab.wiring import Wiring, short

COMMAND_MAX = 100
ARROWS = {"read": "←", "write": "→", "both": "↔", None: " "}
STANDARD = {signal.SIGPIPE, signal.SIGXFSZ}  # a Python program ignores these two from its start


def picture(samples: Sequence[Sample]) -> list[str]:
    """The look as lines."""
    wiring = Wiring(samples)
    lines = []
    for sample in samples:
        lines += [*_box(sample, wiring), ""]
    return lines[:-1]


def heading(title: str, samples: Sequence[Sample]) -> str:
    """What this is a picture of, and when; sampled is called sampled."""
    if not samples:
        return f"{title}: nothing runs"
    at = datetime.datetime.fromtimestamp(max(sample.t for sample in samples) / 1e9)
    count = sum(len(sample.processes) for sample in samples)
    zombies = sum(process.zombie for sample in samples for process in sample.processes)
    said = f"{title}, sampled at {at:%H:%M:%S}: {_number(count, 'process', 'processes')}"
    said += f", {_number(zombies, 'zombie', 'zombies')}" if zombies else ""
    return said + " (what comes and goes between two samples is not seen)"


def _number(count: int, one: str, many: str) -> str:
    return f"{count} {one if count == 1 else many}"


def _box(sample: Sample, wiring: Wiring) -> list[str]:
    lines = [f"container {sample.box}"]
    pids = {process.pid for process in sample.processes}
    roots = [process for process in sample.processes if process.ppid not in pids]
    for root in roots:
        lines += _branch(sample, wiring, root, "", "")
    return lines


def _branch(sample: Sample, wiring: Wiring, process: Process, first: str, rest: str) -> list[str]:
    """A process, what is to be told of it, and its children below; `first` and `rest` lead the lines."""
    children = [child for child in sample.processes if child.ppid == process.pid and child.pid != process.pid]
    lines = [first + headline(process)]
    below = rest + ("│ " if children else "  ")
    lines += [f"{below}  {line}" for line in details(sample, wiring, process)]
    for child in children:
        last = child is children[-1]
        lines += _branch(sample, wiring, child, rest + ("└─" if last else "├─"), rest + ("  " if last else "│ "))
    return lines


def headline(process: Process) -> str:
    """A process in one line: pid, what it runs, its state."""
    command = process.command
    if len(command) > COMMAND_MAX:
        command = command[: COMMAND_MAX - 1] + "…"
    if process.zombie:
        told = f"{_end(process)}; its parent {process.ppid} has not waited for it"
        return f"{process.pid} {process.name}: ZOMBIE ({told})"
    threads = f", {len(process.threads)} threads" if len(process.threads) > 1 else ""
    return f"{process.pid} {command}: {_state(process)}{threads}"


def _end(process: Process) -> str:
    """How a zombie ended, in words."""
    if process.status is None:
        return "ended"
    if number := process.status & 0x7F:
        return f"killed by {signal_name(number)}"
    return f"exit code {process.status >> 8 & 0xFF}"


def _state(process: Process) -> str:
    recorded = any(thread.tracer for thread in process.threads)
    if process.state == "t" and recorded:
        return "runs or waits, being recorded"
    return state(process.state) + (", being recorded" if recorded else "")


def ours(process: Process) -> bool:
    """Proclab's own: the conductor of a guided run, the container's init."""
    return (process.pid == 1 and "init" in process.name) or any(word.startswith(OURS) for word in process.argv[:4])


def details(sample: Sample, wiring: Wiring, process: Process) -> Iterator[str]:
    """The lines below a process: what its threads stand in, its descriptors, its signals. Of proclab's own: nothing."""
    if process.zombie or ours(process):
        return
    if len(process.threads) == 1:
        yield from _stands(sample, wiring, process, process.threads[0])
    else:
        for thread in process.threads:
            yield from _thread(sample, wiring, process, thread)
    yield from _descriptors(sample, wiring, process)
    yield from _signals(process)


def _stands(sample: Sample, wiring: Wiring, process: Process, thread: Thread) -> Iterator[str]:
    where = standing(thread, sample.machine)
    if not where:
        return
    said = where.words
    for descriptor in process.fds or ():
        if descriptor.fd == where.fd:
            other = wiring.told(sample.box, process, descriptor)
            said += f": {wiring.name(descriptor)}" + (f", {other}" if other else "")
    together = [str(tid) for tid in sharers(process, where.futex) if tid != thread.tid]
    if together:
        said += f", at the same one as {', '.join(together)}"
    yield said


def _thread(sample: Sample, wiring: Wiring, process: Process, thread: Thread) -> Iterator[str]:
    said = "".join(_stands(sample, wiring, process, thread)) or state(thread.state)
    mask = thread.signals.blocked
    blocked = f"; blocks {_names(mask)}" if mask != process.threads[0].signals.blocked and mask else ""
    yield f"thread {thread.tid} {thread.name}: {said}{blocked}"


def _descriptors(sample: Sample, wiring: Wiring, process: Process) -> Iterator[str]:
    if process.fds is None:
        yield "descriptors: may not be read"
    plain: dict[tuple[str, str], list[int]] = {}
    for descriptor in process.fds or ():
        arrow = ARROWS[descriptor.way]
        if not descriptor.key:
            plain.setdefault((arrow, descriptor.link), []).append(descriptor.fd)
    for (arrow, link), fds in plain.items():
        yield f"fd {' '.join(map(str, fds))} {arrow} {link}"
    for descriptor in process.fds or ():
        if descriptor.key:
            other = wiring.told(sample.box, process, descriptor)
            said = f"fd {descriptor.fd} {ARROWS[descriptor.way]} {wiring.name(descriptor)}"
            yield said + (f": {other}" if other else "")


def _signals(process: Process) -> Iterator[str]:
    sets: Signals = process.threads[0].signals if process.threads else Signals()
    pending = frozenset[int]().union(*(thread.signals.pending for thread in process.threads))
    said = [
        f"{word} {_names(some)}"
        for word, some in (("pending", pending), ("blocked", sets.blocked), ("handled", sets.caught),
                           ("ignored", sets.ignored - STANDARD))
        if _names(some)
    ]  # fmt: skip
    if said:
        yield f"signals: {'; '.join(said)}"


def signal_name(number: int) -> str:
    """SIGTERM for 15."""
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"SIGRTMIN+{number - 34}"


def _names(numbers: frozenset[int]) -> str:
    """Signals by name, few words: nearly all of them are told as all but some."""
    known = {int(number): number.name.removeprefix("SIG") for number in signal.Signals if number < 32}
    if len(numbers & known.keys()) > len(known) - 8:
        missing = [known[n] for n in sorted(known.keys() - numbers) if n not in (signal.SIGKILL, signal.SIGSTOP)]
        return "all" + (f" but {' '.join(missing)}" if missing else "")
    names = [known.get(n, f"RTMIN+{n - 34}") for n in sorted(numbers) if n in known or n >= 34]
    return " ".join(names)


# ---------------------------------------------------------------- what has changed


def changes(before: Sequence[Sample], after: Sequence[Sample]) -> list[str]:
    """What is different in a later look, one sentence each."""
    old = {(s.box, p.pid, p.start): (s, p) for s in before for p in s.processes}
    new = {(s.box, p.pid, p.start): (s, p) for s in after for p in s.processes}
    said = []
    for key, (sample, process) in new.items():
        who = f"{key[0]}: {process.pid} {short(process)}"
        if key not in old:
            said.append(f"{who} is new, a child of {process.ppid}" + (", already a zombie" if process.zombie else ""))
        else:
            said += [f"{who} {what}" for what in _process_changes(old[key][1], process, sample.machine)]
    for key, (_, process) in old.items():
        if key not in new:
            said.append(f"{key[0]}: {process.pid} {short(process)} is gone")
    return said


def _process_changes(was: Process, now: Process, machine: str) -> Iterator[str]:
    if now.zombie:
        if not was.zombie:
            yield "has ended: a zombie"
        return
    if was.ppid != now.ppid:
        yield f"is an orphan: its parent is {now.ppid} now"
    if was.argv != now.argv:
        yield f"runs another program: {now.command}"
    old, new = {t.tid for t in was.threads}, {t.tid for t in now.threads}
    yield from (f"has a new thread {tid}" for tid in sorted(new - old))
    yield from (f"has lost thread {tid}" for tid in sorted(old - new))
    yield from _descriptor_changes(was, now)
    yield from _standing_changes(was, now, machine)


def _descriptor_changes(was: Process, now: Process) -> Iterator[str]:
    old, new = ({d.fd: d for d in p.fds or ()} for p in (was, now))
    for fd in sorted(old.keys() | new.keys()):
        if fd not in new:
            yield f"closed fd {fd} ({old[fd].link})"
        elif fd not in old or old[fd].link != new[fd].link:
            yield f"opened fd {fd} ({new[fd].link})"


def _standing_changes(was: Process, now: Process, machine: str) -> Iterator[str]:
    old = {thread.tid: standing(thread, machine) for thread in was.threads}
    for thread in now.threads:
        where = standing(thread, machine)
        if where and thread.tid in old and where != old[thread.tid]:
            yield (f"thread {thread.tid} " if len(now.threads) > 1 else "") + where.words
    if was.state != now.state and "T" in (was.state, now.state):
        yield state(now.state)
