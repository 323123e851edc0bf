# expect: spawn.reports=FAIL
"""Prints bytes that are no UTF-8, halves of letters and lone surrogates."""

import os

os.write(1, b"\xff\xfe\x80 1\n\xc3\n\xed\xa0\x80 2\n\xf4\x90\x80\x80 3\n")
os.write(2, bytes(range(256)))
