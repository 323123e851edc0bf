"""A line client with patience. What it must do stands in the lab's README, section "Tasks".

Usage: client.py HOST PORT < requests

What is to do:
1. Connect. If that fails, try again after 0.05 s, then after twice as long each time; after 6 tries: exit status 1.
2. Send one line of the standard input, wait for its answer, print it at once; then the next line.
3. At the end of the input say quit, wait for bye, end with exit status 0.
4. If the connection ends before an answer is whole: print nothing of it, say so on stderr, exit status 2.
"""

import sys


def connect(host, port):
    """A connection to the server, which may not be there yet."""
    raise NotImplementedError


def main():
    """Ask what the standard input says."""
    sys.exit("client.py: not written yet")


if __name__ == "__main__":
    main()
