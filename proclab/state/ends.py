"""Facts about the ends of pipes: who holds them, who can't see end of file for it, who writes where nobody reads."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

from proclab.events import Block, Close, Dup, Event, Exec, Exit, Killed, LockWait, Read, Task, ThreadExit, Write
from proclab.state.box import Box, State
from proclab.state.fact import Fact, Watch, list_en, list_ru, process_en, process_ru, thing_en, thing_ru, who_en, who_ru
from proclab.state.records import Closed, End, Holder, Object, Wait
from proclab.state.waiting import awaited_end, stuck

MOMENT = 10_000_000  # nanoseconds: what is over within them was no more than the order of two ends


@dataclass(frozen=True, kw_only=True)
class PipeEnd(Fact):
    """Everybody who holds an end of a pipe or FIFO."""

    kind: ClassVar[str] = "pipe_end"
    thing: Object
    end: End
    holders: tuple[Holder, ...]

    @property
    def en(self) -> str:
        who = list_en(f"{process_en(one.proc)} (fd {one.fd})" for one in self.holders)
        return f"the {self.end} end of {thing_en(self.thing)} is held by {who or 'nobody'}"

    @property
    def ru(self) -> str:
        end = "записи" if self.end == "write" else "чтения"
        who = list_ru(f"{process_ru(one.proc)} (fd {one.fd})" for one in self.holders)
        return f"конец для {end} {thing_ru(self.thing, genitive=True)} держит {who}" if who else (
            f"конец для {end} {thing_ru(self.thing, genitive=True)} никто не держит")  # fmt: skip


def pipe_ends(box: Box) -> list[PipeEnd]:
    """Both ends of every pipe and FIFO that is open now."""
    pipes = [box.objects[name] for name in sorted(box.opened) if box.objects[name].what in ("pipe", "fifo")]
    ends: tuple[End, ...] = ("read", "write")
    return [
        PipeEnd(seq=box.seq, box=box.name, thing=pipe, end=end, holders=box.holders(pipe.id, end))
        for pipe in pipes for end in ends
    ]  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class NoEof(Fact):
    """A reader waits at a pipe whose write end somebody holds who will not write."""

    kind: ClassVar[str] = "no_eof"
    task: Task
    proc: Task
    fd: int
    thing: Object
    holders: tuple[Holder, ...]  # to blame
    ever: bool  # they are all stuck: there will be no end of file
    eof: bool = False  # it came at last, when they let go

    @property
    def own(self) -> bool:
        """The reader has only itself to blame."""
        return {one.proc for one in self.holders} == {self.proc}

    @property
    def en(self) -> str:
        pipe, reader = thing_en(self.thing), who_en(self.task, self.proc)
        names = list_en(f"{process_en(one.proc)} (fd {one.fd})" for one in self.holders)
        if self.eof:
            itself = " itself" * self.own
            held = f"{names}{itself} held the write end of {pipe} and wrote nothing"
            return f"{held}: {reader} saw no end of file until it was closed"
        if len(self.holders) == 1:
            holder = self.holders[0]
            itself = " itself" * self.own
            holds = f"{process_en(holder.proc)}{itself} still holds the write end (fd {holder.fd}) of {pipe}"
        else:
            holds = f"{names} still hold the write end of {pipe}"
        silent = "" if self.ever else " and wrote nothing"
        return f"{holds}{silent}: {reader} {'can never' if self.ever else 'cannot'} see end of file"

    @property
    def ru(self) -> str:
        one = len(self.holders) == 1
        names = list_ru(f"{process_ru(holder.proc)} (fd {holder.fd})" for holder in self.holders)
        pipe, reader = thing_ru(self.thing, genitive=True), who_ru(self.task, self.proc)
        if self.eof:
            held = "сам " * self.own + ("держал" if one else "держали")
            return (f"{names} {held} конец для записи {pipe} и ничего не писал{'' if one else 'и'}: "
                    f"{reader} не видел конца файла, пока этот конец не закрыли")  # fmt: skip
        if one:
            holder = self.holders[0]
            itself = " сам" * self.own
            holds = f"{process_ru(holder.proc)}{itself} всё ещё держит конец для записи (fd {holder.fd}) {pipe}"
        else:
            holds = f"{names} всё ещё держат конец для записи {pipe}"
        silent = "" if self.ever else " и ничего не пишет" if one else " и ничего не пишут"
        return f"{holds}{silent}: {reader} {'никогда ' * self.ever}не увидит конец файла"


def no_eof(box: Box, wait: Wait) -> NoEof | None:
    """Whether a reader waits in vain.

    In vain: it and all who could write are stuck; or everybody who ever wrote has let go, and those who still hold
    the write end have never written a byte.
    """
    thing = box.objects.get(wait.obj)
    if thing is None or thing.what not in ("pipe", "fifo") or awaited_end(wait) != "write" or box.bytes.get(wait.obj):
        return None
    holders = box.holders(wait.obj, "write")
    if not holders or thing.outside:
        return None
    wrote = {box.threads[task].proc for task in box.used.get((wait.obj, "write"), ())}
    idle = bool(wrote) and not wrote & {one.proc for one in holders}
    ever = bool(stuck(box, wait.task))
    if not (idle or ever):
        return None
    fd = wait.fds[0] if wait.fds else -1
    return NoEof(seq=box.seq, box=box.name, task=wait.task, proc=wait.proc, fd=fd, thing=thing, holders=holders,
                 ever=ever, line=wait.line)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class BrokenPipe(Fact):
    """Somebody wrote to a pipe or FIFO that nobody can read any more."""

    kind: ClassVar[str] = "broken_pipe"
    task: Task
    proc: Task
    fd: int
    thing: Object
    closer: Closed | None = None  # who held the read end last
    killed: bool = False  # by SIGPIPE

    @property
    def en(self) -> str:
        what = "SIGPIPE ended it" if self.killed else "EPIPE"
        who = ""
        if self.closer:
            how = "ended" if self.closer.ended else "closed it"
            who = f"; {process_en(self.closer.proc)}, who held the read end last, had {how}"
        pipe = f"{thing_en(self.thing)} (fd {self.fd})"
        return f"{who_en(self.task, self.proc)} wrote to {pipe}, which nobody can read: {what}{who}"

    @property
    def ru(self) -> str:
        what = "его завершил SIGPIPE" if self.killed else "ошибка EPIPE"
        pipe = f"в {thing_ru(self.thing)} (fd {self.fd})"
        who = ""
        if self.closer:
            how = "завершился" if self.closer.ended else "закрыл его"
            who = f"; последним конец для чтения держал {process_ru(self.closer.proc)} и {how}"
        return f"{who_ru(self.task, self.proc)} писал {pipe}, из которого никто не может читать: {what}{who}"


class Ends(Watch):
    """Looks at readers that wait, at whoever lets go of an end, and at writes that fail."""

    before = (Exit, Killed)
    after = (Block, LockWait, Close, Dup, Exec, Exit, Killed, ThreadExit, Read, Write)

    def __init__(self, state: State) -> None:
        super().__init__(state)
        self.open: dict[Task, tuple[NoEof, int]] = {}  # reader → what may become a fact, since when

    def look(self, box: Box, event: Event) -> None:
        """A reader that ends has waited in vain to its end."""
        for task in box.members.get(event.proc, ()):
            if task in self.open:
                self._over(task, event, eof=False)
        if isinstance(event, Killed) and event.sig == "SIGPIPE" and self.facts:
            last = self.facts[-1]
            if isinstance(last, BrokenPipe) and last.proc == event.proc:
                self.facts[-1] = replace(last, killed=True)

    def see(self, box: Box, event: Event) -> None:
        if isinstance(event, Read):
            self._read(event)
        elif isinstance(event, Write):
            self._written(box, event)
        elif isinstance(event, Block | LockWait):
            self._check(box, event, box.waits.get(event.task))
        else:
            obj = event.obj if isinstance(event, Close) else None
            for wait in list(box.waits.values()):
                if obj is None or wait.obj == obj or wait.on != "fd":
                    self._check(box, event, wait)
        if isinstance(event, Block | LockWait):
            for wait in list(box.waits.values()):
                if wait.task != event.task and wait.task not in self.open and wait.obj and awaited_end(wait) == "write":
                    self._check(box, event, wait)

    def _check(self, box: Box, event: Event, wait: Wait | None) -> None:
        if wait is not None and wait.task not in self.open:
            found = no_eof(box, wait)
            if found:
                self.open[wait.task] = found, event.t

    def _read(self, event: Read) -> None:
        if event.task in self.open and not event.error.startswith(("ERESTART", "EINTR", "EAGAIN")):
            if event.n:
                del self.open[event.task]  # somebody wrote after all
            else:
                self._over(event.task, event, eof=not event.error)

    def _over(self, task: Task, event: Event, eof: bool) -> None:
        fact, since = self.open.pop(task)
        if not eof or event.end - since >= MOMENT:
            self.facts.append(replace(fact, until=event.seq, eof=eof))

    def _written(self, box: Box, event: Write) -> None:
        thing = box.objects.get(event.obj) or Object(event.obj)
        if event.error == "EPIPE" and thing.what in ("pipe", "fifo", "unknown"):
            closer = box.closed.get((event.obj, "read"))
            self.facts.append(BrokenPipe(seq=event.seq, box=box.name, line=event.line, task=event.task,
                                         proc=event.proc, fd=event.fd, thing=thing, closer=closer))  # fmt: skip

    def finish(self, box: Box) -> None:
        self.facts += [fact for fact, _ in self.open.values()]
