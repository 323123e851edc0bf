"""The recorder: runs a program, or a guided run, under strace, within limits, and hands the recording over.

    record.py probe                      may this container trace?  0 yes, 2 no, after one sentence
    record.py run [OPTIONS] -- PROGRAM…  records PROGRAM until nothing of it runs any more, or a limit is reached
    record.py run --guided -- COMMAND…   the same for what COMMAND (play.py, hand.py) starts
    record.py run --guarded -- PROGRAM…  for graders, as root with SETUID, SETGID, SYS_PTRACE and DAC_READ_SEARCH: the
                                         program is the student and can't reach its recording. Without markers
    record.py stop                       ends a running recording from outside
    record.py pack                       writes the recording as a tar to the standard output
    record.py hold                       keeps the container until it is removed

The recording lies in FOLDER until it is packed: /tmp is memory and goes with the container. It ends, with all that
it records (a program whose tracer has gone could make no system call any more, seccomp(2)), when a limit is reached;
end.json tells which. ^C goes to the program, as on any terminal; twice within a second it ends the recording.
"""

import argparse
import contextlib
import json
import math
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import launch
import parcel
import tracer

FOLDER = "/tmp/proclab-recording"
LIMITS = {"bytes": 10 << 20, "lines": 200_000, "seconds": 60.0}
TICK_S = 0.05
TWICE_S = 1.0
GRACE_S = 5.0
HOLD_S = 1800
PROBE_S = 20
# A module is there compiled, a script is compiled at every start.
HERE = os.path.dirname(os.path.abspath(__file__))
BECOME = f"import sys; sys.path[:0] = [{HERE!r}]; import tracer; sys.exit(tracer.main(sys.argv[1:]))"
WORDS = {
    "en": {
        "refused": "this machine doesn't let a program be traced ({why}), so there can be no recording. "
        "The live view needs no tracing: make look-{n}",
        "bytes": "the recording has reached its limit of {limit} MB; it ends here, and the program with it",
        "lines": "the recording has reached its limit of {limit} lines; it ends here, and the program with it",
        "seconds": "the recording has reached its limit of {limit} s; it ends here, and the program with it",
        "user": "recording stopped; what there is, is kept",
        "left": "the program has ended; of what it started, {n} still run and are recorded on; ^C stops that",
    },
    "ru": {
        "refused": "эта машина не разрешает трассировку ({why}), поэтому записи не будет. "
        "Живому виду трассировка не нужна: make look-{n}",
        "bytes": "запись достигла предела: {limit} МБ; на этом она заканчивается, и программа вместе с ней",
        "lines": "запись достигла предела: {limit} строк; на этом она заканчивается, и программа вместе с ней",
        "seconds": "запись достигла предела: {limit} с; на этом она заканчивается, и программа вместе с ней",
        "user": "запись остановлена; что есть, сохранено",
        "left": "программа завершилась, но из начатого ею ещё работает: {n}; запись идёт дальше, ^C остановит её",
    },
}


def say(word: str, **values: object) -> None:
    """A sentence of ours, on the standard error."""
    words = WORDS.get(os.environ.get("PROCLAB_LANG", "en")[:2], WORDS["en"])
    print("proclab: " + words[word].format(**values), file=sys.stderr, flush=True)


# ---------------------------------------------------------------- probe


def refusal() -> str:
    """Why this container can't trace; "" when it can."""
    argv = ["strace", "-f", "--seccomp-bpf", "-e", "trace=execve", "-o", "/dev/null", "true"]
    try:
        done = subprocess.run(argv, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=PROBE_S,
                              check=False)  # fmt: skip
    except (OSError, subprocess.TimeoutExpired) as error:
        return str(error)
    if done.returncode == 0 and not done.stderr:
        return ""
    with contextlib.suppress(OSError, ValueError):
        scope = int(Path("/proc/sys/kernel/yama/ptrace_scope").read_text())
        if scope >= 2:
            return f"kernel.yama.ptrace_scope is {scope}"
    if "not implemented" in done.stderr:
        return "an emulated processor has no ptrace(2)"
    said = done.stderr.strip().splitlines() or [f"strace: exit code {done.returncode}"]
    return next((line for line in said if "PTRACE" in line.upper()), said[0])


def probe() -> int:
    """Says whether recording is possible here."""
    if why := refusal():
        say("refused", why=why, n=os.environ.get("PROCLAB_LAB", "N"))
        return 2
    return 0


# ---------------------------------------------------------------- run


def now() -> dict[str, int]:
    """Both clocks: where their differences disagree, somebody has set the wall clock meanwhile."""
    return {"realtime": time.time_ns(), "monotonic": time.monotonic_ns()}


class Meter:
    """How much has been recorded, against the limits."""

    def __init__(self, folder: str, limits: dict[str, float]) -> None:
        self.folder = folder
        self.limits = limits
        self.read_to: dict[str, int] = {}
        self.lines = 0
        self.began = time.monotonic()

    def reached(self) -> str:
        """The name of a limit that is reached, or ""."""
        self._count()
        amounts = {"bytes": sum(self.read_to.values()), "lines": self.lines, "seconds": time.monotonic() - self.began}
        return next((name for name, amount in amounts.items() if amount >= self.limits[name]), "")

    def _count(self) -> None:
        for path in Path(self.folder).glob("*/t.*"):
            with contextlib.suppress(OSError), path.open("rb") as log:
                before = self.read_to.get(str(path), 0)
                if log.seek(0, os.SEEK_END) > before:
                    log.seek(before)
                    data = log.read()
                    self.lines += data.count(b"\n")
                    self.read_to[str(path)] = before + len(data)


class Recording:
    """One run under observation."""

    def __init__(self, folder: str, limits: dict[str, float], guided: bool) -> None:
        self.folder = folder
        self.meter = Meter(folder, limits)
        self.guided = guided
        self.stopped = ""
        self.deadline = math.inf  # of an end that was asked for
        self.told = False
        self.interrupts: list[float] = []
        self.began = now()

    def record(self, argv: list[str]) -> int:
        """Runs the command to its end and returns its wait status; nothing that it started runs then."""
        pid = launch.start(argv)
        status = None
        while status is None:
            status = self._wait(pid)
        ended = time.monotonic()
        while self._traced():
            self._survivors(ended)
            self._wait(None)
        self._finish(status)
        return status

    def _wait(self, pid: int | None) -> int | None:
        """One tick: a signal if one comes, the limits; the wait status once pid has ended."""
        info = signal.sigtimedwait(launch.SIGNALS, TICK_S)
        status = None
        if info and pid:
            with contextlib.suppress(PermissionError):  # guarded: what is sent to us can't be passed on
                status = launch.take(pid, info)
        if info and info.si_signo in (signal.SIGINT, signal.SIGTERM):
            self._interrupted(info, pid is None)
        reached = self.meter.reached() or ("user" if os.path.exists(self._wish()) else "")
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
        return tracer.tracers(self.folder)

    def _survivors(self, ended: float) -> None:
        """The command is over, something of it runs: a guided run leaves nothing, another may have made daemons."""
        if self.stopped:
            return
        if self.guided:
            self.stopped = "end"
        elif not self.told and time.monotonic() - ended > TWICE_S:
            self.told = True
            say("left", n=len(tracer.traced(self._traced())))

    def stop(self, why: str) -> None:
        """Ends the recording: what is recorded is killed, which its log tells like any other death."""
        limit = self.meter.limits.get(why, 0)
        say(why, limit=int(limit) >> 20 if why == "bytes" else int(limit))
        self.stopped = why
        self.deadline = time.monotonic() + GRACE_S

    def end_all(self, conductor: int | None) -> None:
        """Kills what is traced, asks a conductor to end; after a grace it and the tracers are killed too."""
        by = self._traced()
        late = time.monotonic() > self.deadline
        kills = tracer.traced(by) + (by if late else [])
        if conductor and self.guided:
            _kill(conductor, signal.SIGKILL if late else signal.SIGINT)
        for pid in kills:
            _kill(pid, signal.SIGKILL)

    def _wish(self) -> str:
        return os.path.join(self.folder, "stop")

    def _finish(self, status: int) -> None:
        self.meter.reached()
        facts: dict[str, Any] = {
            "v": 1,
            "code": os.waitstatus_to_exitcode(status),  # negative: the signal that killed it
            "stopped": self.stopped if self.stopped != "end" else "",
            "limits": self.meter.limits,
            "bytes": sum(self.meter.read_to.values()),
            "lines": self.meter.lines,
            "began": self.began,
            "ended": now(),
            "incomplete": sorted(parcel.incomplete(self.folder)),
        }
        Path(self.folder, "end.json").write_text(json.dumps(facts))
        # A guarded program may name any file in a forged marker, and the recorder could read it.
        files = parcel.sources(self.folder) if os.getuid() else {}
        Path(self.folder, "files.json").write_text(json.dumps(files, ensure_ascii=False))


def _kill(pid: int, number: int) -> None:
    """kill(2). A guarded recorder has no CAP_KILL: a child of it becomes the student to do it."""
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        pass
    except PermissionError:
        with contextlib.suppress(OSError):
            child = os.fork()
            if child:
                os.waitpid(child, 0)
            else:
                _kill_as_student(pid, number)


def _kill_as_student(pid: int, number: int) -> None:
    try:
        os.setgroups([])
        os.setgid(tracer.STUDENT)
        os.setuid(tracer.STUDENT)
        os.kill(pid, number)
    finally:
        os._exit(0)


def strace_version() -> str:
    """The version of strace, "6.13"."""
    said = subprocess.run(["strace", "-V"], capture_output=True, text=True, check=True).stdout
    found = re.search(r"version ([\w.]+)", said)
    return found[1] if found else ""


def recorded(argv: list[str], guided: bool, limits: dict[str, float], options: list[str]) -> int:
    """Runs a command recorded and returns its exit status."""
    os.makedirs(FOLDER, mode=0o700, exist_ok=True)
    for name in ("end.json", "stop"):
        Path(FOLDER, name).unlink(missing_ok=True)
    signal.pthread_sigmask(signal.SIG_BLOCK, launch.SIGNALS)
    os.environ["PROCLAB_STRACE"] = strace_version()
    own = [sys.executable, "-IS", "-c", BECOME, FOLDER, ",".join(options), "--"]
    if guided:
        os.environ["PROCLAB_RECORD"] = json.dumps(own)
    elif argv[0].endswith(".py"):
        argv = ["python", *argv]
    kills = launch.oom_kills()
    recording = Recording(FOLDER, limits, guided)
    status = recording.record(argv if guided else own + argv)
    return launch.tell(status, kills) if not guided else max(0, os.waitstatus_to_exitcode(status))


# ---------------------------------------------------------------- stop, hold


def stop() -> int:
    """Asks a running recording to end, and waits until it has."""
    if not os.path.isdir(FOLDER) or os.path.exists(os.path.join(FOLDER, "end.json")):
        return 0
    Path(FOLDER, "stop").touch()
    deadline = time.monotonic() + 2 * GRACE_S
    while not Path(FOLDER, "end.json").exists() and time.monotonic() < deadline:
        signal.sigtimedwait([signal.SIGTERM], TICK_S)
    return 0


def hold() -> int:
    """Stays until the container is removed; not for ever, should nobody be left to remove it."""
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM, signal.SIGINT])
    signal.sigtimedwait([signal.SIGTERM, signal.SIGINT], HOLD_S)
    return 0


def arguments(argv: list[str]) -> argparse.Namespace:
    """The command line; what stands behind `--` is the command to run."""
    split = argv.index("--") if "--" in argv else len(argv)
    parser = argparse.ArgumentParser(prog="record")
    parser.add_argument("do", choices=["probe", "run", "stop", "pack", "hold"])
    parser.add_argument("--guided", action="store_true")
    parser.add_argument("--guarded", action="store_true", help="the program can't reach its recording")
    parser.add_argument("--no-markers", action="store_true", help="of source lines and locks")
    parser.add_argument("--names", action="store_true", help="strace -yy: slow; what the tests compare with")
    for name, value in LIMITS.items():
        parser.add_argument(f"--{name}", type=type(value), default=value)
    args = parser.parse_args(argv[:split])
    args.command = argv[split + 1 :]
    if args.do == "run" and not args.command:
        parser.error("which command? record run -- COMMAND")
    return args


def main(argv: list[str]) -> int:
    """Does what the command line asks for."""
    args = arguments(argv)
    if args.do == "run":
        limits = {name: getattr(args, name) for name in LIMITS}
        options = ["plain" if args.no_markers or args.guarded else "markers"]
        options += [name for name in ("names", "guarded") if getattr(args, name)]
        return recorded(args.command, args.guided, limits, options)
    if args.do == "pack":
        return parcel.pack(FOLDER, os.environ.get("PROCLAB_BOX", "box"))
    return {"probe": probe, "stop": stop, "hold": hold}[args.do]()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
