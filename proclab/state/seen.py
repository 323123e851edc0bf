"""Facts that a single sample shows: a write end without a reader, signals that are held back."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from proclab.events import Task
from proclab.state.box import Box
from proclab.state.fact import Fact, list_en, list_ru, process_en, process_ru, thing_en, thing_ru
from proclab.state.records import Object


@dataclass(frozen=True, kw_only=True)
class NoReader(Fact):
    """A process could write where nobody can read."""

    kind: ClassVar[str] = "no_reader"
    proc: Task
    fd: int
    thing: Object

    @property
    def en(self) -> str:
        pipe = f"{thing_en(self.thing)} (fd {self.fd})"
        return (f"{process_en(self.proc)} holds the write end of {pipe}, which nobody can read: "
                "a write fails (SIGPIPE, EPIPE)")  # fmt: skip

    @property
    def ru(self) -> str:
        pipe = f"{thing_ru(self.thing, genitive=True)} (fd {self.fd})"
        return (f"{process_ru(self.proc)} держит конец для записи {pipe}, но читать некому: "
                "запись не удастся (SIGPIPE, EPIPE)")  # fmt: skip


def no_readers(box: Box) -> Iterator[NoReader]:
    """Write ends without a read end."""
    for name in sorted(box.opened):
        thing = box.objects[name]
        if thing.what in ("pipe", "fifo") and not thing.outside and not box.holders(name, "read"):
            for one in box.holders(name, "write"):
                yield NoReader(seq=box.seq, box=box.name, proc=one.proc, fd=one.fd, thing=thing)


@dataclass(frozen=True, kw_only=True)
class Held(Fact):
    """Signals have been sent to a process that blocks them."""

    kind: ClassVar[str] = "signal_held"
    proc: Task
    sigs: tuple[str, ...]

    @property
    def en(self) -> str:
        many = len(self.sigs) > 1
        they, them = ("each of them is", "them") if many else ("it is", "it")
        return (f"{list_en(self.sigs)} {'wait' if many else 'waits'} for {process_en(self.proc)}, which blocks {them}: "
                f"however often sent meanwhile, {they} delivered once")  # fmt: skip

    @property
    def ru(self) -> str:
        many = len(self.sigs) > 1
        head = f"{list_ru(self.sigs)} {'ожидают' if many else 'ожидает'} доставки"
        blocks = f"{process_ru(self.proc)} {'их' if many else 'его'} блокирует"
        each = "сколько бы раз их ни послали, каждый" if many else "сколько бы раз его ни послали, он"
        return f"{head}, {blocks}: {each} будет доставлен один раз"
