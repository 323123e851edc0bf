"""Fork N children and report each of them as soon as it has ended: its pid and its status.

wait(2) returns whichever child ends first, so no zombie waits for another child's turn.

Usage: spawn.py [N [COMMAND [ARG…]]]        N from 1 to 100, 3 if there is none
"""

import os
import sys


def child(number, command):
    """Do the child's part. Never returns: behind the fork everything else is the parent's."""
    code = 127
    try:
        if command:
            os.execvp(command[0], [*command, str(number)])
        code = number
    except OSError as error:  # exec returns only when it has failed
        print(f"spawn.py: {command[0]}: {error.strerror}", file=sys.stderr, flush=True)
    finally:
        os._exit(code)


def start(count, command):
    """Fork the children; returns how many there are, fewer where the system has no more room."""
    for number in range(1, count + 1):
        try:
            pid = os.fork()
        except OSError as error:
            print(f"spawn.py: fork of child {number} failed: {error.strerror}", file=sys.stderr, flush=True)
            return number - 1
        if pid == 0:
            child(number, command)
    return count


def report(count):
    """Reap that many children, in the order in which they end."""
    for _ in range(count):
        pid, status = os.wait()
        code = os.waitstatus_to_exitcode(status)  # -n: killed by signal n
        print(pid, code if code >= 0 else 128 - code, flush=True)


def main(count, command):
    """Start `count` children, report each one's end; returns the exit status."""
    started = start(count, command)
    report(started)
    return 0 if started == count else 1


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 3, sys.argv[2:]))
