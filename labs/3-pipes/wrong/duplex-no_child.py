# fault: no child answers, the program does it itself | check: duplex.answers | verdict: FAIL
"""A question and its answer, over two pipes: a child sends every line back with its letters backwards.

Usage: duplex.py < QUESTIONS
"""

import sys


def send(pipe, message):
    """A message is a line: it goes out now, not when a buffer is full."""
    pipe.write(message + b"\n")
    pipe.flush()


def main():
    """One process, no pipe."""
    for line in sys.stdin.buffer:
        send(sys.stdout.buffer, line.rstrip(b"\n")[::-1])


if __name__ == "__main__":
    main()
