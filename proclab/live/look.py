"""A look at what runs now: one picture in text over all containers of a lab.

Pure: samples in, lines out. The tree with what each process waits in, threads, descriptors with both ends of what
connects processes, signal masks. A `brief` picture leaves the descriptors and masks out, for a small screen.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from signal import SIGINT, SIGKILL, SIGPIPE, SIGSTOP, SIGXFSZ

from proclab.live.phrases import Phrases
from proclab.procfs import OURS, Process, Sample, Signals, Thread, Waiting, own, sharers, waiting_of
from proclab.text import RTMIN, SIGNALS, signal_name
from proclab.words import Lang, catalogue

COMMAND_MAX = 70
ZOMBIES = 3  # more brothers than these that ended alike share a line
ARROWS = {"read": "←", "write": "→", "both": "↔", None: " "}
IGNORED_BY_PYTHON = {SIGPIPE, SIGXFSZ}  # a Python program ignores these two from its start
WIDTH = 100  # of lines, where there is no terminal
HANDLED_BY_PYTHON = {SIGINT}  # and has a handler for this one


def picture(samples: Sequence[Sample], phrases: Phrases, brief: bool = False) -> list[str]:
    """The look as lines; a container is named where there are several."""
    lines: list[str] = []
    for sample in samples:
        if len(samples) > 1:
            lines += [*([""] if lines else []), phrases.say("container", box=sample.box)]
        lines += _Drawn(sample, phrases, phrases.lang, brief).lines()
    return lines


def heading(title: str, samples: Sequence[Sample], lang: Lang = "en") -> str:
    """What this is a picture of, and when; sampled is called sampled. Proclab's own processes don't count."""
    if not samples:
        return catalogue(lang).say("look.nothing", title=title)
    at = datetime.datetime.fromtimestamp(max(sample.t for sample in samples) / 1e9)
    theirs = [process for sample in samples for process in sample.processes if not own(process)]
    zombies = sum(process.zombie for process in theirs)
    words = catalogue(lang)
    said = words.count(len(theirs), "look.process")
    said += f", {words.count(zombies, 'look.zombie')}" if zombies else ""
    return words.say("look.heading", title=title, at=f"{at:%H:%M:%S}", what=said)


@dataclass(frozen=True)
class _Drawn:
    """One container of the picture."""

    sample: Sample
    phrases: Phrases
    lang: Lang
    brief: bool

    def lines(self) -> list[str]:
        pids = {process.pid for process in self.sample.processes}
        roots = [process for process in self.sample.processes if process.ppid not in pids]
        return [line for root in roots for line in self._branch([root], "", "")]

    def _branch(self, alike: Sequence[Process], first: str, rest: str) -> list[str]:
        """A process (or zombies that are alike), what there is to say of it, its children; `first` and `rest` lead."""
        process = alike[0]
        children = [each for each in self.sample.processes if each.ppid == process.pid and each.pid != process.pid]
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
        return catalogue(self.lang).say(
            "look.zombies", pids=pids, name=alike[0].name, count=len(alike), end=end, ppid=ppid
        )

    def headline(self, process: Process) -> str:
        """A process in one line: pid, what it runs, what it waits in."""
        said = headline(process, self.lang, self.brief)
        if process.zombie or own(process) or len(process.threads) != 1:
            return said
        where = self._waits(process, process.threads[0])
        return f"{process.pid} {_command(process, self.brief)}: {where}{self._recorded(process)}" if where else said

    def _recorded(self, process: Process) -> str:
        return catalogue(self.lang).say("look.recorded") if _recorded(process) else ""

    def _waits(self, process: Process, thread: Thread) -> str:
        where = waiting_of(thread, self.sample.machine)
        if not where:
            return ""
        together = [str(tid) for tid in sharers(process, where.futex) if tid != thread.tid]
        same = catalogue(self.lang).say("look.same", tids=", ".join(together)) if together else ""
        return self.phrases.waits(where) + self._thing(process, where) + same

    def _thing(self, process: Process, where: Waiting) -> str:
        """What a thread waits at: in a brief picture with its other end, else the line of the fd says that."""
        for descriptor in process.fds or ():
            if descriptor.fd == where.fd:
                other = self.phrases.other(self.sample.box, process, descriptor, brief=True) if self.brief else ""
                name = self.phrases.name(descriptor)
                return catalogue(self.lang).say("look.thing", name=name, other=f", {other}" if other else "")
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
        what = self._waits(process, thread) or self.phrases.state(thread.state)
        mask = thread.signals.blocked
        if mask and mask != process.threads[0].signals.blocked:
            what += catalogue(self.lang).say("look.blocks", names=_names(mask, self.lang))
        name = "" if thread.name == process.name else f" {thread.name}"
        return catalogue(self.lang).say("look.thread", tid=thread.tid, name=name, what=what)

    def _descriptors(self, process: Process) -> Iterator[str]:
        """In their order; those that lead out of the container, or to the same by the same end, in one line."""
        if process.fds is None:
            yield catalogue(self.lang).say("look.fds.unread")
        lines: dict[tuple[str, str], list[int]] = {}  # arrow, what → descriptors
        for each in process.fds or ():
            if self.phrases.objects.endpoints.outside(each) and each.key.startswith("pipe:"):
                lines.setdefault((" ", ""), []).append(each.fd)
            else:
                other = self.phrases.other(self.sample.box, process, each)
                what = self.phrases.name(each) + (f": {other}" if other else "")
                lines.setdefault((ARROWS[each.way], what), []).append(each.fd)
        for (arrow, what), fds in lines.items():
            name = what or catalogue(self.lang).say("look.dockers" if len(fds) > 1 else "look.docker.fd")
            yield f"fd {' '.join(map(str, fds))}" + (f" {arrow} {name}" if arrow.strip() else f": {name}")

    def _signals(self, process: Process) -> Iterator[str]:
        sets: Signals = process.threads[0].signals if process.threads else Signals()
        sets_of = {
            "pending": sets.pending,
            "blocked": sets.blocked,
            "caught": sets.caught,
            "ignored": sets.ignored - IGNORED_BY_PYTHON,
        }
        words = [
            catalogue(self.lang).say(f"look.{key}", names=_names(some, self.lang))
            for key, some in sets_of.items()
            if some
        ]
        if len(words) > 1 or (words and sets.caught != HANDLED_BY_PYTHON):
            yield catalogue(self.lang).say("look.signals", sets="; ".join(words))


def headline(process: Process, lang: Lang = "en", brief: bool = False) -> str:
    """A process in one line: pid, what it runs, its state."""
    if process.zombie:
        end = _end(process, lang)
        return catalogue(lang).say("look.zombie", pid=process.pid, name=process.name, end=end, ppid=process.ppid)
    if own(process):
        init = process.pid == 1 and "init" in process.name
        return catalogue(lang).say(
            "look.init" if init else "look.own",
            pid=process.pid,
            name=process.name if init else _own_name(process),
        )
    said = [_state(process, lang)] if len(process.threads) < 2 or process.state not in "RSD" else []
    said += [catalogue(lang).count(len(process.threads), "look.thread")] if len(process.threads) > 1 else []
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
        return catalogue(lang).say("look.ended")
    if sig := process.status & 0x7F:
        return catalogue(lang).say("look.killed", sig=signal_name(sig))
    return catalogue(lang).say("look.exited", code=process.status >> 8 & 0xFF)


def _recorded(process: Process) -> bool:
    return any(thread.tracer for thread in process.threads)


def _state(process: Process, lang: Lang) -> str:
    if process.state == "t" and _recorded(process):
        return catalogue(lang).say("look.runs.recorded")
    said = catalogue(lang).variant("look.state", process.state, letter=process.state)
    return said + (catalogue(lang).say("look.recorded") if _recorded(process) else "")


def _names(numbers: frozenset[int], lang: Lang) -> str:
    """Signals by name; a set of nearly all of them by the names that it lacks."""
    standard = {number for number in SIGNALS if number < RTMIN}
    if len(numbers & standard) > len(standard) - 8:
        missing = [_short(number) for number in sorted(standard - numbers - {SIGKILL, SIGSTOP})]
        return (
            catalogue(lang).say("look.all.but", names=" ".join(missing)) if missing else catalogue(lang).say("look.all")
        )
    return " ".join(map(_short, sorted(numbers & SIGNALS.keys())))


def _short(number: int) -> str:
    return signal_name(number).removeprefix("SIG")
