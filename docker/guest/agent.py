"""The session server: starts programs inside a lab container on the host's orders and reports facts as JSON lines.

It judges nothing. It is PID 1 of its container, and that is its armour: the kernel drops every signal that a process of
the same container sends to a PID 1 without a handler, SIGKILL and SIGSTOP too (pid_namespaces(7)); PR_SET_DUMPABLE 0
closes /proc/1/fd and ptrace(2) to programs of the same uid; and every orphan becomes its child, as on a plain Linux.

Orders on standard input, one JSON object a line:   open, start, input, eof, signal, close
Facts on standard output, one JSON object a line:   opened, started, failed, output, exit, closed
Text in both is bytes decoded with surrogateescape, so that nothing is lost. The end of the orders is the end of it all:
a host that was killed leaves no container running.
"""

import errno
import json
import os
import select
import signal
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import scrub
from program import CHUNK, Program, report

PR_SET_DUMPABLE = 4
KILLED = 5.0  # seconds for killed processes to be gone
REAPED = 256  # children at a time
ORDER_CAP = 64 * 1024 * 1024  # a longer order is a mistake of the host's


class Agent:
    """One run after the other; in each a folder of its own and any number of programs."""

    def __init__(self) -> None:
        self.runs = 0
        self.folder = ""
        self.programs: dict[int, Program] = {}
        self.orders = bytearray()
        self.counted = (0, 0)
        self.closing: dict = {}  # the order to close the run once its programs have ended
        self.woken, wake = os.pipe()
        for fd in (self.woken, wake):
            os.set_blocking(fd, False)
        # The only handler: SIGCHLD does nothing but wake select. A program that sends us one wakes us, no more.
        signal.signal(signal.SIGCHLD, lambda number, frame: None)
        signal.set_wakeup_fd(wake, warn_on_full_buffer=False)
        signal.signal(signal.SIGINT, signal.SIG_DFL)  # Python's own handler would let a program interrupt us
        self.self_before = scrub.own_state()

    def serve(self) -> None:
        """Obey until the orders end."""
        while True:
            ready = self.wait()
            if 0 in ready and not self.read_orders():
                return
            for program in list(self.programs.values()):
                for stream in program.streams:
                    if stream.fd in ready and not stream.done:
                        stream.read(program.number)
                    if program.output_limit and stream.total > program.output_limit:
                        program.kill("output")
                if program.deadline <= time.monotonic():
                    program.kill("wall")
            self.reap()
            if self.closing and not any(program.alive for program in self.programs.values()):
                self.end_run(self.closing)

    def wait(self) -> set[int]:
        """Sleep until there is an order, output, room for input, an ended child or a deadline."""
        programs = self.programs.values()
        reading = [0, self.woken, *(stream.fd for p in programs for stream in p.streams if not stream.done)]
        writing = {p.stdin: p for p in programs if p.pending and p.stdin >= 0}
        deadlines = [p.deadline for p in programs if p.alive and not p.timeout]
        timeout = max(0.0, min(deadlines) - time.monotonic()) if deadlines else None
        ready, writable, _ = select.select(reading, list(writing), [], timeout)
        for fd in writable:
            writing[fd].write()
        if self.woken in ready:
            self.drain_wakeups()
        return set(ready)

    def drain_wakeups(self) -> None:
        try:
            while os.read(self.woken, 4096):
                pass
        except BlockingIOError:
            pass

    def read_orders(self) -> bool:
        """Obey the orders that have arrived; False at their end."""
        data = os.read(0, CHUNK)
        self.orders += data
        *lines, self.orders = self.orders.split(b"\n")
        for line in lines:
            self.obey(json.loads(line))
        return bool(data) and len(self.orders) < ORDER_CAP

    def obey(self, order: dict) -> None:
        getattr(self, "do_" + order["do"])(order)

    def do_open(self, order: dict) -> None:
        """Begin a run: a fresh folder with the given files in it."""
        self.runs += 1
        self.folder = f"/work/{self.runs}"
        os.mkdir(self.folder)
        for name, content in order.get("files", {}).items():
            path = os.path.join(self.folder, name)
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "wb") as file:
                file.write(content.encode("utf-8", "surrogateescape"))
        self.counted = scrub.counters()
        report("opened", cwd=self.folder)

    def do_start(self, order: dict) -> None:
        """Start a program of the run."""
        try:
            program = Program(order, self.folder)
        except OSError as error:
            name = errno.errorcode.get(error.errno or 0, str(error.errno))
            report("failed", id=order["id"], errno=name, text=os.strerror(error.errno or 0))
            return
        self.programs[program.number] = program
        report("started", id=program.number, pid=program.pid)

    def do_input(self, order: dict) -> None:
        if program := self.programs.get(order["id"]):
            program.pending += order["data"].encode("utf-8", "surrogateescape")

    def do_eof(self, order: dict) -> None:
        if program := self.programs.get(order["id"]):
            program.ending = True
            program.finish_input()

    def do_signal(self, order: dict) -> None:
        """kill(2) the program itself (group: its whole process group)."""
        program = self.programs.get(order["id"])
        if program and program.alive:
            (os.killpg if order.get("group") else os.kill)(program.pid, order["signal"])

    def do_close(self, order: dict) -> None:
        """End the run: now, or once its programs have ended."""
        self.closing = order
        if not order.get("ended"):
            self.end_run(order)

    def end_run(self, order: dict) -> None:
        """Say what is left after a grace, kill it, empty everything, prove it."""
        self.closing = {}
        self.reap_all(time.monotonic() + order.get("grace", 0.0))
        leftovers = scrub.processes()
        litter = scrub.litter(self.folder)
        gone = self.kill_all()
        for program in self.programs.values():
            program.close()
        self.programs.clear()
        ipc = scrub.sysv()
        stuck = scrub.sweep()
        touched = scrub.own_state() != self.self_before
        oom, pids = (now - before for now, before in zip(scrub.counters(), self.counted, strict=True))
        report(
            "closed",
            leftovers=leftovers[: scrub.LISTED],
            leftover_count=len(leftovers),
            litter=litter + ipc,
            clean=gone and not stuck and not touched and not scrub.processes(),
            oom_kills=oom,
            pids_hits=pids,
        )

    def kill_all(self) -> bool:
        """SIGKILL to everything but ourselves, until nothing is left: a fork bomb may need several rounds."""
        deadline = time.monotonic() + KILLED
        while True:
            try:
                os.kill(-1, signal.SIGKILL)
            except ProcessLookupError:
                return self.reap_all(deadline)
            if self.reap_all(min(deadline, time.monotonic() + 0.1)) or time.monotonic() >= deadline:
                return not scrub.processes()

    def reap_all(self, deadline: float) -> bool:
        """Reap until there is no child left (True) or the time is up."""
        while self.reap():
            left = deadline - time.monotonic()
            if left <= 0:
                return False
            select.select([self.woken], [], [], left)
            self.drain_wakeups()
        return True

    def reap(self) -> bool:
        """Take the status of ended children, orphans included; False when there is no child at all.

        A bounded number at a time: a fork bomb makes them faster than they can be reaped.
        """
        by_pid = {program.pid: program for program in self.programs.values() if program.alive}
        for _ in range(REAPED):
            try:
                pid, status, usage = os.wait4(-1, os.WNOHANG)
            except ChildProcessError:
                return False
            if pid == 0:
                return True
            if pid in by_pid:
                by_pid[pid].ended(status, usage)
        return True


def main() -> None:
    if scrub.LIBC.prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0:
        sys.exit("agent: prctl(PR_SET_DUMPABLE) failed")
    Agent().serve()


if __name__ == "__main__":
    main()
