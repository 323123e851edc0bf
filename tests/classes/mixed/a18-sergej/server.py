"""A line server that many clients use at once. What it must do stands in the lab's README, section "Tasks".

Usage: server.py PORT

What is to do:
1. Listen on PORT, on all addresses of the host, and print "listening PORT" once clients can connect.
2. Answer each line by a line: reverse TEXT, repeat N TEXT, quit; anything else: error.
3. A line may come in pieces, and several lines may come at once; an answer may be larger than what the kernel takes.
4. Nobody waits for anybody else: not for a silent client, not for one that does not read.
5. A client that vanishes costs its connection and nothing else.
6. SIGTERM closes everything; exit status 0, and the port is free for the next server.
"""

import sys


def answer(request):
    """The answer to one request, both without their newline."""
    raise NotImplementedError


def main():
    """Listen, serve, and stop at SIGTERM."""
    sys.exit("server.py: not written yet")


if __name__ == "__main__":
    main()
