"""Loaded by every Python program that is recorded (its folder is on PYTHONPATH then): announces lines and locks."""

import sys

import lines
import locks

locks.begin()
lines.begin()
# Nothing of ours in the program's way: neither a path nor a module name.
sys.path[:] = [path for path in sys.path if path != lines.FOLDER]
for name in ("lines", "locks", "callees"):
    sys.modules.pop(name, None)
