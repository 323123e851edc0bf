# expect: spawn.reports=CRASH
"""Reads what lies at address 0."""

import ctypes

ctypes.string_at(0)
