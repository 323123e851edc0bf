"""What a check does while the student's program runs, where that is no more than: await lines, give input, end it."""

from __future__ import annotations

from collections.abc import Callable

from proclab.grading.student import Live


def act(*lines: str, quiet: bool = False, send: str = "", end: bool = False) -> Callable[[Live], None]:
    """Waits for each of these lines in turn, then (`quiet`) until all of the program sleeps; sends and ends the input.

    Equal acts have one name: a run is known by its act's name, so checks that act in the same way share the run.
    """

    def live(program: Live) -> None:
        for line in lines:
            program.wait_for_line(line)
        if quiet:
            program.wait_until_quiet()
        if send:
            program.send(send)
        if end:
            program.end_input()

    live.__qualname__ = f"act{(lines, quiet, send, end)}"
    return live
