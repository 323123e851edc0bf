"""The same with a handler that reaps, and SIGCHLD blocked wherever the table must not change."""

import os
import signal
import sys

CHILD = {signal.SIGCHLD}
jobs = {}  # pid -> number
foreground = None


def say(*words):
    os.write(1, (" ".join(map(str, words)) + "\n").encode())


def on_child(signum=None, frame=None):
    """Reap all that have ended."""
    global foreground
    while True:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if not pid:
            return
        code = os.WEXITSTATUS(status) if os.WIFEXITED(status) else 128 + os.WTERMSIG(status)
        say("fg" if pid == foreground else "ended", jobs.pop(pid), code)
        if pid == foreground:
            foreground = None


def start(number):
    pid = os.fork()
    if pid == 0:
        say("job", number, os.getpid())
        signal.sigwait({signal.SIGINT})
        say("gone", number)
        os._exit(number)
    jobs[pid] = number
    return pid


def wait_while(holds):
    """With SIGCHLD blocked: no end can come between the look and the wait."""
    while holds():
        signal.sigwait(CHILD)
        on_child()


def in_foreground():
    return foreground is not None


def commands():
    """Lines of input. While one is waited for, and only then, the handler may run."""
    while True:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, CHILD)
        line = sys.stdin.readline()
        signal.pthread_sigmask(signal.SIG_BLOCK, CHILD)
        if not line:
            return
        yield line.split()


def main():
    global foreground
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGCHLD})
    signal.signal(signal.SIGCHLD, on_child)
    count = 0
    for command, *words in commands():
        if command == "bg":
            for _ in range(int(words[0])):
                count += 1
                start(count)
        elif command == "fg":
            count += 1
            foreground = start(count)
            wait_while(in_foreground)
        else:
            (pid,) = (pid for pid, number in jobs.items() if number == int(words[0]))
            os.kill(pid, signal.SIGKILL)
    for pid in jobs:
        os.kill(pid, signal.SIGINT)
    wait_while(lambda: jobs)
    say("bye")


main()
