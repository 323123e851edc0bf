"""A derived fact, and the words that all facts have in common.

A fact says in a sentence, in English and in Russian, what has happened and who is to blame, with processes,
descriptors and pipes by name. Each kind stands in the module beside this one that derives it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields
from typing import Any, ClassVar, Literal

from proclab.events import Event, Line, Task
from proclab.state.box import Box, State
from proclab.state.records import Object

Lang = Literal["en", "ru"]


@dataclass(frozen=True, kw_only=True)
class Fact:
    """The header of every fact."""

    kind: ClassVar[str] = ""

    seq: int  # the event with which it became true
    until: int | None = None  # the event with which it was over; None: still so at the end, or true of a moment
    box: str = ""
    line: Line | None = None  # where in the student's source

    def say(self, lang: Lang = "en") -> str:
        """The sentence."""
        return self.ru if lang == "ru" else self.en

    @property
    def en(self) -> str:
        """In English."""
        raise NotImplementedError

    @property
    def ru(self) -> str:
        """In Russian."""
        raise NotImplementedError

    @property
    def tasks(self) -> tuple[Task, ...]:
        """Every process and thread that it speaks of."""
        return tuple(dict.fromkeys(_tasks(getattr(self, field.name) for field in fields(self))))


def _tasks(values: Iterable[Any]) -> Iterator[Task]:
    for value in values:
        if isinstance(value, Task):
            yield value
        elif isinstance(value, tuple):
            yield from _tasks(value)
        elif hasattr(value, "proc"):
            yield value.proc


class Watch:
    """Sees the events of one container go by and gathers facts; `before` and `after` name the kinds it looks at."""

    before: ClassVar[tuple[type[Event], ...]] = ()
    after: ClassVar[tuple[type[Event], ...]] = ()

    def __init__(self, state: State) -> None:
        self.state = state  # of all containers
        self.facts: list[Fact] = []

    def look(self, box: Box, event: Event) -> None:
        """The box as it was when the event came."""

    def see(self, box: Box, event: Event) -> None:
        """The box as the event has made it."""

    def finish(self, box: Box) -> None:
        """The box at the end."""


# --- words ---------------------------------------------------------------------------------------------------------


def process_en(task: Task) -> str:
    """`process 9`; of a reused pid: `process 9 (number 2 of that pid)`."""
    return f"process {task.pid}" + (f" (number {task.incarnation} of that pid)" if task.incarnation > 1 else "")


def process_ru(task: Task, word: str = "процесс") -> str:
    """`процесс 9`, with the word in its case."""
    return f"{word} {task.pid}" + (f" ({task.incarnation}-й с этим pid)" if task.incarnation > 1 else "")


def who_en(task: Task, proc: Task) -> str:
    """A process, or a thread of it."""
    return process_en(proc) if task == proc else f"thread {task.pid} of {process_en(proc)}"


def who_ru(task: Task, proc: Task) -> str:
    """The same in Russian, nominative."""
    return process_ru(proc) if task == proc else f"поток {task.pid} {process_ru(proc, 'процесса')}"


def thing_en(thing: Object) -> str:
    """What a pipe, FIFO, socket, file is called."""
    if thing.what in ("fifo", "file", "dir", "tty", "device") and thing.path:
        return f"FIFO {thing.path}" if thing.what == "fifo" else thing.path
    address = thing.addr or thing.local
    return f"{thing.id} ({address})" if thing.what == "socket" and address else thing.id or "an unknown object"


RU = {"pipe": ("канал", "канала"), "socket": ("сокет", "сокета")}


def thing_ru(thing: Object, genitive: bool = False) -> str:
    """The same in Russian."""
    name = thing_en(thing) if thing.id else "?"
    return f"{RU[thing.what][genitive]} {name}" if thing.what in RU else name


def time_en(ns: int) -> str:
    """`0.35 s`, `12 ms`, `80 µs`."""
    ns = max(0, ns)
    if ns >= 100_000_000:
        return f"{ns / 1e9:.3g} s" if ns < 1_000_000_000_000 else f"{ns // 1_000_000_000} s"
    return f"{ns / 1e6:.3g} ms" if ns >= 1_000_000 else f"{ns / 1e3:.3g} µs"


def time_ru(ns: int) -> str:
    """`0,35 с`, `12 мс`, `80 мкс`."""
    number, _, unit = time_en(ns).partition(" ")
    return f"{number.replace('.', ',')} {({'s': 'с', 'ms': 'мс', 'µs': 'мкс'})[unit]}"


def count_en(number: int, one: str, many: str) -> str:
    """`1 child`, `3 children`."""
    return f"{number} {one if number == 1 else many}"


def count_ru(number: int, one: str, few: str, many: str) -> str:
    """`1 потомок`, `3 потомка`, `5 потомков`."""
    if number % 10 == 1 and number % 100 != 11:
        return f"{number} {one}"
    return f"{number} {few if number % 10 in (2, 3, 4) and number % 100 not in (12, 13, 14) else many}"


def list_en(words: Iterable[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    *first, last = list(words) or [""]
    return f"{', '.join(first)} and {last}" if first else last


def list_ru(words: Iterable[str]) -> str:
    """`a`, `a и b`, `a, b и c`."""
    *first, last = list(words) or [""]
    return f"{', '.join(first)} и {last}" if first else last
