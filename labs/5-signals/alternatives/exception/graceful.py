"""The same with handlers that act themselves: an exception takes the idle program out of its read."""

import os
import signal
import sys

mark, working, leaving = "-", False, False


class Leave(Exception):
    """Asked to leave while nothing is in work."""


def load():
    global mark
    mark = "-"
    if os.path.exists("graceful.conf"):
        with open("graceful.conf") as file:
            mark = file.readline().rstrip("\n")


def on_hup(signum, frame):
    load()
    os.write(1, f"config {mark}\n".encode())


def on_term(signum, frame):
    global leaving
    if leaving:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        os.kill(os.getpid(), signal.SIGTERM)  # the honest way to end by a signal
    leaving = True
    if not working:
        raise Leave
    os.write(1, b"leaving\n")


def notes():
    global working
    for name in iter(sys.stdin.readline, ""):
        working = True
        print("begun", name.strip(), flush=True)
        lines = list(iter(sys.stdin.readline, "\n"))
        with open(name.strip(), "w") as file:
            file.writelines(lines)
        print("done", name.strip(), mark, flush=True)
        working = False
        if leaving:
            return


def main():
    load()
    with open("graceful.pid", "w") as file:
        print(os.getpid(), file=file)
    try:
        signal.signal(signal.SIGHUP, on_hup)
        signal.signal(signal.SIGTERM, on_term)
        print("ready", mark, flush=True)
        notes()
    except Leave:
        pass
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM])
    os.remove("graceful.pid")
    print("bye", flush=True)


main()
