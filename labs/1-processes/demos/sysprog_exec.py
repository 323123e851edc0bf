"""Fork, then let the child exec another program: sysprog_exec_child.py with a counter as its argument.

execve(2) replaces the program in a process, not the process: the pid before and after is the same, the memory
is new. It returns only when it has failed; then the old program is still there and must end the child itself.

Usage: sysprog_exec.py [child|missing]        Enter forks and execs, q or end of input ends.
                                              missing: exec a program that is not there.
"""

import contextlib
import os
import sys

FOLDER = os.path.dirname(os.path.abspath(__file__))


def command(mode, counter):
    """The argument vector of the new program; its first item is, by convention, the program itself."""
    if mode == "missing":
        return [os.path.join(FOLDER, "no_such_program"), str(counter)]
    return [sys.executable, os.path.join(FOLDER, "sysprog_exec_child.py"), str(counter)]


def child(argv):
    """Become another program. Never returns."""
    try:
        print(f"child: pid={os.getpid()} before exec; Enter: exec", flush=True)
        sys.stdin.readline()  # the parent is in waitpid: the input is the child's for as long as it lives
        os.execv(argv[0], argv)
    except OSError as error:  # no way back to the parent's loop: there the child would be a second parent
        print(f"child: pid={os.getpid()} exec of {argv[0]} failed: {error}", flush=True)
    finally:
        os._exit(127)  # what shells report for a command that was not found


def main(mode):
    """Fork, exec and wait once a line."""
    print(f"parent: pid={os.getpid()}; Enter: fork, q: end", flush=True)
    for counter, line in enumerate(sys.stdin, start=1):
        if line.strip() == "q":
            break
        pid = os.fork()
        if pid == 0:
            child(command(mode, counter))
        _, status = os.waitpid(pid, 0)
        code = os.waitstatus_to_exitcode(status)  # -n: killed by signal n
        print(f"parent: child={pid} status={status} exit code={code}; Enter: fork, q: end", flush=True)


if __name__ == "__main__":
    mode = sys.argv[1] if len(sys.argv) > 1 else "child"
    if mode not in ("child", "missing"):
        print("usage: sysprog_exec.py [child|missing]", file=sys.stderr)
        sys.exit(2)
    with contextlib.suppress(KeyboardInterrupt):
        main(mode)
