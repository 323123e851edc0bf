# fault: HUP begins anew, and the note in work is forgotten | check: graceful.reloads | verdict: FAIL
import contextlib
import os
import select
import signal

PID_FILE, CONFIG = "graceful.pid", "graceful.conf"


def say(line):
    """One line of output, at once."""
    os.write(1, f"{line}\n".encode())


def read_mark():
    """The mark is the first line of the configuration, or - where there is none."""
    try:
        with open(CONFIG) as file:
            return file.readline().strip()
    except FileNotFoundError:
        return "-"


class Service:
    """What is in work, and what has been asked for."""

    def __init__(self):
        self.mark = read_mark()
        self.name = ""  # of the note in work; "" when there is none
        self.text = []
        self.leaving = False

    def take_signal(self, number):
        """HUP reads the configuration again; the first TERM is a request, the second one an order."""
        if number == signal.SIGHUP:
            self.__init__()
            say(f"config {self.mark}")
        elif self.leaving:
            os._exit(128 + signal.SIGTERM)
        else:
            self.leaving = True
            if self.name:
                say("leaving")

    def take_line(self, line):
        """A line of input: a name, some text, or the empty line that finishes a note."""
        if not self.name:
            self.name, self.text = line, []
            say(f"begun {line}")
        elif line:
            self.text.append(line)
        else:
            with open(self.name, "w") as file:
                file.writelines(f"{text}\n" for text in self.text)
            say(f"done {self.name} {self.mark}")
            self.name = ""

    @property
    def finished(self):
        """Whether it was asked to leave, and nothing is in work."""
        return self.leaving and not self.name


def serve(service, wake):
    """Take signals and lines as they come, until the end of input or of a service that is leaving."""
    rest = b""
    while not service.finished:
        ready, _, _ = select.select([wake, 0], [], [])
        if wake in ready:
            for number in os.read(wake, 64):
                service.take_signal(number)
            continue
        data = os.read(0, 65536)
        if not data:
            return
        *lines, rest = (rest + data).split(b"\n")
        for line in lines:
            if not service.finished:
                service.take_line(line.decode())


def main():
    """The pid file is there for as long as the service is."""
    wake, wake_end = os.pipe()
    os.set_blocking(wake_end, False)
    signal.set_wakeup_fd(wake_end)
    for signum in (signal.SIGHUP, signal.SIGTERM):
        signal.signal(signum, lambda number, frame: None)
    with open(PID_FILE, "w") as file:
        file.write(f"{os.getpid()}\n")
    service = Service()
    say(f"ready {service.mark}")
    try:
        serve(service, wake)
    finally:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(PID_FILE)
    say("bye")


if __name__ == "__main__":
    main()
