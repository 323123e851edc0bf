"""Markers: what the traced program itself says to the recorder, by a write(2) to descriptor -1 that fails at once.

    L 19 os.read demo.py               what follows in this thread is done by line 19 of demo.py
    I socket … i                       between them: an import, which isn't the program's own
    K got lock forks#3 21 phil.py      a lock: new, want, got, fail, free
    N                                  no line: whoever had called the program's code goes on
    X                                  there are no more markers in this process
    E                                  the program is over; the interpreter cleans up

docker/guest/traced/ makes them. A marker explains; it is no evidence: the program could say anything.
"""

from __future__ import annotations

import re

from proclab.events import Event, Line, LockFailed, LockGot, LockMade, LockReleased, LockWait, Note
from proclab.strace.steps import Step
from proclab.strace.tokens import string
from proclab.strace.world import Process, World

MARKER = re.compile(
    r"L (?P<line>\d{1,9}) (?P<doing>\S+) (?P<file>.+)|I (?P<module>.*)|(?P<word>[iXEN])"
    r"|K (?P<verb>new|want|got|fail|free) (?P<what>\w+) (?P<lock>\S+) (?P<at>\d{1,9}) (?P<in>.+)"
)
LOCKS: dict[str, type[Event]] = {
    "new": LockMade,
    "want": LockWait,
    "got": LockGot,
    "fail": LockFailed,
    "free": LockReleased,
}


def marker(world: World, step: Step) -> bool:
    """Take a marker in; False if it is none."""
    found = MARKER.fullmatch(string(step.arg(1))) if step.arg(0) == "-1" else None
    if found is None:
        return False
    here = world.here
    _first(world, here.process)
    if found["line"]:
        here.line, here.doing, here.ran = source(world, found["file"], int(found["line"])), found["doing"], True
    elif found["verb"]:
        here.line, here.ran = source(world, found["in"], int(found["at"])), True
        lock(world, step, LOCKS[found["verb"]], found["lock"], found["what"])
    elif found["word"]:
        _word(world, step, found["word"])
    else:
        here.importing = True
    return True


def _first(world: World, process: Process) -> None:
    """What came before an interpreter's first marker was its start: of `python -c` nothing else says where it ends."""
    if process.since is not None:
        places = range(process.since, len(world.drafts))
        world.mark_internal([place for place in places if world.drafts[place].life in process.threads])
    process.marked, process.since = True, None


def _word(world: World, step: Step, word: str) -> None:
    if word == "i":
        world.here.importing = False
        return
    world.here.line = None
    if word == "E":
        world.here.over = True
    elif word == "X":
        world.event(Note, step, code="unmarked", own=True)
        world.here.process.marked = False


def source(world: World, file: str, line: int) -> Line:
    """A line of the sources that came with the recording."""
    text = world.sources.get(file, ())
    return Line(file, line, text[line - 1] if 0 < line <= len(text) else "")


def lock(world: World, step: Step, cls: type[Event], name: str, what: str) -> None:
    """A lock event. A thread gets a lock from the thread that released it last."""
    thread = world.here
    number = world.event(cls, step, lock=name, what=what, src="mark", own=True)
    key = (thread.process.life, name)
    if cls is LockWait:
        thread.wanted = number
    elif cls is LockGot:
        world.cause(number, world.released.get(key) if thread.wanted is not None else None)
        thread.wanted = None
    elif cls is LockFailed:
        thread.wanted = None
    elif cls is LockReleased:
        world.released[key] = number
