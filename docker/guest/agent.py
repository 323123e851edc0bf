"""The session server: starts programs inside a lab container on the host's orders and reports facts as JSON lines.

It judges nothing. It is root and PID 1 of its container (service `grading` of compose.yaml), and that is its armour: a
program has another uid (confine.become), so it can neither signal nor trace nor limit nor slow down the agent, and
changes nothing of what is the agent's, mount points among it; PR_SET_DUMPABLE 0 closes /proc/1 to everybody; and every
orphan becomes its child, as on a plain Linux.

An agent that is no root (a container of a service without x-session) shares its uid with the programs. It does the same
work for programs that are trusted, and calls no run clean.

Orders on standard input, one JSON object a line:   open, start, input, eof, signal, quiet, close
Facts on standard output, one JSON object a line:   opened, started, failed, output, quiet, exit, file, closed

A program is recorded when its order says so (observed.py): then the run's recording comes file by file before "closed".
Text in both is bytes decoded with surrogateescape, so that nothing is lost. The end of the orders is the end of it all:
a host that was killed leaves no container running.
"""

import contextlib
import errno
import json
import os
import select
import signal
import sys
import time
from collections.abc import Iterator

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import cgroup
import leftovers
import patience
import proc
from program import CHUNK, Program, report, text
from starter import Starter
from user import LIBC, User

TYPE_CHECKING = False
if TYPE_CHECKING:
    from observed import Observed, Recording

PR_SET_DUMPABLE = 4
PLACES = ("/work", "/home/student")
KILLED = 5.0  # seconds for killed processes to be gone
PIECE = 1 << 18  # characters of a file in one message
REAPED = 256  # children at a time
ORDER_CAP = 64 * 1024 * 1024  # a longer order is a mistake of the host's


class Agent:
    """One run after the other; in each a folder of its own and any number of programs."""

    def __init__(self, user: User) -> None:
        self.user = user
        self.runs = 0
        self.folder = ""
        self.make_folder()
        self.programs: dict[int, Program] = {}
        self.orders = bytearray()
        self.counted = _counted()
        self.recording: Recording | None = None
        leftovers.forget_times()
        leftovers.sockets_before()
        self.closing: dict = {}  # the order to close the run once its programs have ended
        self.woken, wake = os.pipe()
        for fd in (self.woken, wake):
            os.set_blocking(fd, False)
        # The only handler: SIGCHLD does nothing but wake select. A program that sends us one wakes us, no more.
        signal.signal(signal.SIGCHLD, lambda number, frame: None)
        signal.set_wakeup_fd(wake, warn_on_full_buffer=False)
        signal.signal(signal.SIGINT, signal.SIG_DFL)  # Python's own handler would let a program interrupt us

        self.starter: Starter | None = Starter(user)

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
                        self.end_program(program, "output")
                if why := self.overdue(program):
                    self.end_program(program, why)
                elif program.alive and program.waits.has_slept():
                    report("quiet", id=program.number)
            self.reap()
            if self.closing and not any(program.alive for program in self.programs.values()):
                self.end_run(self.closing)

    def wait(self) -> set[int]:
        """Sleep until there is an order, output, room for input, an ended child or a deadline."""
        programs = self.programs.values()
        reading = [0, self.woken, *(stream.fd for p in programs for stream in p.streams if not stream.done)]
        writing = {p.stdin: p for p in programs if p.pending and p.stdin >= 0}
        deadlines = [p.next_look for p in programs if p.alive and not p.timeout]
        timeout = max(0.0, min(deadlines) - time.monotonic()) if deadlines else None
        ready, writable, _ = select.select(reading, list(writing), [], timeout)
        for fd in writable:
            writing[fd].write()
        if self.woken in ready:
            self.drain_wakeups()
        return set(ready)

    def drain_wakeups(self) -> None:
        with contextlib.suppress(BlockingIOError):
            while os.read(self.woken, 4096):
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

    def make_folder(self) -> None:
        """The next run's. Before a run is asked for: that it could be made is part of the last one's clean state."""
        self.runs += 1
        self.folder = f"/work/{self.runs}"
        with self.user.files():
            os.mkdir(self.folder)

    def do_open(self, order: dict) -> None:
        """Begin a run: the given files in its folder."""
        with self.user.files():
            for name, content in order.get("files", {}).items():
                path = os.path.join(self.folder, name)
                os.makedirs(os.path.dirname(path), exist_ok=True)
                with open(path, "wb") as file:
                    file.write(content.encode("utf-8", "surrogateescape"))
        self.counted = _counted()
        report("opened", cwd=self.folder)

    def do_start(self, order: dict) -> None:
        """Start a program of the run."""
        try:
            program = Program(order, self.folder, self.choose_starter(order), patience.of(order, self.user.uid))
        except OSError as error:
            name = errno.errorcode.get(error.errno or 0, str(error.errno))
            report("failed", id=order["id"], errno=name, text=os.strerror(error.errno or 0))
            return
        self.programs[program.number] = program
        report("started", id=program.number, pid=program.pid)

    def choose_starter(self, order: dict) -> "Starter | Observed":
        """Who starts a program. A recorded one has no company of its user's that is not recorded, us not excepted."""
        if "record" not in order:
            starter, self.starter = self.starter or Starter(self.user), None
            return starter
        import observed  # not needed by every agent, and by none at once

        if self.starter:
            os.kill(self.starter.pid, signal.SIGKILL)
            os.waitpid(self.starter.pid, 0)
            self.starter = None
        self.recording = self.recording or observed.recording(self.user)
        return observed.Observed(self.user, self.recording.folder, order["record"])

    def overdue(self, program: Program) -> str:
        """The limit that a program has reached; "": none."""
        why = program.overdue()
        if not why and self.recording and program.recorded and program.alive and not program.timeout:
            why = "recording" if self.recording.reached() else ""
        return why

    def end_program(self, program: Program, why: str) -> None:
        """A limit is reached. What is recorded ends whole, as of now: its recording accuses nobody of being killed."""
        if self.recording and program.recorded and program.alive and not program.timeout:
            self.recording.stop("seconds")
        program.kill(why)

    def do_input(self, order: dict) -> None:
        if program := self.programs.get(order["id"]):
            program.pending += order["data"].encode("utf-8", "surrogateescape")

    def do_eof(self, order: dict) -> None:
        if program := self.programs.get(order["id"]):
            program.ending = True
            program.finish_input()

    def do_quiet(self, order: dict) -> None:
        """Say when all of the run's has slept for so long without a break."""
        if program := self.programs.get(order["id"]):
            program.waits.await_quiet(order["seconds"])

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
        left = self.left_over()
        litter = leftovers.litter(self.folder)
        self.end_recording()
        gone = self.kill_all()
        self.show_files(order.get("take", []))
        for program in self.programs.values():
            program.close()
        self.programs.clear()
        litter += leftovers.sysv(self.user)
        doubts = list(self.doubts(gone))
        oom, pids = (now - before for now, before in zip(_counted(), self.counted, strict=True))
        report(
            "closed",
            leftovers=left[: leftovers.LISTED],
            leftover_count=len(left),
            litter=litter,
            doubts=doubts[: leftovers.LISTED],
            oom_kills=oom,
            pids_hits=pids,
        )
        with contextlib.suppress(OSError):  # then it is made when it is needed
            self.starter = Starter(self.user)  # while the host makes up its mind

    def left_over(self) -> list[dict]:
        """What of the run still runs. Beside recorded programs their tracers do, which are root's."""
        ours = {self.starter.pid} if self.starter else set()
        if self.recording:
            ours |= set(proc.pids()) - set(proc.of_user(self.user.uid))
        return [process for process in leftovers.processes() if process["pid"] not in ours]

    def end_recording(self) -> None:
        """What is recorded ends; then the recording goes to the host, file by file."""
        recording, self.recording = self.recording, None
        if recording:
            recording.stop("end")
            self.reap_all(time.monotonic() + KILLED)
            for name, content in recording.files():
                report_file("recording", name, content)

    def show_files(self, names: list[str]) -> None:
        """The files of the folder that the host has asked for, and the names of what lies there.

        Nobody lives to alter them. Where the folder was, its owner may have put a link: so we look with its rights.
        """
        with self.user.files(), contextlib.suppress(OSError):
            for name in names:
                with contextlib.suppress(OSError):
                    report_file("folder", name, leftovers.content(self.folder, name))
            for name in leftovers.names(self.folder) if names else ():
                report("file", of="names", name=text(os.fsencode(name)), data="", more=False)

    def doubts(self, gone: bool) -> Iterator[str]:
        """Everything of the run is removed, or why that is not sure. Then the next run's folder is made."""
        if not gone or leftovers.processes():
            yield "processes that did not end"
        yield from leftovers.sweep(self.user)
        leftovers.forget_times()
        yield from (f"{kind} {number}" for kind, number in leftovers.objects())
        yield from leftovers.sockets()
        if not self.user.apart:
            yield "the agent has the programs' uid"
        try:
            self.make_folder()
        except OSError as error:
            yield f"{self.folder}: {error.strerror}"

    def kill_all(self) -> bool:
        """SIGKILL to everything but ourselves, until nothing is left: a fork bomb may need several rounds."""
        deadline = time.monotonic() + KILLED
        while True:
            try:
                os.kill(-1, signal.SIGKILL)
            except ProcessLookupError:
                return self.reap_all(deadline)
            if self.reap_all(min(deadline, time.monotonic() + 0.1)) or time.monotonic() >= deadline:
                return not leftovers.processes()

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
                if self.recording and by_pid[pid].recorded:
                    self.recording.status = status
            if self.starter and pid == self.starter.pid:
                self.starter = None  # another will be made when it is needed
        return True


def report_file(of: str, name: str, content: str) -> None:
    """A file in pieces that a line bears."""
    pieces = [content[at : at + PIECE] for at in range(0, len(content), PIECE)] or [""]
    for number, piece in enumerate(pieces, 1):
        report("file", of=of, name=name, data=piece, more=number < len(pieces))


def _counted() -> tuple[int, int]:
    return cgroup.oom_kills(), cgroup.refused_forks()


def main() -> None:
    """The agent of this container, until its orders end."""
    if LIBC.prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0:
        sys.exit("agent: prctl(PR_SET_DUMPABLE) failed")
    with open("/proc/self/uid_map") as file:
        user = User(int(os.environ.get("PROCLAB_UID", "1000")), file.read())
    if user.apart:
        os.setgroups([])  # the image's groups of root's
        for place in PLACES:
            os.chmod(place, 0o1777)  # as compose.yaml states; runc 1.1 takes the image's folder's mode instead
        # The whole machine has 3 072 terminals for its containers, and no limit of ours counts them: one program took
        # them all, and no other container, graded or not, could have one. So they are made here (starter.py).
        os.chmod("/dev/ptmx", 0o660)
    Agent(user).serve()


if __name__ == "__main__":
    main()
