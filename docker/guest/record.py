"""The recorder: runs a program, or a guided run, under strace, within limits, and hands the recording over.

    record.py probe                      may this container trace?  0 yes, 2 no, after one sentence
    record.py run [OPTIONS] -- PROGRAM…  records PROGRAM until nothing of it runs any more, or a limit is reached
    record.py run --guided -- COMMAND…   the same for what COMMAND (play.py, remote.py) starts
    record.py run --guarded -- PROGRAM…  for graders, as root with SETUID, SETGID, SYS_PTRACE and DAC_READ_SEARCH: the
                                         program is the user PROCLAB_UID (1000) and can't reach its recording, nor
                                         get past it. Without markers
    record.py run --plan TEXT -- …       with these faults (faults.py); --plan TEXT with `probe`: may they be had here?
    record.py stop                       ends a running recording from outside
    record.py pack [--rest]              writes the recording as a tar to the standard output; --rest: 3 and nothing,
                                         as long as anything of the program's runs
    record.py hold [--seconds N]         keeps the container until it is removed, longer than such a recording takes

stop, pack and hold run as another user than the program, which can't stop, trace or end them. Nothing is started in
the container as the program's user once the program has run: what it left behind could stop it half-started, and the
engine waits for such a start for ever.

The recording lies in FOLDER until it is packed: that is memory and goes with the container. It ends, with all that
it records (a program whose tracer has gone could make no system call any more, seccomp(2)), when a limit is reached;
end.json holds which. ^C goes to the program, as on any terminal; twice within a second it ends the recording.
"""

import argparse
import contextlib
import json
import math
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import archive
import cgroup
import end
import guard
import launch
import meter
import processes
import words

TYPE_CHECKING = False
if TYPE_CHECKING:
    import injection

FOLDER = guard.place()
WISH = ".stop"  # with this behind the folder's name a file asks for the end: its maker may not write into the folder
TICK_S = 0.05
TWICE_S = 1.0
GRACE_S = 5.0
HOLD_S = 1800
PROBE_S = 20
# A module is there compiled, a script is compiled at every start.
HERE = os.path.dirname(os.path.abspath(__file__))
BECOME = f"import sys; sys.path[:0] = [{HERE!r}]; import tracer; sys.exit(tracer.main(sys.argv[1:]))"


# ---------------------------------------------------------------- probe


def refusal() -> str:
    """Why this container can't trace, in the language of the run; "" when it can."""
    phrase = words.of_the_run().phrase
    argv = ["strace", "-f", "--seccomp-bpf", "-e", "trace=execve", "-o", "/dev/null", "true"]
    quiet = {"stdin": subprocess.DEVNULL, "capture_output": True, "text": True}
    try:
        done = subprocess.run(argv, **quiet, timeout=PROBE_S, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        return str(error)
    if done.returncode == 0 and not done.stderr:
        return ""
    with contextlib.suppress(OSError, ValueError):
        scope = int(Path("/proc/sys/kernel/yama/ptrace_scope").read_text())
        if scope >= 2:
            return phrase("refused_yama", scope=scope)
    if "not implemented" in done.stderr:
        return phrase("refused_emulated")
    said = done.stderr.strip().splitlines() or ["strace: " + phrase("exit_code", n=done.returncode)]
    return next((line for line in said if "PTRACE" in line.upper()), said[0])


def probe(plan: str = "") -> int:
    """Says whether recording is possible here, and with this plan."""
    if plan and not planned(plan):
        return 2
    if why := refusal():
        words.say("refused", why=why, n=os.environ.get("PROCLAB_LAB", "N"))
        return 2
    return 0


def planned(plan: str) -> bool:
    """Whether the plan makes sense and the kernel can do it; else a sentence says what is wrong and what is right."""
    import faults  # not in a recording without a plan
    import notices

    try:
        faults.parse(plan)
    except faults.WrongPlan as error:
        values = {name: printable(str(value)) for name, value in error.values.items()}
        words.say(f"plan_{error.code}", **values)
        words.say("plan_grammar")
        return False
    if not notices.new_enough(os.uname().release):
        words.say("plan_kernel", kernel=os.uname().release)
        return False
    return True


def printable(text: str) -> str:
    """What a user typed, for a terminal."""
    return "".join(c if c.isprintable() else "?" for c in text)


# ---------------------------------------------------------------- run


class Recording:
    """One run under observation."""

    def __init__(
        self, folder: str, limits: dict[str, float], guided: bool, over: guard.Guard | None = None, plan: str = ""
    ) -> None:
        self.folder = folder
        self.meter = meter.Meter(folder, limits)
        self.guided = guided
        self.guard = over
        self.stopped = ""
        self.stopped_at: int | None = None
        self.deadline = math.inf  # of an end that was asked for
        self.announced = False  # that something of it runs still
        self.interrupts: list[float] = []
        self.began = end.clocks()
        self.doubts: set[str] = set()
        self.injection = self._injection(plan) if plan else None

    def _injection(self, plan: str) -> "injection.Injection":
        """Who carries the plan out. It tells tracer.py by the environment how it is reached."""
        import injection  # not in a recording without a plan

        found = injection.Injection(plan, self.folder)
        os.environ |= {"PROCLAB_PLAN": plan, "PROCLAB_CHANNEL": str(found.channel.theirs)}
        return found

    def record(self, argv: list[str]) -> int:
        """Runs the command to its end and returns its wait status; nothing that it started runs then."""
        pid = launch.start(argv)
        if self.injection:
            self.injection.begin()
        status = None
        while status is None:
            status = self._wait(pid)
        ended = time.monotonic()
        while self._traced():
            self._survivors(ended)
            self._wait(None)
        if self.guard:
            self.guard.settle()
        elif os.getppid() == 0:  # started from outside: then no shell or test that waits for us is of our user
            self._settle()
        if self.injection and not self.injection.ended(GRACE_S):
            self.doubts.add("plan")
        self._finish(status)
        return status

    def _settle(self) -> None:
        """No tracer is left. What of the program's still lives was made behind its back, and ends here, all at once."""
        if processes.see_out(processes.orphans, TWICE_S):
            self.doubts.add("untraced")
            words.say("beside")
        with contextlib.suppress(ProcessLookupError):
            os.kill(-1, signal.SIGKILL)

    def _wait(self, pid: int | None) -> int | None:
        """One tick: a signal if one comes, the limits; the wait status once pid has ended."""
        info = signal.sigtimedwait(launch.SIGNALS, TICK_S)
        status = None
        if info and pid:
            with contextlib.suppress(PermissionError):  # guarded: what is sent to us can't be passed on
                status = launch.take(pid, info)
        if info and info.si_signo in (signal.SIGINT, signal.SIGTERM):
            self._interrupted(info, pid is None)
        reached = self.meter.reached() or ("user" if os.path.exists(self.folder + WISH) else "")
        if reached and not self.stopped:
            self.stop(reached)
        if self.stopped:
            self.end_all(pid if status is None else None)
        return status

    def _interrupted(self, info: signal.struct_siginfo, over: bool) -> None:
        now = time.monotonic()
        self.interrupts = [t for t in self.interrupts if now - t < TWICE_S] + [now]
        twice = info.si_signo == signal.SIGINT and len(self.interrupts) > 1
        if (over or twice) and not self.stopped:
            self.stop("user")

    def _traced(self) -> list[int]:
        return processes.tracers(self.folder)

    def _survivors(self, ended: float) -> None:
        """The command is over, something of it runs: a guided run leaves nothing, another may have made daemons."""
        if self.stopped:
            return
        if self.guided:
            self.stopped = "end"
            self.stopped_at = time.time_ns()
        elif not self.announced and time.monotonic() - ended > TWICE_S:
            self.announced = True
            words.say("left_recorded", n=len(processes.traced(self._traced())))

    def stop(self, why: str) -> None:
        """Ends the recording: what is recorded is killed, and its log has that like any other death."""
        limit = self.meter.limits.get(why, 0)
        words.say(f"limit_{why}", limit=int(limit) >> 20 if why == "bytes" else int(limit))
        self.stopped = why
        self.stopped_at = time.time_ns()
        self.deadline = time.monotonic() + GRACE_S

    def end_all(self, conductor: int | None) -> None:
        """Kills what is traced, asks a conductor to end; after a grace it and the tracers are killed too."""
        by = self._traced()
        late = time.monotonic() > self.deadline
        if self.guard:
            self.guard.kill()
        kills = ([] if self.guard else processes.traced(by)) + (by if late else [])
        if conductor and self.guided:
            _kill(conductor, signal.SIGKILL if late else signal.SIGINT)
        for pid in kills:
            _kill(pid, signal.SIGKILL)

    def _finish(self, status: int) -> None:
        doubts = self.doubts | (self.guard.doubts if self.guard else set())
        ending = self.stopped, self.stopped_at
        facts = end.facts(self.meter, status, ending, self.began, doubts, self.guard is not None)
        # A guarded program may name any file in a forged marker, and the recorder could read it.
        files = {} if self.guard else archive.sources(self.folder)
        self._write("files.json", files)
        self._write("end.json", facts)

    def _write(self, name: str, value: object) -> None:
        """All of it or nothing: a recording without its end says so by that."""
        part = Path(self.folder, "part")
        try:
            part.write_text(json.dumps(value, ensure_ascii=False))
            part.replace(Path(self.folder, name))
        except OSError:
            part.unlink(missing_ok=True)


def _kill(pid: int, number: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, number)


def recorded(argv: list[str], guided: bool, limits: dict[str, float], options: list[str], plan: str = "") -> int:
    """Runs a command recorded and returns its exit status."""
    if plan and not planned(plan):
        return 2
    try:
        guard.make(FOLDER)
    except guard.Foreign as error:
        words.say("foreign", folder=error)
        return 2
    for path in (Path(FOLDER, "end.json"), Path(FOLDER + WISH)):
        with contextlib.suppress(OSError):
            path.unlink()
    signal.pthread_sigmask(signal.SIG_BLOCK, launch.SIGNALS)
    over = guard.Guard(FOLDER) if "guarded" in options else None
    os.environ["PROCLAB_STRACE"] = meter.strace_version()
    own = [sys.executable, "-IS", "-c", BECOME, FOLDER, ",".join(options), "--"]
    if guided:
        os.environ["PROCLAB_RECORD"] = json.dumps(own)
    else:
        argv = argv if over else launch.laid_out(argv)  # root lays out nothing that a program may alter meanwhile
        argv = ["python", *argv] if argv[0].endswith(".py") else argv
    kills = cgroup.oom_kills()
    recording = Recording(FOLDER, limits, guided, over, plan)
    status = recording.record(argv if guided else own + argv)
    return launch.tell(status, kills) if not guided else max(0, os.waitstatus_to_exitcode(status))


# ---------------------------------------------------------------- stop, hold


def stop() -> int:
    """Asks a running recording to end, and waits until it has; 4: it hasn't."""
    ended = Path(FOLDER, "end.json")
    if not os.path.isdir(FOLDER) or ended.exists():
        return 0
    with contextlib.suppress(OSError):
        Path(FOLDER + WISH).touch()
    deadline = time.monotonic() + 2 * GRACE_S
    while not ended.exists() and time.monotonic() < deadline:
        signal.sigtimedwait([signal.SIGTERM], TICK_S)
    return 0 if ended.exists() else 4


def hold(recorded_s: float) -> int:
    """Stays until the container is removed; not for ever, should nobody be left to remove it."""
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM, signal.SIGINT])
    signal.sigtimedwait([signal.SIGTERM, signal.SIGINT], HOLD_S + recorded_s)
    return 0


def arguments(argv: list[str]) -> argparse.Namespace:
    """The command line; what follows `--` is the command to run."""
    split = argv.index("--") if "--" in argv else len(argv)
    parser = argparse.ArgumentParser(prog="record")
    parser.add_argument("do", choices=["probe", "run", "stop", "pack", "hold"])
    parser.add_argument("--guided", action="store_true")
    parser.add_argument("--guarded", action="store_true", help="the program can't reach its recording")
    parser.add_argument("--no-markers", action="store_true", help="of source lines and locks")
    parser.add_argument("--rest", action="store_true", help="pack: only when nothing of the program's runs")
    parser.add_argument("--names", action="store_true", help="strace -yy: slow; what the tests compare with")
    parser.add_argument("--plan", default="", help="of faults, for one program: fork:EAGAIN@3 …")
    for name, value in meter.LIMITS.items():
        parser.add_argument(f"--{name}", type=type(value), default=value)
    args = parser.parse_args(argv[:split])
    args.command = argv[split + 1 :]
    if args.do == "run" and not args.command:
        parser.error("which command? record run -- COMMAND")
    if args.plan and args.guided:
        parser.error("a plan is for one program, not for a guided run")
    return args


def main(argv: list[str]) -> int:
    """Does what the command line asks for."""
    args = arguments(argv)
    if args.do == "run":
        limits = {name: getattr(args, name) for name in meter.LIMITS}
        options = ["plain" if args.no_markers or args.guarded else "markers"]
        options += [name for name in ("names", "guarded") if getattr(args, name)]
        return recorded(args.command, args.guided, limits, options, args.plan)
    if args.do == "pack":
        if not os.getuid() and not guard.is_ours(FOLDER):  # what lies there is no recorder's
            words.say("foreign", folder=FOLDER)
            return 2
        return archive.pack(FOLDER, os.environ.get("PROCLAB_BOX", "box"), args.rest)
    if args.do == "hold":
        return hold(args.seconds)
    return probe(args.plan) if args.do == "probe" else stop()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
