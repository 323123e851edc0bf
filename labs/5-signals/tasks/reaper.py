"""Task reaper: jobs that end whenever they like, each reaped and reported at once. The handout says what is printed.

reaper.py                   commands come on standard input: bg N, fg, kill K

What is to do: everything that is said of `ended` and `fg` in the handout. One SIGCHLD may stand for many children; and
whoever waits for *any* child may get the one that somebody else waits for.

What is here so far starts jobs, kills them, and never waits for one. The function job() can stay as it is.
"""

import os
import signal
import sys

jobs = {}  # number -> pid


def say(line):
    """One line of output, at once. Not print(): a handler may interrupt a print() that is just writing."""
    os.write(1, f"{line}\n".encode())


def job(number):
    """What a job does: it waits for SIGINT, which is blocked in parent and job, and exits with its number."""
    say(f"job {number} {os.getpid()}")
    signal.sigwait({signal.SIGINT})
    say(f"gone {number}")
    os._exit(number)


def start():
    """Fork a job."""
    number = len(jobs) + 1
    pid = os.fork()
    if pid == 0:
        job(number)
    jobs[number] = pid


def main():
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])  # ^C is for the jobs
    for line in sys.stdin:
        match line.split():
            case ["bg", count]:
                for _ in range(int(count)):
                    start()
            case ["fg"]:
                start()
            case ["kill", number]:
                os.kill(jobs[int(number)], signal.SIGKILL)
    for pid in jobs.values():
        os.kill(pid, signal.SIGINT)
    say("bye")


if __name__ == "__main__":
    main()
