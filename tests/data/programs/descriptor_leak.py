"""Twelve files opened in a loop, none of them closed."""

import os

for _ in range(12):
    os.open("/etc/passwd", os.O_RDONLY)
