# expect: spawn.reports=CRASH
"""Prints what acts on a terminal: clears it, renames it, fills the clipboard, turns lines around."""

import sys

ESCAPES = "\x1b[2J\x1b[H\x1b]0;owned\x07\x1b]52;c;cm0gLXJmIH4=\x07\x1bP\x1b\\\x9b31m\x1b[8m\u202eSSAP\u2066"
print(ESCAPES)
print(ESCAPES, file=sys.stderr)
raise ValueError(ESCAPES)
