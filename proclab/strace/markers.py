"""Markers: what the traced program itself tells the recorder, by a write(2) to descriptor -1 that fails at once.

    L 19 os.read demo.py               what follows in this thread is done by line 19 of demo.py
    I socket … i                       between them: an import, no doing of the program's
    K got lock forks#3 21 phil.py      a lock: new, want, got, fail, free
    X                                  there are no more markers in this process
    E                                  the program is over; the interpreter cleans up

docker/guest/traced/ makes them. A marker explains; it is no evidence: the program could say anything.
"""

from __future__ import annotations

import re

from proclab.events import Event, Line, LockFailed, LockGot, LockMade, LockReleased, LockWait, Note
from proclab.strace.steps import Step
from proclab.strace.tokens import string
from proclab.strace.world import World

MARKER = re.compile(
    r"L (?P<line>\d{1,9}) (?P<doing>\S+) (?P<file>.+)|I (?P<module>.*)|(?P<word>[iXE])"
    r"|K (?P<verb>new|want|got|fail|free) (?P<what>\w+) (?P<lock>\S+) (?P<at>\d{1,9}) (?P<in>.+)"
)
LOCKS: dict[str, type[Event]] = {
    "new": LockMade, "want": LockWait, "got": LockGot, "fail": LockFailed, "free": LockReleased
}  # fmt: skip


def marker(world: World, step: Step) -> bool:
    """Take a marker in; False if it is none."""
    found = MARKER.fullmatch(string(step.arg(1))) if step.arg(0) == "-1" else None
    if found is None:
        return False
    here = world.here
    here.process.marked = True
    if found["line"]:
        here.line, here.doing = source(world, found["file"], int(found["line"])), found["doing"]
    elif found["verb"]:
        here.line = source(world, found["in"], int(found["at"]))
        lock(world, step, LOCKS[found["verb"]], found["lock"], found["what"])
    elif found["word"]:
        _word(world, step, found["word"])
    else:
        here.importing = True
    return True


def _word(world: World, step: Step, word: str) -> None:
    if word == "i":
        world.here.importing = False
    elif word == "E":
        world.here.over = True
    else:
        world.event(Note, step, text="too many lines: from here on they are not told", own=True)
        world.here.process.marked = False
        world.here.line = None


def source(world: World, file: str, line: int) -> Line:
    """A line of the sources that came with the recording."""
    text = world.sources.get(file, ())
    return Line(file, line, text[line - 1] if 0 < line <= len(text) else "")


def lock(world: World, step: Step, cls: type[Event], name: str, what: str) -> None:
    """A lock event: who gets a lock gets it from whoever gave it up last."""
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
