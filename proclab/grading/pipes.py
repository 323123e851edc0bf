"""What checks take from a run about pipes: who has talked to whom, which ends were kept, who asked in vain."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from proclab.events import Block, Event, Exit, Killed, Pipe, Read, Start, Task, Write
from proclab.state import End, Observer, State, reduce


@dataclass(frozen=True)
class Conversation:
    """A program, a child of its, and the pipes from the one to the other and back; bytes have gone both ways."""

    main: Task
    child: Task
    there: str
    back: str
    events: Sequence[Event]

    def saw_the_end(self, proc: Task) -> bool:
        """Whether this one of the two has read end of file from the other."""
        pipe = self.back if proc == self.main else self.there
        return any(
            isinstance(each, Read) and each.eof and (each.proc, each.obj) == (proc, pipe) for each in self.events
        )

    def exit_code(self) -> int | None:
        """The child's exit status; None: it did not end by itself."""
        return next((each.code for each in self.events if isinstance(each, Exit) and each.proc == self.child), None)

    def keepers(self) -> frozenset[Task]:
        """Which of the two has an end that is the other's, when the child ends."""
        seen = _Kept(self)
        reduce(self.events, seen)
        return frozenset(seen.keepers)


def conversation(events: Sequence[Event]) -> Conversation | None:
    """The first one that there is between the program and another process."""
    main = next((each.proc for each in events if isinstance(each, Start)), None)
    if main is None:
        return None
    pipes = [each.obj for each in events if isinstance(each, Pipe) and each.obj]
    for there in (pipe for pipe in pipes if main in _moved(events, Write, pipe)):
        for back in (pipe for pipe in pipes if main in _moved(events, Read, pipe)):
            for child in sorted(_moved(events, Read, there) & _moved(events, Write, back) - {main}):
                return Conversation(main, child, there, back, events)
    return None


def _moved(events: Sequence[Event], kind: type[Read] | type[Write], pipe: str) -> set[Task]:
    """The processes that have read bytes of this pipe, or written them."""
    return {each.proc for each in events if isinstance(each, kind) and each.obj == pipe and each.n}


def asked_in_vain(events: Sequence[Event], pipe: str) -> int:
    """How many times in a row a thread has read nothing from a pipe or FIFO, without a wait between."""
    row: dict[Task, int] = {}
    most = 0
    for each in events:
        if isinstance(each, Block) or (isinstance(each, Read) and each.n):
            row[each.task] = 0
        elif isinstance(each, Read) and each.obj == pipe:
            row[each.task] = row.get(each.task, 0) + 1
            most = max(most, row[each.task])
    return most


class _Kept(Observer):
    def __init__(self, talk: Conversation) -> None:
        self.child = talk.child
        self.keepers: set[Task] = set()
        self.others: tuple[tuple[Task, str, End], ...] = (
            (talk.main, talk.there, "read"),
            (talk.main, talk.back, "write"),
            (talk.child, talk.there, "write"),
            (talk.child, talk.back, "read"),
        )

    def before(self, state: State, event: Event) -> None:
        if isinstance(event, Exit | Killed) and event.proc == self.child:
            box = state.box(event.box)
            self.keepers = {proc for proc, pipe, end in self.others if proc in box.holding(pipe, end)}
