"""A question and its answer, over two pipes: a child sends every line back with its letters backwards.

Usage: duplex.py < QUESTIONS

Write it (README.md, Tasks, duplex.py):
    - make two pipes and a child; each of the two processes closes the ends that are the other's,
    - send each line of input to the child, and print its answer before you read the next line,
    - let lines be empty, or longer than a pipe holds: one read(2) is not one message,
    - at the end of the input close your write end; the child sees end of file and ends, you read end of file from it,
      and reap it.
"""

import sys


def main():
    """Nothing is here yet."""
    sys.exit("duplex.py: not written yet")


if __name__ == "__main__":
    main()
