# expect: spawn.reports=FAIL
"""Prints lines that only some readers take for lines."""

for end in ("\r", "\x0b", "\x0c", "\x1c", "\x85", "\u2028", "\u2029"):
    print("7 1", "8 2", "9 3", sep=end, end=end)
