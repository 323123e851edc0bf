"""A file opened before fork: parent and child share its offset.

fork(2) copies the descriptor, not the open file description behind it, where the offset lives. So the parent,
which never reads, sees the offset move when the child reads. A second open(2) of the same file, made by the
child after the fork, gives a description of its own: its offset stays 0.

Usage: sysprog_fork_fd.py        Enter lets the child read a word; q or end of input ends.
"""

import os
import sys
from contextlib import suppress
from tempfile import NamedTemporaryFile

WORDS = b"alpha bravo delta gamma kappa omega "


def offset(fd):
    """Where the next read will start: lseek(2) by nothing from where we are."""
    return os.lseek(fd, 0, os.SEEK_CUR)


def child(fd, path, go, done):
    """Read a word for each byte that comes through `go`, and answer on `done`. Never returns."""
    try:
        own = os.open(path, os.O_RDONLY)
        while os.read(go, 1):  # end of file when no write end of `go` is open any more
            word = os.read(fd, 6).decode()  # read(2) itself; a file object would read ahead
            places = f"fd={fd} offset={offset(fd)}, own fd={own} offset={offset(own)}"
            print(f"child: read {word!r} {places}", flush=True)
            os.write(done, b".")
    finally:
        os._exit(0)


def main(fd, path):
    """Fork, then one step a line."""
    child_go, go = os.pipe()
    done, child_done = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(go)  # else the child would wait for itself: it would hold a write end of what it reads
        child(fd, path, child_go, child_done)
    os.close(child_done)  # for the same reason
    print(f"parent: pid={os.getpid()} child={pid} fd={fd} {path}; Enter: child reads, q: end", flush=True)
    for line in sys.stdin:
        if line.strip() == "q":
            break
        os.write(go, b".")
        os.read(done, 1)  # end of file if the child has died
        print(f"parent: only looks, fd={fd} offset={offset(fd)}", flush=True)
    os.close(go)
    os.waitpid(pid, 0)


if __name__ == "__main__":
    with suppress(KeyboardInterrupt), NamedTemporaryFile(buffering=0, prefix="words_") as file:
        file.write(WORDS)
        file.seek(0)
        main(file.fileno(), file.name)
