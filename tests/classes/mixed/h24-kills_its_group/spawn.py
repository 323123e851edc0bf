# expect: spawn.reports=CRASH
"""Kills its process group."""

import os
import signal

os.killpg(0, signal.SIGKILL)
