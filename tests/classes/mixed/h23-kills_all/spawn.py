# expect: spawn.reports=FAIL
"""Kills whatever it may; the kernel leaves out who asks."""

import os
import signal

os.kill(-1, signal.SIGKILL)
