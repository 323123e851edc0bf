"""A load bare and recorded, by turns; runs in a lab container, sent there by `recorder`.

    turns.py NAME PAIRS     one JSON object: {"free": [seconds…], "recorded": [seconds…]}

The recorder is the real one, and keeps the recorded program on one processor; the bare one may use all.
"""

from __future__ import annotations

import json
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


def bare(name: str) -> float:
    """Seconds of the load without a recorder."""
    began = time.time()
    done = subprocess.run(program(name), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, check=True)
    return float(done.stdout or time.time() - began)


def recorded(name: str) -> float:
    """Seconds of the load under the recorder, without source lines."""
    shutil.rmtree(RECORDING, ignore_errors=True)
    argv = [*RECORD, "run", *LIMITS, "--no-markers", "--", *program(name)]
    done = subprocess.run(argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, check=True)
    if why := json.loads((RECORDING / "end.json").read_text())["stopped"]:
        raise SystemExit(f"the recording of {name} was ended: {why}")
    facts = json.loads((RECORDING / "1/start.json").read_text())
    log = (RECORDING / f"1/t.{facts['pid']}").read_text(errors="replace")
    return float(done.stdout or lasted(facts, log))


def lasted(facts: dict[str, Any], log: str) -> float:
    """Seconds from the start of strace to the program's end, by what the recording itself says."""
    last = log.splitlines()[-1]
    if "+++ exited with 0 +++" not in last:
        raise SystemExit(f"the program's log ends with {last!r}")
    seconds, _, part = last.split()[0].partition(".")
    began: int = facts["realtime"]
    return (int(seconds) * 10**9 + int(part.ljust(9, "0")) - began) / 1e9


def main(name: str, pairs: int) -> int:
    """The first turn isn't counted (caches)."""
    taken = [(recorded(name), bare(name)) for _ in range(pairs + 1)][1:]
    shutil.rmtree(RECORDING, ignore_errors=True)
    print(json.dumps(dict(zip(("recorded", "free"), zip(*taken, strict=True), strict=True))))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], int(sys.argv[2])))
