"""A child outlives its parent: who is its parent then, and who reaps it?

When a process ends, the kernel gives its children a new parent: init, process 1, or a nearer ancestor that
asked for it (PR_SET_CHILD_SUBREAPER, prctl(2)), but not simply the grandparent. Here the grandparent stays to
tell the story; its waitpid(2) for the orphan fails, for only a parent can wait. Init reaps the orphan.

Usage: sysprog_orphan.py        Enter ends the parent, Enter again the child; q or end of input ends both.
"""

import contextlib
import os
import sys


def fork(role, *pipes):
    """Fork a process that plays the role and does nothing after it; returns its pid."""
    pid = os.fork()
    if pid == 0:
        try:
            role(*pipes)
        finally:
            os._exit(0)
    return pid


def child(news, life):
    """Say who the parent is, at first and after each byte of news; end when the news end."""
    while True:
        with open(f"/proc/{os.getppid()}/comm") as name:
            print(f"child: pid={os.getpid()} parent={os.getppid()} ({name.read().strip()})", flush=True)
        os.write(life, b"%d" % os.getpid())
        if not os.read(news, 1):
            return


def parent(leash, news, life):
    """Fork the child, and end when the leash is let go, without waiting for the child."""
    os.close(leash[1])  # a read returns at end of file only when nobody holds the write end any more,
    os.close(news[1])  # and these two are for the grandparent to let go
    fork(child, news[0], life[1])
    os.read(leash[0], 1)
    print(f"parent: pid={os.getpid()} ends", flush=True)


def main():
    """Let the parent go first, and then the child."""
    leash, news, life = os.pipe(), os.pipe(), os.pipe()  # pairs: read end, write end
    pid = fork(parent, leash, news, life)
    os.close(life[1])
    orphan = int(os.read(life[0], 16))  # waits until the child has looked
    print(f"grandparent: pid={os.getpid()}; Enter: parent {pid} ends, q: both end", flush=True)
    last = sys.stdin.readline() in ("", "q\n")
    os.close(leash[1])
    os.waitpid(pid, 0)  # when a process can be reaped, its children have their new parent already
    os.write(news[1], b".")
    os.read(life[0], 16)
    if not last:
        print(f"grandparent: Enter: child {orphan} ends", flush=True)
        sys.stdin.readline()
    os.close(news[1])
    os.read(life[0], 16)  # end of file: the child held the last write end
    try:
        os.waitpid(orphan, 0)
    except ChildProcessError as error:  # ECHILD
        print(f"grandparent: waitpid({orphan}) failed: {error}", flush=True)


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        main()
