"""The program that sysprog_exec.py execs: tells who it is, and ends with a line of input.

An ordinary program, which can be started from a shell as well. Of the life before exec it has what execve(2)
keeps (pid, parent, working directory, descriptors) or passes on (arguments, environment), and nothing else.

Usage: sysprog_exec_child.py COUNTER        Enter, q or end of input ends.
"""

import contextlib
import os
import sys


def main():
    """Who am I, and what was I given?"""
    print(f"program: pid={os.getpid()} parent={os.getppid()} after exec; Enter: end", flush=True)
    for number, argument in enumerate(sys.orig_argv):  # as exec gave them; sys.argv lacks the first
        print(f"program: argv[{number}]={argument}", flush=True)
    sys.stdin.readline()


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        main()
