"""Signals sent, delivered, masked, taken, ignored; a call interrupted; children killed, stopped, continued."""

import contextlib
import os
import signal


def child(work):
    """Fork a child that does `work`."""
    pid = os.fork()
    if pid == 0:
        work()
        os._exit(0)
    return pid


def pause():
    """Let the parent come to its read; if it doesn't, this recording isn't kept."""
    signal.sigtimedwait([], 0.05)


signal.signal(signal.SIGUSR1, lambda *_: None)
signal.signal(signal.SIGUSR2, signal.SIG_IGN)
signal.signal(signal.SIGHUP, lambda *_: None)
os.kill(os.getpid(), signal.SIGUSR1)
os.kill(os.getpid(), signal.SIGUSR2)
r, w = os.pipe()
me = os.getpid()


def disturb():
    """Interrupt the parent's read, then let it have its byte."""
    pause()
    os.kill(me, signal.SIGUSR1)
    pause()
    os.write(w, b"x")


helper = child(disturb)
print(os.read(r, 1), flush=True)  # interrupted once, then goes on
os.waitpid(helper, 0)
signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGHUP, signal.SIGTERM])
for _ in range(3):
    os.kill(me, signal.SIGHUP)  # coalesced
os.kill(me, signal.SIGTERM)
print(signal.sigwaitinfo([signal.SIGTERM]).si_signo, flush=True)
signal.pthread_sigmask(signal.SIG_SETMASK, [])
for sig in (signal.SIGKILL, signal.SIGTERM, signal.SIGSEGV):
    victim = child(signal.pause)
    os.kill(victim, sig)
    print(os.waitpid(victim, 0)[1], flush=True)
victim = child(signal.pause)
os.kill(victim, signal.SIGSTOP)
print(os.WIFSTOPPED(os.waitpid(victim, os.WUNTRACED)[1]), flush=True)
os.kill(victim, signal.SIGCONT)
print(os.WIFCONTINUED(os.waitpid(victim, os.WCONTINUED)[1]), flush=True)
os.kill(victim, signal.SIGKILL)
os.waitid(os.P_PID, victim, os.WEXITED | os.WNOWAIT)
ended = os.waitid(os.P_ALL, 0, os.WEXITED)
print(ended and ended.si_status, os.getpgrp() > 0, flush=True)
with contextlib.suppress(ChildProcessError):
    os.waitpid(-1, os.WNOHANG)
signal.setitimer(signal.ITIMER_REAL, 0.05)
signal.signal(signal.SIGALRM, lambda *_: None)
signal.pause()
a, b = os.pipe()
os.close(a)
with contextlib.suppress(BrokenPipeError):
    os.write(b, b"nobody")
