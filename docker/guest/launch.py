"""Runs a program of the student's and tells its end in words.

run.py is its door. Few imports: each adds to the time until the program's first line. So `_signal`, which is written
in C: `signal` makes enumerations of it, and takes almost as long as the interpreter's own start.

Theory of operation. The program is the only child; terminal and input are its own (inherited, same process
group). The signals of SIGNALS are blocked here and taken one by one with sigwaitinfo(2): what the terminal sends
reaches the program directly (it goes to the whole group; si_code is SI_KERNEL), what another process sends to us is
passed on.

Exit status: the program's, or 128 + N when signal N killed it, as a shell would say.
"""

import _signal as signal
import os
import sys

PASSED_ON = {signal.SIGINT, signal.SIGQUIT, signal.SIGTERM, signal.SIGHUP, signal.SIGUSR1, signal.SIGUSR2,
             signal.SIGCONT, signal.SIGALRM}  # fmt: skip
SIGNALS = PASSED_ON | {signal.SIGCHLD, signal.SIGTSTP, signal.SIGTTIN, signal.SIGTTOU}
SI_KERNEL = 0x80
OOM_COUNTERS = ("/sys/fs/cgroup/memory/memory.oom_control", "/sys/fs/cgroup/memory.events")
MEMORY_LIMITS = ("/sys/fs/cgroup/memory/memory.limit_in_bytes", "/sys/fs/cgroup/memory.max")
WORDS = {
    "en": {
        "exit": "exit code {n}",
        "signal": "killed by {name}",
        "oom": " (out of memory: the container may use {limit})",
        "stopped": "stopped by {name}; no shell here to continue it: continued",
    },
    "ru": {
        "exit": "код завершения {n}",
        "signal": "завершён сигналом {name}",
        "oom": " (кончилась память: контейнеру доступно {limit})",
        "stopped": "остановлен сигналом {name}; оболочки, чтобы продолжить, здесь нет: продолжен",
    },
}


def text_of(path: str) -> str:
    """What a file of the kernel's says; nothing where it is not there."""
    try:
        with open(path, encoding="utf-8") as file:
            return file.read()
    except OSError:
        return ""


def oom_kills() -> int:
    """How often the kernel has killed in this container for want of memory (cgroup v1 or v2)."""
    lines = [line.split() for path in OOM_COUNTERS for line in text_of(path).splitlines()]
    return sum(int(words[1]) for words in lines if len(words) == 2 and words[0] == "oom_kill")


def memory_limit() -> str:
    """The container's memory limit in MiB, as text."""
    numbers = [text_of(path).strip() for path in MEMORY_LIMITS]
    return next((f"{int(number) >> 20} MiB" for number in numbers if number.isdigit()), "?")


def words() -> dict[str, str]:
    """The sentences in the language of the run."""
    return WORDS.get(os.environ.get("PROCLAB_LANG", "en")[:2], WORDS["en"])


def say(word: str, **values: object) -> None:
    """A sentence of ours, on the standard error: the standard output is the program's."""
    print("proclab: " + words()[word].format(**values), file=sys.stderr, flush=True)


def start(argv: list[str]) -> int:
    """The pid of the program.

    fork and exec, not posix_spawn: glibc's leaves two signals (32, 33) ignored, and a program's are to be as a shell's.
    """
    if argv[0].endswith(".py"):
        argv = ["python", *argv]
    pid = os.fork()
    if pid == 0:
        become(argv)
    return pid


def become(argv: list[str]) -> None:
    """In the child: nothing blocked or ignored any more, then exec. Never returns; tells a failure as a shell would."""
    for pythons_own in (signal.SIGPIPE, signal.SIGXFSZ, signal.SIGINT):
        signal.signal(pythons_own, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_SETMASK, ())
    status = 126
    try:
        exec_by_path(argv, dict(os.environ))
    except OSError as error:
        print(f"proclab: {argv[0]}: {error.strerror}", file=sys.stderr, flush=True)
        status = 127 if isinstance(error, FileNotFoundError) else 126
    finally:
        os._exit(status)


def exec_by_path(argv: list[str], environment: dict[str, str]) -> None:
    """execvpe(3): the one of `os` imports `warnings`, which takes longer than the exec. Returns only by OSError."""
    folders = [""] if "/" in argv[0] else environment.get("PATH", os.defpath).split(os.pathsep)
    found: OSError | None = None
    for folder in folders:
        try:
            os.execve(os.path.join(folder, argv[0]), argv, environment)
        except (FileNotFoundError, NotADirectoryError) as error:
            missing = error
        except OSError as error:
            found = found or error
    raise found or missing


def signal_name(number: int) -> str:
    """SIGTERM for 15; real-time signals have no name of their own."""
    from signal import Signals

    try:
        return Signals(number).name
    except ValueError:
        return f"SIGRTMIN+{number - signal.SIGRTMIN}"


def take(pid: int, info: signal.struct_siginfo) -> int | None:
    """Acts on one signal; the program's wait status once it has ended."""
    if info.si_signo == signal.SIGCHLD:
        ended, status = os.waitpid(pid, os.WNOHANG | os.WUNTRACED)
        if not ended:
            return None
        if os.WIFSTOPPED(status):
            if os.WSTOPSIG(status) != signal.SIGSTOP:  # ^Z; a SIGSTOP was meant: someone will send SIGCONT
                say("stopped", name=signal_name(os.WSTOPSIG(status)))
                os.kill(pid, signal.SIGCONT)
            return None
        return status
    if info.si_signo in PASSED_ON and info.si_code != SI_KERNEL:
        os.kill(pid, info.si_signo)
    return None


def wait(pid: int) -> int:
    """The program's wait status (wait(2))."""
    while (status := take(pid, signal.sigwaitinfo(SIGNALS))) is None:
        pass
    return status


def tell(status: int, kills: int) -> int:
    """Tells an end that was not exit code 0 and returns the exit status for our own."""
    code = os.waitstatus_to_exitcode(status)
    if code < 0:
        oom = words()["oom"].format(limit=memory_limit()) if -code == signal.SIGKILL and oom_kills() > kills else ""
        say("signal", name=signal_name(-code) + oom)
        return 128 - code
    if code:
        say("exit", n=code)
    return code


def main(argv: list[str]) -> int:
    """Runs the program of the command line."""
    if not argv:
        print("usage: run.py PROGRAM [ARG…]", file=sys.stderr)
        return 2
    signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
    kills = oom_kills()
    return tell(wait(start(argv)), kills)
