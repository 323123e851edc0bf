"""Task timeout: a command with a time limit, in a process group of its own. The handout says what is to happen.

timeout.py SECONDS COMMAND [ARGUMENT]...

What is to do: the process group, the time limit (TERM, then KILL, then status 124), the statuses 128 + n and 127, and
passing on TERM, INT and HUP. What the parent blocks or ignores is inherited through exec.

What is here so far runs the command and waits for it, however long it takes.
"""

import os
import sys


def main(seconds, argv):
    pid = os.fork()
    if pid == 0:
        os.execvp(argv[0], argv)
    _, status = os.waitpid(pid, 0)
    return os.WEXITSTATUS(status)


if __name__ == "__main__":
    if len(sys.argv) < 3:
        sys.exit("usage: timeout.py SECONDS COMMAND [ARGUMENT]...")
    sys.exit(main(float(sys.argv[1]), sys.argv[2:]))
