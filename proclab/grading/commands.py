"""The command with which a student sees for themselves what a check has seen: the same program, input and plan."""

from __future__ import annotations

import shlex
from pathlib import Path

from proclab.grading.record import Result

INPUT = "input.txt"


def command(result: Result, lab: int, folder: Path) -> str:
    """What to type; "" where nothing was run. `folder`: where the task's file lies, from the checkout's root."""
    if not result.argv:
        return ""
    program = (folder / result.argv[0]).as_posix()
    arguments = shlex.join(result.argv[1:])
    if result.plan:
        given = [f"PROGRAM={shlex.quote(program)}", *([f"ARGS={shlex.quote(arguments)}"] if arguments else [])]
        given.append(f"PLAN={shlex.quote(result.plan)}")
        words = ["make", f"fault-{lab}", *given]
    else:
        words = ["make", f"trace-{lab}", f"RUN={shlex.quote(shlex.join([program, *result.argv[1:]]))}"]
    if not result.stdin:
        return " ".join(words)
    escaped = result.stdin.replace("\\", "\\\\").replace("\n", "\\n").replace("%", "%%")
    return f"printf {shlex.quote(escaped)} > {INPUT}; {' '.join([*words, f'INPUT={INPUT}'])}"
