"""The row of `make bench` about the live view: one look at a container with fifty processes, the whole command."""

from __future__ import annotations

import re
import sys
import time
from contextlib import ExitStack
from statistics import median

from proclab.bench.figures import Amount, Figure
from proclab.bench.stopwatch import run, seconds
from proclab.compose import Project, docker_run
from proclab.engine import labels
from proclab.errors import InfraError

PROCESSES = 50
READY_S = 30.0
# Each child holds the read end of a pipe of its own and waits for what never comes.
PROGRAM = f"""\
import os, signal
for _ in range({PROCESSES - 1}):
    read, write = os.pipe()
    if not os.fork():
        os.close(write)
        os.read(read, 1)
        os._exit(0)
    os.close(read)
signal.pause()
"""


def look_row(project: Project, times: int) -> Figure:
    """From the command's start to its end: interpreter, `docker exec`, sample, picture."""
    name = f"proclab-bench-{labels.new_run()}"
    spec = project.services["lab-1"].running("python3", "-c", PROGRAM)
    look = [sys.executable, "-m", "proclab", "look", "--lang=en", "lab 1", f"lab-1={name}"]
    with ExitStack() as stack:
        stack.callback(run, ["docker", "rm", "--force", "--volumes", name])
        run(docker_run(spec, f"--name={name}", "--detach"))
        deadline = time.monotonic() + READY_S
        while (count := processes(run(look).stdout.decode())) < PROCESSES:
            if time.monotonic() > deadline:
                raise InfraError(f"a look saw {count} processes, not {PROCESSES}")
        taken = [seconds(lambda: run(look)) for _ in range(times)]
    return Amount(f"look at {count} processes, the whole command", median(taken), "s", 0.5)


def processes(picture: str) -> int:
    """How many there are by the picture's heading."""
    found = re.search(r": (\d+) process", picture.partition("\n")[0])
    return int(found[1]) if found else 0
