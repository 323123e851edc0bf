"""What a sample shows, in the words of one language: waits, states, what descriptors lead to, and the other ends."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from proclab.procfs import ESTABLISHED, LISTEN, Descriptor, End, Objects, Process, Waiting
from proclab.words import Lang, catalogue
from proclab.words.sentences import thing

CLOSING = {5: 4, 9: 4, 11: 4}  # states of TCP for which one word is enough
NAMED = 4  # ends of a line
PYTHONS = {"ppoll": "poll", "pselect6": "select"}  # what a program calls them


@dataclass(frozen=True)
class Phrases:
    """The phrases for one look at all containers."""

    objects: Objects
    lang: Lang = "en"

    def say(self, key: str, **args: object) -> str:
        return catalogue(self.lang).say(f"look.{key}", **args)

    def state(self, letter: str) -> str:
        """A state of proc_pid_stat(5)."""
        return catalogue(self.lang).variant("look.state", letter, letter=letter)

    def waits(self, where: Waiting) -> str:
        """What a thread waits in."""
        call = PYTHONS.get(where.call, where.call) or "poll"
        return self.say(where.key, call=call, fd=where.fd, child=where.child, raw=where.raw)

    def name(self, descriptor: Descriptor) -> str:
        """What a descriptor leads to, in a few words."""
        if descriptor.key.startswith("pipe:") and self.objects.endpoints.outside(descriptor):
            return self.say("docker")
        if descriptor.inode in self.objects.endpoints.inet:
            return self._inet(descriptor)
        if descriptor.inode in self.objects.endpoints.unix:
            unix = self.objects.endpoints.unix[descriptor.inode]
            return self.say("unix.listen" if unix.listens else "unix", path=f" {unix.path}" if unix.path else "")
        return thing(self.objects.name(descriptor)) if descriptor.key else descriptor.link

    def _inet(self, descriptor: Descriptor) -> str:
        _, inet = self.objects.endpoints.inet[descriptor.inode]
        if inet.kind != "tcp":
            return self.say("inet", kind=inet.kind.upper(), local=inet.local, remote=inet.remote, state="")
        if inet.state == LISTEN:
            return self.say("tcp.listen", local=inet.local)
        state = catalogue(self.lang).variant("look.tcp", CLOSING.get(inet.state, inet.state), number=inet.state)
        return self.say("inet", kind="TCP", local=inet.local, remote=inet.remote, state=f", {state}")

    def other(self, box: str, process: Process, descriptor: Descriptor, brief: bool = False) -> str:
        """The other end; empty for what has none, and for what leads out of the container."""
        endpoints = self.objects.endpoints
        if not descriptor.key or endpoints.listens(descriptor):
            return ""
        others = endpoints.others(descriptor)
        if not others:
            return "" if endpoints.outside(descriptor) else self._nobody(descriptor)
        who = self._ends(box, others, brief)
        if descriptor.key.startswith("socket:"):
            return self.say("other", who=who)
        if descriptor.way == "both":  # a FIFO only
            return self.say("held", who=who)
        mine = all(end.box == box and end.process.pid == process.pid for end in others)
        said = self.say("written" if descriptor.way == "read" else "read", who=who)
        return said + (self.say("itself") if mine else "")

    def _ends(self, box: str, ends: Sequence[End], brief: bool) -> str:
        shown = [_end(end, box, brief) for end in ends[: NAMED if len(ends) > NAMED + 1 else None]]
        left = len(ends) - len(shown)
        return ", ".join([*shown, *([self.say("more", count=left)] if left else [])])

    def _nobody(self, descriptor: Descriptor) -> str:
        if descriptor.key.startswith("socket:"):
            inet = self.objects.endpoints.inet.get(descriptor.inode)
            return self.say("other.unseen" if inet and inet[1].state == ESTABLISHED else "other.none")
        return self.say("written.none" if descriptor.way == "read" else "read.none")


def _end(end: End, box: str, brief: bool) -> str:
    """An end as seen from a process of `box`; `brief`: by the pid alone."""
    there = f"{end.box}/" if end.box != box else ""
    return f"{there}{end.process.pid}{'' if brief else f' {end.process.short}'} fd {end.descriptor.fd}"
