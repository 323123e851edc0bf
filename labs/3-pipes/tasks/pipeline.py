"""Programs joined by pipes, as a shell does it.

Usage: pipeline.py "COMMAND | COMMAND …"

Write it (README.md, Tasks, pipeline.py):
    - split at each "|", and each command into words by shlex.split; start all of them at once,
    - each program has standard input, output and error, and no other descriptor,
    - SIGPIPE ends a program that writes to nobody: Python ignores this signal, its programs must not,
    - wait for all of them; the exit status is the last one's: 128+n for signal n, 127 for a program that is not there.
"""

import sys


def main():
    """Nothing is here yet."""
    sys.exit("pipeline.py: not written yet")


if __name__ == "__main__":
    main()
