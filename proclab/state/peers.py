"""Facts about connections: refused and tried again, and the other side that has closed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

from proclab.events import Connect, Event, Read, Task, Write
from proclab.state.box import Box, State
from proclab.state.fact import (
    Fact,
    Watch,
    count_en,
    count_ru,
    process_en,
    process_ru,
    thing_en,
    thing_ru,
    who_en,
    who_ru,
)
from proclab.state.records import Closed, Object


@dataclass(frozen=True, kw_only=True)
class Refused(Fact):
    """A process wanted to connect where nobody listened (yet)."""

    kind: ClassVar[str] = "refused"
    proc: Task
    addr: str
    times: int
    connected: bool  # in the end

    @property
    def en(self) -> str:
        times = "" if self.times == 1 else f" {count_en(self.times, 'time', 'times')}"
        end = "it tried again and was connected" if self.connected else (
            "it did not try again" if self.times == 1 else "it tried again in vain")  # fmt: skip
        return f"{process_en(self.proc)} was refused{times} at {self.addr}, where nobody listened: {end}"

    @property
    def ru(self) -> str:
        times = "" if self.times == 1 else f" {count_ru(self.times, 'раз', 'раза', 'раз')}"
        end = "следующая попытка удалась" if self.connected else (
            "больше он не пробовал" if self.times == 1 else "повторные попытки не помогли")  # fmt: skip
        return f"{process_ru(self.proc)} получил отказ в соединении с {self.addr}{times}, там никто не слушал: {end}"


@dataclass(frozen=True, kw_only=True)
class PeerClosed(Fact):
    """A process has learned that the other side of its connection has closed."""

    kind: ClassVar[str] = "peer_closed"
    task: Task
    proc: Task
    fd: int
    thing: Object
    how: str  # "end of file", ECONNRESET, EPIPE
    closer: Closed | None = None

    @property
    def en(self) -> str:
        there = f" in {self.closer.box}" if self.closer and self.closer.box != self.box else ""
        who = f"its peer, {process_en(self.closer.proc)}{there}, had" if self.closer else "its peer had"
        how = "ended" if self.closer and self.closer.ended else "closed"
        return f"{who_en(self.task, self.proc)} got {self.how} on {thing_en(self.thing)} (fd {self.fd}): {who} {how}"

    @property
    def ru(self) -> str:
        what = "прочитал конец файла" if self.how == "end of file" else f"получил ошибку {self.how}"
        how = "завершился" if self.closer and self.closer.ended else "закрыл соединение"
        there = f" ({self.closer.box})" if self.closer and self.closer.box != self.box else ""
        who = f"{process_ru(self.closer.proc)}{there} на другой стороне" if self.closer else "другая сторона"
        how = how if self.closer else "закрыла соединение"
        return f"{who_ru(self.task, self.proc)} {what} ({thing_ru(self.thing)}, fd {self.fd}): {who} {how}"


class Peers(Watch):
    """Looks at connects, and at reads and writes of sockets that find nobody."""

    after = (Connect, Read, Write)

    def __init__(self, state: State) -> None:
        super().__init__(state)
        self.refused: dict[tuple[Task, str], Refused] = {}
        self.told: set[tuple[str, str]] = set()  # object, how

    def see(self, box: Box, event: Event) -> None:
        if isinstance(event, Connect):
            self._connect(box, event)
        elif isinstance(event, Read | Write):
            how = "end of file" if isinstance(event, Read) and event.eof else event.error
            thing = box.objects.get(event.obj)
            if how in ("end of file", "ECONNRESET", "EPIPE") and thing is not None and thing.what == "socket":
                self._closed(box, event, thing, how)

    def _connect(self, box: Box, event: Connect) -> None:
        key = event.proc, event.addr
        known = self.refused.get(key)
        if event.error == "ECONNREFUSED":
            first = Refused(seq=event.seq, box=box.name, line=event.line, proc=event.proc, addr=event.addr, times=0,
                            connected=False)  # fmt: skip
            self.refused[key] = replace(known or first, times=(known or first).times + 1)
        elif known is not None and event.error in ("", "EINPROGRESS"):
            self.facts.append(replace(known, connected=True, until=event.seq))
            del self.refused[key]

    def _closed(self, box: Box, event: Read | Write, thing: Object, how: str) -> None:
        if (thing.id, how) not in self.told:
            self.told.add((thing.id, how))
            there = self.state.boxes.get(thing.peer_box or box.name)
            closer = there.closed.get((thing.peer, "write")) if there else None
            self.facts.append(PeerClosed(seq=event.seq, box=box.name, line=event.line, task=event.task, proc=event.proc,
                                         fd=event.fd, thing=thing, how=how, closer=closer))  # fmt: skip

    def finish(self, box: Box) -> None:
        self.facts += self.refused.values()
