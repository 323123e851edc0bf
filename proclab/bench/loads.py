"""What the recorder's cost is measured with; runs in a lab container, sent there by `recorder`.

loads.py NAME     does the work and prints the seconds that it took; `start` is all work by being started
"""

from __future__ import annotations

import os
import sys
import time

FORKS = 300
ROUND_TRIPS = 20_000
UNTRACED = 350_000
TURNS_OF_A_LOOP = 8_000_000


def fork() -> None:
    """fork(2) and waitpid(2): each costs the recorder a new log."""
    for _ in range(FORKS):
        child = os.fork()
        if not child:
            os._exit(0)
        os.waitpid(child, 0)


def pipe() -> None:
    """A byte goes to a child and comes back: four calls that are recorded, two switches between processes."""
    to_child, of_parent = os.pipe()
    to_parent, of_child = os.pipe()
    child = os.fork()
    if not child:
        for _ in range(ROUND_TRIPS):
            os.write(of_child, os.read(to_child, 1))
        os._exit(0)
    for _ in range(ROUND_TRIPS):
        os.write(of_parent, b"x")
        os.read(to_parent, 1)
    os.waitpid(child, 0)


def untraced() -> None:
    """Calls that are not in the recorder's list: its filter lets them pass in the kernel."""
    for _ in range(UNTRACED // 2):
        os.getppid()
        os.stat("/")


def cpu() -> None:
    """No call at all."""
    value = 1
    for _ in range(TURNS_OF_A_LOOP):
        value = (value * 5 + 1) & 0xFFFF


def start() -> None:
    """The interpreter's own start and end."""


LOADS = {"fork": fork, "pipe": pipe, "untraced": untraced, "cpu": cpu, "start": start}

if __name__ == "__main__":
    began = time.monotonic()
    LOADS[sys.argv[1]]()
    if sys.argv[1] != "start":
        print(time.monotonic() - began)
