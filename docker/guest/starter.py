"""A child of the agent's that waits to become a program: forked, confined and with the program's uid ahead of time.

The child makes the program's pipes itself, for a pipe belongs to its maker: only they may open it by name (/dev/stdin),
and the kernel counts it as theirs. It sends the agent's ends over (unix(7), SCM_RIGHTS). A terminal is made by the
agent, in the program's name (User.terminals): a program can make none.

    agent ── the order, one line of JSON ───────► child      which then sets the limits and is the program by exec(2)
             with both ends of a terminal
          ◄── "." with the agent's ends ──────────
          ◄── "start ERRNO" | "confine ERRNO" ────           or nothing: exec closes the channel

The first child of a run is made before the run begins, when nothing of its uid lives that could lay a hand on it.
"""

import _socket  # what `socket` wraps in 5 ms of imports
import errno
import fcntl
import json
import os
import resource
import signal
import struct
import termios
from collections.abc import Callable

import child
import confine
import proc
from user import User

READY = b"."
TICK = 0.5  # seconds between looks at whether another program has stopped the child
PIECE = 64 * 1024
ROOM = _socket.CMSG_SPACE(12)  # for three descriptors


class Starter:
    """A child that waits for its program."""

    def __init__(self, user: User) -> None:
        if user.apart:
            confine.tools()  # made once, here, and not by every child
        ours, theirs = _socket.socketpair(_socket.AF_UNIX, _socket.SOCK_STREAM)
        self.pid = os.fork()
        if self.pid == 0:
            ours.close()
            _child(theirs, user)
        theirs.close()
        self.channel = ours
        self.user = user

    def start(self, order: dict, cwd: str) -> list[int]:
        """Let the child be the program; the agent's ends of its streams. OSError if it can't be started."""
        said, fds, terminal = b"", [], []
        try:
            terminal += self._terminal() if order.get("tty") else []
            self._send(json.dumps({**order, "cwd": cwd}).encode() + b"\n", terminal)
            said, messages, *_ = self._wait(self.channel.recvmsg, PIECE, ROOM, _socket.MSG_CMSG_CLOEXEC)
            fds = _received(messages)
            while piece := self._wait(self.channel.recv, PIECE):
                said += piece
        except OSError:  # the child was stopped or killed before it was a program; or the machine has no terminal left
            os.kill(self.pid, signal.SIGKILL)
            said = b"start %d" % errno.EAGAIN
        finally:
            self.channel.close()
            for fd in terminal:
                os.close(fd)
        try:
            self._check(said.removeprefix(READY).decode() or ("" if fds else f"start {errno.EAGAIN}"))
        except BaseException:
            for fd in fds:
                os.close(fd)
            raise
        return fds

    def _terminal(self) -> list[int]:
        with self.user.terminals():
            return list(os.openpty())

    def _send(self, data: bytes, fds: list[int]) -> None:
        """The descriptors go with the first piece."""
        self.channel.settimeout(TICK)
        rights = [_rights(fds)] if fds else []
        data = data[self._wait(self.channel.sendmsg, [data], rights) :]
        while data:
            data = data[self._wait(self.channel.send, data) :]

    def _wait(self, act: Callable, *arguments: object):
        """Acts, for as long as that takes: the host has the clock. A child that a program has stopped is given up."""
        while True:
            try:
                return act(*arguments)
            except TimeoutError:
                if proc.stat(self.pid).state in "Tt":
                    raise

    def _check(self, said: str) -> None:
        """Raise what the child said that is wrong."""
        step, _, number = said.partition(" ")
        if step == "confine":  # no program's doing, and none may run
            raise SystemExit(f"agent: a program could not be confined: {os.strerror(int(number))}")
        if step:
            os.waitpid(self.pid, 0)
            raise OSError(int(number), os.strerror(int(number)))


def _rights(fds: list[int]) -> tuple[int, int, bytes]:
    return _socket.SOL_SOCKET, _socket.SCM_RIGHTS, struct.pack(f"{len(fds)}i", *fds)


def _received(messages: list[tuple[int, int, bytes]]) -> list[int]:
    ends = b"".join(data for _, _, data in messages)
    return list(struct.unpack(f"{len(ends) // 4}i", ends))


def _child(channel: _socket.socket, user: User) -> None:
    """Never returns."""
    step = "confine"
    try:
        _give_up(user)
        step = "start"
        order, terminal = _order(channel)
        theirs = _streams(channel, terminal)
        _enter(order, theirs)
    except OSError as error:
        channel.sendall(f"{step} {error.errno or errno.ENOEXEC}".encode())
    except ValueError:  # a zero byte in an argument, a limit above the container's: Python asks no kernel then
        channel.sendall(f"{step} {errno.EINVAL}".encode())
    finally:
        os._exit(127)


def _give_up(user: User) -> None:
    """A session of its own, and nothing of root's from here on."""
    os.setsid()
    if user.apart:
        _volunteer()
        confine.become(user.uid)
    child.heed_signals()


def _volunteer() -> None:
    """When memory runs out the kernel takes the program, not the agent.

    A program may take that back (only CAP_SYS_RESOURCE could forbid it, which an engine inside a container often hasn't
    got): then its own end and the agent's are one, and the host reports it as memory that ran out.
    """
    adjustment = os.open("/proc/self/oom_score_adj", os.O_WRONLY | os.O_CLOEXEC)
    os.write(adjustment, b"1000")
    os.close(adjustment)


def _order(channel: _socket.socket) -> tuple[dict, list[int]]:
    """The order, and both ends of the terminal if it is to have one."""
    data, fds = bytearray(), []
    while not data.endswith(b"\n"):
        piece, messages, *_ = channel.recvmsg(PIECE, ROOM, _socket.MSG_CMSG_CLOEXEC)
        if not piece:
            os._exit(0)  # the agent has gone
        data += piece
        fds += _received(messages)
    found: dict = json.loads(data)
    return found, fds


def _streams(channel: _socket.socket, terminal: list[int]) -> list[int]:
    """Makes the program's streams and sends the agent's ends over; the other ends, as stdin, stdout, stderr."""
    ours, theirs = _screen(*terminal) if terminal else pipes()
    channel.sendmsg([READY], [_rights(ours)])
    for fd in ours:
        os.close(fd)
    return theirs


def pipes() -> tuple[list[int], list[int]]:
    """Three pipes as standard streams: the agent's ends and the program's."""
    (in_r, in_w), (out_r, out_w), (err_r, err_w) = os.pipe(), os.pipe(), os.pipe()
    return [in_w, out_r, err_r], [in_r, out_w, err_w]


def _screen(ours: int, theirs: int) -> tuple[list[int], list[int]]:
    """A pseudo-terminal of 80 columns: stdout and stderr are one stream, as on a screen."""
    termios.tcsetwinsize(theirs, child.SIZE)
    fcntl.ioctl(theirs, termios.TIOCSCTTY, 0)
    return [ours], [theirs, theirs, theirs]


def _enter(order: dict, fds: list[int]) -> None:
    """The run's folder, the streams, the limits; then the program."""
    for number, fd in enumerate(fds):
        os.dup2(fd, number)
    os.chdir(order["cwd"])
    for name, limit in order.get("rlimits", {}).items():
        soft = min(limit, 2**62)
        # CPU: SIGXCPU at the soft limit, which no plain SIGKILL looks like; SIGKILL a second later.
        hard = soft + 1 if name == "cpu" else soft
        resource.setrlimit(getattr(resource, f"RLIMIT_{name.upper()}"), (soft, hard))
    try:
        child.exec_by_path(order["argv"], {**environment(), **order.get("env", {})})
    except NotADirectoryError as error:  # the path leads through a file: there is no such program
        raise FileNotFoundError(errno.ENOENT, order["argv"][0]) from error


def environment() -> dict[str, str]:
    """The container's. The uid has no name in /etc/passwd, and most programs that want one look here first."""
    own = {name: value for name, value in os.environ.items() if name != "PROCLAB_UID"}
    return {**own, "HOME": "/home/student", "USER": "student", "LOGNAME": "student"}
