"""A load bare, recorded, and recorded with source lines, by turns; runs in a lab container, sent by `recorder`.

    turns.py NAME PAIRS     one JSON object: {"bare": [seconds…], "free": […], "recorded": […], "lines": […],
                            "markers": number}

The recorder is the real one. It keeps the recorded program on one processor. So is "bare", on the same: then recording
alone makes the difference. "free" may use all processors, as without a recorder, which slows a ping-pong down.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

RECORD = ["python3", "-Es", "/usr/lib/proclab/record.py"]
RECORDING = Path("/tmp/proclab-recording")
LIMITS = ["--bytes", str(48 << 20), "--lines", "1000000", "--seconds", "60"]
HERE = Path(__file__).resolve().parent


def program(name: str) -> list[str]:
    """The same command on all sides."""
    return ["python3", str(HERE / "loads.py"), name]


def bare(name: str, cpus: set[int]) -> float:
    """Seconds of the load without a recorder, on these processors."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, cpus)
    try:
        began = time.time()
        done = subprocess.run(program(name), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, check=True)
        taken = time.time() - began
    finally:
        os.sched_setaffinity(0, before)
    return float(done.stdout or taken)


def recorded(name: str, *options: str) -> tuple[float, int, int]:
    """Seconds of the load under the recorder, the processor that it chose, and how many markers stand in the logs."""
    shutil.rmtree(RECORDING, ignore_errors=True)
    argv = [*RECORD, "run", *LIMITS, *options, "--", *program(name)]
    done = subprocess.run(argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, check=True)
    if why := json.loads((RECORDING / "end.json").read_text())["stopped"]:
        raise SystemExit(f"the recording of {name} was ended: {why}")
    facts = json.loads((RECORDING / "1/start.json").read_text())
    logs = {path: path.read_text(errors="replace") for path in RECORDING.glob("1/t.*")}
    markers = sum(text.count('write(-1, "') for text in logs.values())
    log = logs[RECORDING / f"1/t.{facts['pid']}"]
    return float(done.stdout or lasted(facts, log)), facts["cpu"], markers


def lasted(facts: dict[str, Any], log: str) -> float:
    """Seconds from the start of strace to the program's end, by what the recording itself says."""
    last = log.splitlines()[-1]
    if "+++ exited with 0 +++" not in last:
        raise SystemExit(f"the program's log ends with {last!r}")
    seconds, _, part = last.split()[0].partition(".")
    began: int = facts["realtime"]
    return (int(seconds) * 10**9 + int(part.ljust(9, "0")) - began) / 1e9


def main(name: str, pairs: int) -> int:
    """The first turn isn't counted (caches); it tells the processor."""
    _, cpu, _ = recorded(name, "--no-markers")
    bare(name, {cpu})
    found: dict[str, Any] = {"bare": [], "free": [], "recorded": [], "lines": [], "markers": 0}
    for _ in range(pairs):
        found["recorded"].append(recorded(name, "--no-markers")[0])
        found["bare"].append(bare(name, {cpu}))
        found["free"].append(bare(name, os.sched_getaffinity(0)))
        taken, _, found["markers"] = recorded(name)
        found["lines"].append(taken)
    shutil.rmtree(RECORDING, ignore_errors=True)
    print(json.dumps(found))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], int(sys.argv[2])))
