# expect: spawn.reports=FAIL
"""Brings what pytest would load where it found it."""

print("1 1")
