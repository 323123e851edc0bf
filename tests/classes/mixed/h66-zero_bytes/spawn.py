# expect: spawn.reports=FAIL
"""Prints zero bytes between, before and behind."""

import os

os.write(1, b"\0" * 1000 + b"7 1\0\n\0008 2\n9\0003\n" + b"\0" * 1000)
