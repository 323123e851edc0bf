# expect: spawn.reports=CRASH
"""Raises before it has begun."""

raise ImportError("not today")
