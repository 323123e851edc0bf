"""A dialogue with a program: a line is sent, what shall come of it is waited for, and only then the next one is sent.

done = duplex(live=dialogue(("one", "eno"), ("two", "owt")))
in_time(done, "no_answer")
"""

from __future__ import annotations

import re
from collections.abc import Callable

from proclab.grading.done import Done
from proclab.grading.failure import CheckFailed
from proclab.grading.record import Verdict
from proclab.grading.student import Live

LATE = "late"


def dialogue(*turns: tuple[str, str]) -> Callable[[Live], None]:
    """What acts on a running program: of each turn the line that is sent, and the whole line that shall follow."""

    def speak(program: Live) -> None:
        for number, (line, wanted) in enumerate(turns, 1):
            program.send_line(line)
            if not program.wait_for_line(f"^{re.escape(wanted)}$"):
                program.heard[LATE] = number
                break
        program.end_input()

    speak.__qualname__ = f"dialogue{turns!r}"  # by its name a run is known again
    return speak


def ended_by(signal: str, *, after: str) -> Callable[[Live], None]:
    """Waits for the line `after`, and sends the program's process group the signal, as a terminal does for ^C."""

    def send(program: Live) -> None:
        program.wait_for_line(f"^{re.escape(after)}$")
        program.signal(signal, group=True)

    send.__qualname__ = f"ended_by({signal!r}, after={after!r})"
    return send


def in_time(done: Done, code: str) -> Done:
    """Each line came before the next one was sent.

    The wait for one that doesn't come is over when the program has been idle for too long: what was seen then is that
    this line is missing, and not that the program doesn't end.
    """
    late = int(str(done.heard.get(LATE, 0)))
    if late and done.outcome.timeout == "idle":
        raise CheckFailed(Verdict.FAIL, code, number=late)
    return done.ends().must(not late, code, number=late)
