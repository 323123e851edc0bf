"""Runs a program of the student's and says in words how it ended.

run.py is its door. Few imports: each adds to the time until the program's first line. So `_signal`, which is written
in C: `signal` makes enumerations of it, and takes almost as long as the interpreter's own start.

Theory of operation. The program is the only child; terminal and input are its own (inherited, same process
group). The signals of SIGNALS are blocked here and taken one by one with sigwaitinfo(2): what the terminal sends
reaches the program directly (it goes to the whole group; si_code is SI_KERNEL), what another process sends to us is
passed on.

What the program started may outlive it, as in a shell: we stay until nothing of it runs any more (process 1 would end
the container with us), or until ^C. processes.py finds it.

Exit status: the program's, or 128 + N when signal N killed it, as a shell would say.
"""

import _signal as signal
import os
import sys

import cgroup
import child
import desk
import words

PASSED_ON = {
    signal.SIGINT,
    signal.SIGQUIT,
    signal.SIGTERM,
    signal.SIGHUP,
    signal.SIGUSR1,
    signal.SIGUSR2,
    signal.SIGCONT,
    signal.SIGALRM,
}
SIGNALS = PASSED_ON | {signal.SIGCHLD, signal.SIGTSTP, signal.SIGTTIN, signal.SIGTTOU}
ENDING = (signal.SIGINT, signal.SIGQUIT, signal.SIGTERM, signal.SIGHUP)
SI_KERNEL = 0x80
IUTF8 = 0o40000
PATIENCE_S = 1.0  # so long survivors may go on without a word


def start(argv: list[str]) -> int:
    """The pid of the program."""
    settle_terminal()
    return child.start(["python", *argv] if argv[0].endswith(".py") else argv, dict(os.environ))


def settle_terminal() -> None:
    """Backspace takes a letter, not a byte: a new terminal of the engine's doesn't know that it is in UTF-8."""
    if not os.isatty(0):
        return
    import termios

    try:
        settings = termios.tcgetattr(0)
        settings[0] |= IUTF8
        termios.tcsetattr(0, termios.TCSANOW, settings)
    except termios.error:
        pass


def take(pid: int, info: signal.struct_siginfo) -> int | None:
    """Acts on one signal; the program's wait status once it has ended."""
    if info.si_signo == signal.SIGCHLD:
        ended, status = os.waitpid(pid, os.WNOHANG | os.WUNTRACED)
        if not ended:
            return None
        if os.WIFSTOPPED(status):
            if os.WSTOPSIG(status) != signal.SIGSTOP:  # ^Z; a SIGSTOP was meant: someone will send SIGCONT
                words.say("stopped", name=child.signal_name(os.WSTOPSIG(status)))
                go_on(os.getpgid(pid))
            return None
        return status
    if info.si_signo in PASSED_ON and info.si_code != SI_KERNEL and info.si_pid != os.getpid():
        os.kill(pid, info.si_signo)
    return None


def go_on(group: int) -> None:
    """What `fg` does: the terminal is the group's, and all of the group go on."""
    try:  # noqa: SIM105 (contextlib would take longer to import)
        os.tcsetpgrp(0, group)
    except OSError:  # no terminal
        pass
    os.killpg(group, signal.SIGCONT)


def wait(pid: int) -> int:
    """The program's wait status (wait(2))."""
    while (status := take(pid, signal.sigwaitinfo(SIGNALS))) is None:
        pass
    return status


def tell(status: int, kills: int) -> int:
    """Tells an end that was not exit code 0 and returns the exit status for our own."""
    code = os.waitstatus_to_exitcode(status)
    if code < 0:
        killed = -code == signal.SIGKILL and cgroup.oom_kills() > kills
        why = words.of_the_run().phrase("out_of_memory", limit=cgroup.memory_limit()) if killed else ""
        words.say("killed_by", name=child.signal_name(-code) + why)
        return 128 - code
    if code:
        words.say("exit_code", n=code)
    return code


def outlast() -> None:
    """Waits until nothing runs any more that the program started, or for a signal that ends us."""
    from processes import see_out, survivors

    if os.getppid() != 1 or not survivors():
        return
    try:
        for number in ENDING:
            signal.signal(number, signal.default_int_handler)
        signal.signal(signal.SIGTSTP, lambda number, frame: os.killpg(0, signal.SIGCONT))
        signal.pthread_sigmask(signal.SIG_UNBLOCK, (*ENDING, signal.SIGTSTP))
        if left := see_out(survivors, PATIENCE_S):
            words.say("left", n=len(left))
            see_out(survivors)
    except KeyboardInterrupt:
        pass


def laid_out(argv: list[str]) -> list[str]:
    """The command as typed in the program's own folder, which is laid out on the working directory."""
    argv, known = desk.laid_out(argv)
    for word, names in known.items():
        words.say(word, names=names)
    return argv


def main(argv: list[str]) -> int:
    """Runs the program of the command line."""
    if not argv:
        print("usage: run.py PROGRAM [ARG…]", file=sys.stderr)
        return 2
    signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
    kills = cgroup.oom_kills()
    status = tell(wait(start(laid_out(argv))), kills)
    outlast()
    return status
