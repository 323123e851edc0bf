# expect: spawn.reports=CRASH
"""Aborts."""

import os

os.abort()
