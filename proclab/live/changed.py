"""What is different between two looks, one sentence each.

Pure. Told of the processes of a container one after the other; what comes and goes between the looks is not seen.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from proclab.live.lookwords import word
from proclab.live.procfs import Descriptor, Process, Sample
from proclab.live.standing import standing, state
from proclab.live.wiring import Names, short
from proclab.state.fact import Lang


def changes(
    before: Sequence[Sample], after: Sequence[Sample], lang: Lang = "en", names: Names | None = None, box: bool = True
) -> list[str]:  # fmt: skip
    """The sentences; `box`: each with the name of its container in front."""
    tell = _Changes(lang, names or Names())
    old = {(s.box, p.pid, p.start): p for s in before for p in s.processes}
    new = {(s.box, p.pid, p.start): (s, p) for s in after for p in s.processes}
    said = []
    for key, (sample, process) in new.items():
        was = old.get(key)
        found = tell.of(was, process, sample.machine) if was else tell.born(process)
        said += [f"{_who(key[0], process, box)} {what}" for what in found]
    gone = [(key[0], process) for key, process in old.items() if key not in new]
    return said + [f"{_who(name, process, box)} {word('gone', lang)}" for name, process in gone]


def _who(name: str, process: Process, box: bool) -> str:
    return f"{name + ': ' if box else ''}{process.pid} {short(process)}"


@dataclass(frozen=True)
class _Changes:
    lang: Lang
    names: Names

    def word(self, key: str, **args: object) -> str:
        return word(key, self.lang, **args)

    def born(self, process: Process) -> Iterator[str]:
        yield self.word("new.zombie" if process.zombie else "new", ppid=process.ppid)

    def of(self, was: Process, now: Process, machine: str) -> Iterator[str]:
        """A process that was there before."""
        if now.zombie:
            if not was.zombie:
                yield self.word("now.zombie")
            return
        if was.ppid != now.ppid:
            yield self.word("orphan", ppid=now.ppid)
        if was.argv != now.argv:
            yield self.word("exec", command=now.command)
        old, new = {t.tid for t in was.threads}, {t.tid for t in now.threads}
        yield from (self.word("thread.new", tid=tid) for tid in sorted(new - old))
        yield from (self.word("thread.gone", tid=tid) for tid in sorted(old - new))
        yield from self._descriptors(was, now)
        yield from self._standing(was, now, machine)

    def _descriptors(self, was: Process, now: Process) -> Iterator[str]:
        old, new = ({d.fd: d for d in p.fds or ()} for p in (was, now))
        for fd in sorted(old.keys() | new.keys()):
            if fd not in new:
                yield self.word("closed", fd=fd, name=self._name(old[fd]))
            elif fd not in old or old[fd].link != new[fd].link:
                yield self.word("opened", fd=fd, name=self._name(new[fd]))

    def _name(self, descriptor: Descriptor) -> str:
        return self.names.of(descriptor)

    def _standing(self, was: Process, now: Process, machine: str) -> Iterator[str]:
        old = {thread.tid: standing(thread, machine) for thread in was.threads}
        for thread in now.threads:
            where = standing(thread, machine)
            if where and thread.tid in old and where != old[thread.tid]:
                of = self.word("of.thread", tid=thread.tid) if len(now.threads) > 1 else ""
                yield of + where.told(self.lang)
        if was.state != now.state and "T" in (was.state, now.state):
            yield state(now.state, self.lang)
