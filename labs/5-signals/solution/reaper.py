"""Jobs that end whenever they like, each reaped and reported at once.

The handler for SIGCHLD does nothing but be there: the signal's number goes into the wakeup descriptor, and the loop
waits for that and for commands. One signal may stand for many children, so each time all that have ended are reaped.
Nobody else waits for a child: not even for the one in the foreground, whose end is taken note of like all others.
"""

import os
import select
import signal


def say(line):
    """One line of output, at once."""
    os.write(1, f"{line}\n".encode())


def job(number):
    """What a job does: it waits for SIGINT, which is blocked in parent and job, and exits with its number."""
    say(f"job {number} {os.getpid()}")
    signal.sigwait({signal.SIGINT})
    say(f"gone {number}")
    os._exit(number)


class Table:
    """The jobs that have not been reaped, by pid, and the one in the foreground."""

    def __init__(self):
        self.jobs = {}
        self.started = 0
        self.foreground = 0  # its number; 0 when there is none

    def start(self):
        """Fork a job and return its number."""
        self.started += 1
        pid = os.fork()
        if pid == 0:
            job(self.started)
        self.jobs[pid] = self.started
        return self.started

    def send(self, signum, number=0):
        """A signal to one job, or to all."""
        for pid, own in self.jobs.items():
            if number in (0, own):
                os.kill(pid, signum)

    def reap(self):
        """Reap and report all that have ended: until none is there, or none has ended."""
        while self.jobs:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if pid == 0:
                return
            self.report(self.jobs.pop(pid), status)

    def report(self, number, status):
        """128 + n for a job that signal n has killed, as a shell does it."""
        code = os.waitstatus_to_exitcode(status)
        word = "fg" if number == self.foreground else "ended"
        say(f"{word} {number} {128 - code if code < 0 else code}")
        if number == self.foreground:
            self.foreground = 0

    def obey(self, command, count):
        """One command: bg N, fg, kill K."""
        if command == "bg":
            for _ in range(count):
                self.start()
        elif command == "fg":
            self.foreground = self.start()
        elif command == "kill":
            self.send(signal.SIGKILL, count)


def serve(table, wake):
    """Reap and obey, until the end of input; no command while there is a job in the foreground."""
    commands, open_input = b"", True
    while open_input or table.jobs:
        if b"\n" in commands and not table.foreground:
            line, _, commands = commands.partition(b"\n")
            word, *count = line.decode().split()
            table.obey(word, int(count[0]) if count else 0)
            continue
        hears = open_input and not table.foreground
        ready, _, _ = select.select([wake, 0] if hears else [wake], [], [])
        if wake in ready:
            os.read(wake, 4096)
            table.reap()
        elif data := os.read(0, 4096):
            commands += data
        else:
            open_input = False
            table.send(signal.SIGINT)


def main():
    """^C is for the jobs: SIGINT is blocked here, and blocked signals are inherited."""
    wake, wake_end = os.pipe()
    os.set_blocking(wake, False)
    os.set_blocking(wake_end, False)
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])
    signal.set_wakeup_fd(wake_end, warn_on_full_buffer=False)
    signal.signal(signal.SIGCHLD, lambda number, frame: None)
    serve(Table(), wake)
    say("bye")


if __name__ == "__main__":
    main()
