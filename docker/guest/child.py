"""How a program is started: by launch.py and stage.py as a child, by starter.py and tracer.py in their own ways.

Many starts wait for this import, so few modules come with it.
"""

import _signal as signal
import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

IGNORED = (signal.SIGPIPE, signal.SIGXFSZ)  # by Python; what is handled has its default again after exec
# What asks for an end. Blocked over the fork: a handler of ours would run in the child, already in the hooks that the
# interpreter has after it, and raise where nobody catches it. One that came ends the child when it has its default.
ASKED = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT)
SIZE = (24, 80)  # of a terminal: rows, columns


def start(argv: list[str], environment: dict[str, str], prepare: "Callable[[], object]" = lambda: None) -> int:
    """The pid of a child that prepares and is the program then, or says why not on its standard error, as a shell does.

    fork and exec, not posix_spawn: glibc's leaves two signals (32, 33) ignored, and a program's are to be as a shell's.
    """
    held = signal.pthread_sigmask(signal.SIG_BLOCK, ASKED)
    pid = -1
    try:
        pid = os.fork()
    finally:
        if pid:  # here, also where no process could be made
            signal.pthread_sigmask(signal.SIG_SETMASK, held)
    if pid:
        return pid
    status = 126
    try:
        prepare()
        heed_signals()
        for number in ASKED:
            if number == signal.SIGINT or callable(signal.getsignal(number)):
                signal.signal(number, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_SETMASK, ())
        exec_by_path(argv, environment)
    except OSError as error:
        os.write(2, f"proclab: {argv[0]}: {error.strerror}\n".encode(errors="surrogateescape"))
        status = 127 if isinstance(error, FileNotFoundError) else 126
    finally:
        os._exit(status)


def heed_signals() -> None:
    """In the child: nothing is ignored any more that a shell wouldn't ignore."""
    for number in IGNORED:
        signal.signal(number, signal.SIG_DFL)


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
    """SIGTERM for 15, SIGRTMIN+6 for 40; 32 and 33 are the C library's own, below its SIGRTMIN: signal(7)."""
    from signal import Signals

    try:
        return Signals(number).name
    except ValueError:
        behind = number - signal.SIGRTMIN
        return f"SIGRTMIN+{behind}" if behind > 0 else f"SIG{number}"
