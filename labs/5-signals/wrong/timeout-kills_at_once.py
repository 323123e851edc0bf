# fault: KILL comes at once, the command can't clean up | check: timeout.time_is_up | verdict: FAIL
import contextlib
import os
import signal
import sys
import time

PASSED_ON = {signal.SIGTERM, signal.SIGINT, signal.SIGHUP}
GRACE = 0.3  # seconds between TERM and KILL
TIMED_OUT, NOT_EXECUTABLE, NOT_FOUND = 124, 126, 127


def start(argv, mask):
    """Fork the command; its pid is its group's number too."""
    pid = os.fork()
    if pid == 0:
        os.setpgid(0, 0)
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)  # a mask survives exec
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # as does what is ignored, and Python ignores SIGPIPE
        try:
            os.execvp(argv[0], argv)
        except OSError as error:
            os.write(2, f"timeout: {argv[0]}: {error.strerror}\n".encode())
            os._exit(NOT_FOUND if isinstance(error, FileNotFoundError) else NOT_EXECUTABLE)
    with contextlib.suppress(PermissionError):  # the child has done it itself, and is beyond exec
        os.setpgid(pid, pid)
    return pid


def has_ended(pid):
    """Whether the command has ended. It stays a zombie: so its number can't be another group's while we use it."""
    return os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT | os.WNOHANG) is not None


def ends_within(pid, seconds):
    """Wait for the command's end and pass on what signals come meanwhile; False when the time is up."""
    deadline = time.monotonic() + seconds
    while not has_ended(pid):
        got = signal.sigtimedwait(PASSED_ON | {signal.SIGCHLD}, max(0.0, deadline - time.monotonic()))
        if got is None:
            return has_ended(pid)
        if got.si_signo in PASSED_ON:
            os.killpg(pid, got.si_signo)
    return True


def main(seconds, argv):
    """The exit status: the command's own, 128 + n if signal n has killed it, 124 if the time was up."""
    sys.stdout.flush()
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, PASSED_ON | {signal.SIGCHLD})
    pid = start(argv, mask)
    in_time = ends_within(pid, seconds)
    if not in_time:
        os.killpg(pid, signal.SIGKILL)  # whatever the command left behind, too
    _, status = os.waitpid(pid, 0)
    code = os.waitstatus_to_exitcode(status)
    return TIMED_OUT if not in_time else code if code >= 0 else 128 - code


if __name__ == "__main__":
    if len(sys.argv) < 3:
        sys.exit("usage: timeout.py SECONDS COMMAND [ARGUMENT]...")
    sys.exit(main(float(sys.argv[1]), sys.argv[2:]))
