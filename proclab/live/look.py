"""A look at what runs now: one picture in text over all containers of a lab.

Pure: samples in, lines out. The tree with what each process stands in, threads, descriptors with both ends of what
connects processes, signal masks. A `brief` picture leaves the descriptors and masks out, for a small screen.
"""

from __future__ import annotations

import datetime
import signal
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

from proclab.live.lookwords import number, word
from proclab.live.procfs import OURS, Process, Sample, Signals, Thread, own
from proclab.live.standing import Standing, sharers, standing, state
from proclab.live.wiring import Names, Wiring

if TYPE_CHECKING:
    from proclab.state.fact import Lang

COMMAND_MAX = 70
ZOMBIES = 3  # so many brothers that ended alike are told in one line
ARROWS = {"read": "←", "write": "→", "both": "↔", None: " "}
STANDARD = {signal.SIGPIPE, signal.SIGXFSZ}  # a Python program ignores these two from its start
HANDLED = {signal.SIGINT}  # and has a handler for this one


def picture(
    samples: Sequence[Sample], lang: Lang = "en", names: Names | None = None, brief: bool = False
) -> list[str]:  # fmt: skip
    """The look as lines; a container is named where there are several."""
    wiring = Wiring(samples, lang, names)
    lines: list[str] = []
    for sample in samples:
        if len(samples) > 1:
            lines += [*([""] if lines else []), word("container", lang, box=sample.box)]
        lines += _Drawn(sample, wiring, lang, brief).lines()
    return lines


def heading(title: str, samples: Sequence[Sample], lang: Lang = "en") -> str:
    """What this is a picture of, and when; sampled is called sampled. Proclab's own processes don't count."""
    if not samples:
        return word("nothing", lang, title=title)
    at = datetime.datetime.fromtimestamp(max(sample.t for sample in samples) / 1e9)
    theirs = [process for sample in samples for process in sample.processes if not own(process)]
    zombies = sum(process.zombie for process in theirs)
    said = number(len(theirs), "process", lang) + (f", {number(zombies, 'zombie', lang)}" if zombies else "")
    return word("heading", lang, title=title, at=f"{at:%H:%M:%S}", what=said)


@dataclass(frozen=True)
class _Drawn:
    """One container of the picture."""

    sample: Sample
    wiring: Wiring
    lang: Lang
    brief: bool

    def lines(self) -> list[str]:
        pids = {process.pid for process in self.sample.processes}
        roots = [process for process in self.sample.processes if process.ppid not in pids]
        return [line for root in roots for line in self._branch([root], "", "")]

    def _branch(self, alike: Sequence[Process], first: str, rest: str) -> list[str]:
        """A process (or zombies that are alike), what is to be told of it, its children; `first` and `rest` lead."""
        process = alike[0]
        children = [one for one in self.sample.processes if one.ppid == process.pid and one.pid != process.pid]
        groups = [group for key, same in groupby(children, _alike) for group in _groups(key, list(same))]
        lines = [first + (self._zombies(alike) if len(alike) > 1 else self.headline(process))]
        below = rest + ("│ " if children else "  ")
        lines += [f"{below}  {line}" for line in self._details(process)]
        for group in groups:
            last = group is groups[-1]
            lines += self._branch(group, rest + ("└─" if last else "├─"), rest + ("  " if last else "│ "))
        return lines

    def _zombies(self, alike: Sequence[Process]) -> str:
        pids = f"{alike[0].pid} {alike[1].pid} … {alike[-1].pid}"
        end, ppid = _end(alike[0], self.lang), alike[0].ppid
        return word("zombies", self.lang, pids=pids, name=alike[0].name, count=len(alike), end=end, ppid=ppid)

    def headline(self, process: Process) -> str:
        """A process in one line: pid, what it runs, where it stands."""
        said = headline(process, self.lang, self.brief)
        if process.zombie or own(process) or len(process.threads) != 1:
            return said
        where = self._stands(process, process.threads[0])
        return f"{process.pid} {_command(process, self.brief)}: {where}{self._recorded(process)}" if where else said

    def _recorded(self, process: Process) -> str:
        return word("recorded", self.lang) if _recorded(process) else ""

    def _stands(self, process: Process, thread: Thread) -> str:
        where = standing(thread, self.sample.machine)
        if not where:
            return ""
        together = [str(tid) for tid in sharers(process, where.futex) if tid != thread.tid]
        same = word("same", self.lang, tids=", ".join(together)) if together else ""
        return where.told(self.lang) + self._thing(process, where) + same

    def _thing(self, process: Process, where: Standing) -> str:
        """What a thread waits at: in a brief picture with its other end, else that stands in the line of the fd."""
        for descriptor in process.fds or ():
            if descriptor.fd == where.fd:
                other = self.wiring.told(self.sample.box, process, descriptor, brief=True) if self.brief else ""
                name = self.wiring.name(descriptor)
                return word("thing", self.lang, name=name, other=f", {other}" if other else "")
        return ""

    def _details(self, process: Process) -> Iterator[str]:
        """The lines below a process: threads, descriptors, signals. Of proclab's own: nothing."""
        if process.zombie or own(process):
            return
        if len(process.threads) > 1:
            yield from (self._thread(process, thread) for thread in process.threads)
        if not self.brief:
            yield from self._descriptors(process)
            yield from self._signals(process)

    def _thread(self, process: Process, thread: Thread) -> str:
        what = self._stands(process, thread) or state(thread.state, self.lang)
        mask = thread.signals.blocked
        if mask and mask != process.threads[0].signals.blocked:
            what += word("blocks", self.lang, names=_names(mask, self.lang))
        name = "" if thread.name == process.name else f" {thread.name}"
        return word("thread", self.lang, tid=thread.tid, name=name, what=what)

    def _descriptors(self, process: Process) -> Iterator[str]:
        """In their order; those that lead out of the container, or to the same by the same end, in one line."""
        if process.fds is None:
            yield word("fds.unread", self.lang)
        lines: dict[tuple[str, str], list[int]] = {}  # arrow, what → descriptors
        for each in process.fds or ():
            if self.wiring.outside(each) and each.key.startswith("pipe:"):
                lines.setdefault((" ", ""), []).append(each.fd)
            else:
                other = self.wiring.told(self.sample.box, process, each)
                what = self.wiring.name(each) + (f": {other}" if other else "")
                lines.setdefault((ARROWS[each.way], what), []).append(each.fd)
        for (arrow, what), fds in lines.items():
            name = what or word("dockers" if len(fds) > 1 else "docker.fd", self.lang)
            yield f"fd {' '.join(map(str, fds))}" + (f" {arrow} {name}" if arrow.strip() else f": {name}")

    def _signals(self, process: Process) -> Iterator[str]:
        sets: Signals = process.threads[0].signals if process.threads else Signals()
        told = {"pending": sets.pending, "blocked": sets.blocked, "caught": sets.caught,
                "ignored": sets.ignored - STANDARD}  # fmt: skip
        words = [word(key, self.lang, names=_names(some, self.lang)) for key, some in told.items() if some]
        if len(words) > 1 or (words and sets.caught != HANDLED):
            yield word("signals", self.lang, sets="; ".join(words))


def headline(process: Process, lang: Lang = "en", brief: bool = False) -> str:
    """A process in one line: pid, what it runs, its state."""
    if process.zombie:
        end = _end(process, lang)
        return word("zombie", lang, pid=process.pid, name=process.name, end=end, ppid=process.ppid)
    if own(process):
        init = process.pid == 1 and "init" in process.name
        return word("init" if init else "own", lang, pid=process.pid, name=process.name if init else _own_name(process))
    said = [_state(process, lang)] if len(process.threads) < 2 or process.state not in "RSD" else []
    said += [number(len(process.threads), "thread", lang)] if len(process.threads) > 1 else []
    return f"{process.pid} {_command(process, brief)}: {', '.join(said)}"


def _own_name(process: Process) -> str:
    return next(each for each in process.argv if each.startswith(OURS)).rpartition("/")[2]


def _alike(process: Process) -> tuple[bool, str, int | None]:
    return process.zombie, process.name, process.status


def _groups(key: tuple[bool, str, int | None], same: list[Process]) -> list[list[Process]]:
    zombies, *_ = key
    return [same] if zombies and len(same) > ZOMBIES else [[each] for each in same]


def _command(process: Process, brief: bool) -> str:
    """Its command; `brief`: of a Python program without the interpreter and without folders."""
    words = list(process.argv)
    if brief and len(words) > 1 and words[0].rpartition("/")[2].startswith("python") and words[1].endswith(".py"):
        words = [words[1].rpartition("/")[2], *words[2:]]
    command = " ".join(words) or process.name
    return command if len(command) <= COMMAND_MAX else command[: COMMAND_MAX - 1] + "…"


def _end(process: Process, lang: Lang) -> str:
    """How a zombie ended, in words."""
    if process.status is None:
        return word("ended", lang)
    if sig := process.status & 0x7F:
        return word("killed", lang, sig=signal_name(sig))
    return word("exited", lang, code=process.status >> 8 & 0xFF)


def _recorded(process: Process) -> bool:
    return any(thread.tracer for thread in process.threads)


def _state(process: Process, lang: Lang) -> str:
    if process.state == "t" and _recorded(process):
        return word("runs.recorded", lang)
    return state(process.state, lang) + (word("recorded", lang) if _recorded(process) else "")


def signal_name(sig: int) -> str:
    """SIGTERM for 15."""
    try:
        return signal.Signals(sig).name
    except ValueError:
        return f"SIGRTMIN+{sig - 34}"


def _names(numbers: frozenset[int], lang: Lang) -> str:
    """Signals by name, few words: nearly all of them are told as all but some."""
    known = {int(sig): sig.name.removeprefix("SIG") for sig in signal.Signals if sig < 32}
    if len(numbers & known.keys()) > len(known) - 8:
        missing = [known[n] for n in sorted(known.keys() - numbers) if n not in (signal.SIGKILL, signal.SIGSTOP)]
        return word("all.but", lang, names=" ".join(missing)) if missing else word("all", lang)
    return " ".join(known.get(n, f"RTMIN+{n - 34}") for n in sorted(numbers) if n in known or n >= 34)
