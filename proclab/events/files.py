"""Descriptors, open file descriptions, objects; bytes and connections."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

from proclab.events.header import Call, Event, Fd

What = Literal[
    "file", "dir", "fifo", "pipe", "tty", "device", "socket", "memfd", "epoll", "eventfd", "pidfd", "other", "unknown"
]


@dataclass(frozen=True, kw_only=True)
class Inherit(Event):
    """A descriptor that was there already: at the start of the recording, or met later without a known origin.

    `outside`: somebody who isn't in the recording may hold its object too. Of a socket that is seen in /proc its state
    is known: addresses, whether it listens, the object at the other side once that has been seen too.
    """

    kind: ClassVar[str] = "inherit"
    fd: Fd
    obj: str
    what: What = "unknown"
    path: str = ""
    flags: str = ""
    outside: bool = True
    addr: str = ""
    local: str = ""
    peer: str = ""
    listening: bool = False


@dataclass(frozen=True, kw_only=True)
class Open(Call):
    """A path (or memfd, epoll, eventfd, pidfd…) was opened; `fd` is None when that failed."""

    kind: ClassVar[str] = "open"
    path: str = ""
    flags: str = ""
    fd: Fd | None = None
    obj: str = ""
    what: What = "file"


@dataclass(frozen=True, kw_only=True)
class MakeFifo(Call):
    """A FIFO was made in the file system; nobody has opened it yet."""

    kind: ClassVar[str] = "fifo"
    path: str = ""
    obj: str = ""


@dataclass(frozen=True, kw_only=True)
class Pipe(Call):
    """A pipe was made: one object, two open file descriptions."""

    kind: ClassVar[str] = "pipe"
    obj: str = ""
    read: Fd | None = None
    write: Fd | None = None


@dataclass(frozen=True, kw_only=True)
class Socket(Call):
    """A socket was made, not connected yet."""

    kind: ClassVar[str] = "socket"
    family: str = ""  # "AF_UNIX", "AF_INET" …
    socktype: str = ""  # "SOCK_STREAM", "SOCK_DGRAM" …
    fd: Fd | None = None
    obj: str = ""


@dataclass(frozen=True, kw_only=True)
class SocketPair(Call):
    """Two connected sockets were made: two objects, each the other's peer."""

    kind: ClassVar[str] = "socketpair"
    family: str = ""
    socktype: str = ""
    a: Fd | None = None
    b: Fd | None = None
    obj_a: str = ""
    obj_b: str = ""


@dataclass(frozen=True, kw_only=True)
class Dup(Call):
    """Another descriptor for the same open file description; `closed` is what `to` referred to before."""

    kind: ClassVar[str] = "dup"
    fd: int = -1
    to: Fd | None = None
    obj: str = ""
    closed: str = ""
    last: bool = False  # what was closed had no other descriptor


@dataclass(frozen=True, kw_only=True)
class Close(Call):
    """A descriptor was closed; `last`: it was the last one of its open file description, in any process."""

    kind: ClassVar[str] = "close"
    fd: int = -1
    of: str = ""
    obj: str = ""
    last: bool = False


@dataclass(frozen=True, kw_only=True)
class FdFlags(Call):
    """fcntl(2) or ioctl(2) changed close-on-exec of a descriptor, or O_NONBLOCK of its open file description."""

    kind: ClassVar[str] = "fd_flags"
    fd: int = -1
    of: str = ""
    obj: str = ""
    cloexec: bool | None = None
    nonblock: bool | None = None


@dataclass(frozen=True, kw_only=True)
class Read(Call):
    """Bytes came in by read(2), recv(2) and the like. `n` is None when it failed or never returned."""

    kind: ClassVar[str] = "read"
    fd: int = -1
    of: str = ""
    obj: str = ""
    n: int | None = None
    eof: bool = False
    data: str = ""  # the beginning, at most 64 bytes
    addr: str = ""  # of the sender, of a datagram
    fds: tuple[Fd, ...] = ()  # descriptors received (SCM_RIGHTS)


@dataclass(frozen=True, kw_only=True)
class Write(Call):
    """Bytes went out by write(2), send(2) and the like. `n` is None when it failed or never returned."""

    kind: ClassVar[str] = "write"
    fd: int = -1
    of: str = ""
    obj: str = ""
    n: int | None = None
    data: str = ""
    addr: str = ""
    fds: tuple[int, ...] = ()  # descriptors sent (SCM_RIGHTS)


# --- sockets ---


@dataclass(frozen=True, kw_only=True)
class Bind(Call):
    """A socket got its address ("127.0.0.1:5000", "[::1]:5000", a path, "@abstract")."""

    kind: ClassVar[str] = "bind"
    fd: int = -1
    of: str = ""
    obj: str = ""
    addr: str = ""


@dataclass(frozen=True, kw_only=True)
class Listen(Call):
    """A socket takes connections from now on."""

    kind: ClassVar[str] = "listen"
    fd: int = -1
    of: str = ""
    obj: str = ""
    backlog: int = 0


@dataclass(frozen=True, kw_only=True)
class Connect(Call):
    """A socket was connected, or refused; `peer` is the accepted socket at the other side, where known."""

    kind: ClassVar[str] = "connect"
    fd: int = -1
    of: str = ""
    obj: str = ""
    addr: str = ""
    peer: str = ""
    peer_box: str = ""  # whose object the peer is, if it is another container's
    local: str = ""


@dataclass(frozen=True, kw_only=True)
class Accept(Call):
    """A listening socket gave a connected one; `peer` is the socket at the other side, where known."""

    kind: ClassVar[str] = "accept"
    fd: int = -1
    of: str = ""
    listener: str = ""  # object of `fd`
    new: Fd | None = None
    obj: str = ""  # of the connected socket
    addr: str = ""
    peer: str = ""
    peer_box: str = ""  # whose object the peer is, if it is another container's
    local: str = ""


@dataclass(frozen=True, kw_only=True)
class Shutdown(Call):
    """One or both directions of a connected socket were closed."""

    kind: ClassVar[str] = "shutdown"
    fd: int = -1
    of: str = ""
    obj: str = ""
    how: str = ""
