"""The event types: what processes did, one frozen dataclass per kind of event.

Recorder, sampler and marker all speak these, and everything downstream (state, views, checks) reads nothing else.
Every event has the header of `Event`; one that is a system call has that of `Call` too. proclab/eventlog.py turns
events into JSON Lines and back; docs/events.md describes both.

Laws. A list of events is in causal order and `seq` counts it without holes. An event stands where its effect took
place: a read where it returned, a fork where the child came to be. Every string is printable: control characters and
bytes that are no UTF-8 are written as in a Python literal (`\\n`, `\\x80`), and a backslash is doubled.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar, Literal

VERSION = 1
Source = Literal["strace", "proc", "mark"]


@dataclass(frozen=True, order=True)
class Task:
    """A thread, or a process by its main thread. The incarnation tells a reused pid from its former owner."""

    pid: int
    incarnation: int = 1

    def __str__(self) -> str:
        return f"{self.pid}.{self.incarnation}"


@dataclass(frozen=True)
class Line:
    """A line of the student's own source."""

    file: str
    number: int
    text: str = ""

    def __str__(self) -> str:
        return f"{self.file}:{self.number}"


@dataclass(frozen=True)
class Fd:
    """A new entry of a file descriptor table: the number, and the open file description that it refers to."""

    fd: int
    of: str
    cloexec: bool = False


@dataclass(frozen=True, kw_only=True)
class Event:
    """The header of every event."""

    kind: ClassVar[str] = ""

    seq: int = 0  # place in the causal order
    t: int  # when it began: nanoseconds since the epoch, CLOCK_REALTIME
    dur: int | None = 0  # nanoseconds until it was over; None: it never returned
    box: str = ""  # the container; pids, open file descriptions and objects are those of one box
    task: Task  # the thread
    proc: Task  # its process: the main thread; a main thread has task == proc
    exact: bool = True  # False: sampled or inferred, not seen as it happened
    src: Source = "strace"
    cause: tuple[int, ...] = ()  # seq of the events without which this one could not have been
    line: Line | None = None
    own: bool = True  # False: the interpreter's or the loader's doing (imports, start-up), not the program's

    @property
    def end(self) -> int:
        """When it was over, as far as is known."""
        return self.t + (self.dur or 0)


@dataclass(frozen=True, kw_only=True)
class Call(Event):
    """An event that is a system call: which, and how it failed. A failed call has changed nothing."""

    call: str = ""
    error: str = ""  # "EPIPE"; an interrupted call has "EINTR" or "ERESTARTSYS" and the like (then it is re-entered)
    block: int | None = None  # seq of the Block that this event ends


# --- processes and threads -----------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Start(Event):
    """A task whose beginning was not seen: the program that the recorder started, or one that ran already."""

    kind: ClassVar[str] = "start"
    ppid: int | None = None


@dataclass(frozen=True, kw_only=True)
class Fork(Call):
    """A process made a child process. The child's descriptor table is a copy, unless `files`."""

    kind: ClassVar[str] = "fork"
    child: Task | None = None  # None: it failed
    vfork: bool = False  # the parent stands still until the child's exec or end
    vm: bool = False  # memory shared
    files: bool = False  # descriptor table shared
    flags: str = ""


@dataclass(frozen=True, kw_only=True)
class Thread(Call):
    """A thread made a thread of the same process (memory, descriptors and signal handlers are shared)."""

    kind: ClassVar[str] = "thread"
    child: Task | None = None


@dataclass(frozen=True, kw_only=True)
class Exec(Call):
    """A process became another program. From a thread: that thread takes the main thread's identity (`task`)."""

    kind: ClassVar[str] = "exec"
    path: str = ""
    argv: tuple[str, ...] = ()
    failed: tuple[str, ...] = ()  # "path: ENOENT", what a search along PATH tried before
    closed: tuple[int, ...] = ()  # descriptors that close-on-exec closed
    ended: tuple[Task, ...] = ()  # threads that are no more


@dataclass(frozen=True, kw_only=True)
class Exit(Event):
    """A process ended by exit_group(2) or with its last thread; from here on it is a zombie until it is reaped."""

    kind: ClassVar[str] = "exit"
    code: int = 0


@dataclass(frozen=True, kw_only=True)
class Killed(Event):
    """A process was ended by a signal; from here on it is a zombie until it is reaped."""

    kind: ClassVar[str] = "killed"
    sig: str = ""
    core: bool = False


@dataclass(frozen=True, kw_only=True)
class ThreadExit(Event):
    """A thread that is no main thread ended; `called`: by its own exit(2), otherwise its process ended under it."""

    kind: ClassVar[str] = "thread_exit"
    code: int = 0
    called: bool = True


@dataclass(frozen=True, kw_only=True)
class Wait(Call):
    """wait(2) and its kin returned. `child` is None when there was nothing to tell (WNOHANG) or it failed."""

    kind: ClassVar[str] = "wait"
    target: int | None = -1  # as in waitpid(2); None: by another kind of name (pidfd)
    options: str = ""
    child: Task | None = None
    pid: int = 0  # the child's, also when the recording doesn't know it
    how: Literal["exited", "killed", "stopped", "continued", "nothing"] = "nothing"
    code: int | None = None
    sig: str = ""
    reaped: bool = False  # the zombie is gone; not so with WNOWAIT, or when it was only stopped


@dataclass(frozen=True, kw_only=True)
class Orphan(Event):
    """A process lost its parent; `parent` is the new one, None: not known (PID 1 or a subreaper)."""

    kind: ClassVar[str] = "orphan"
    parent: Task | None = None


@dataclass(frozen=True, kw_only=True)
class Stopped(Event):
    """A process was stopped by a signal (it runs on with the delivery of SIGCONT)."""

    kind: ClassVar[str] = "stopped"
    sig: str = ""


# --- descriptors, open file descriptions, objects ------------------------------------------------------------------

What = Literal[
    "file", "dir", "fifo", "pipe", "tty", "device", "socket", "memfd", "epoll", "eventfd", "pidfd", "other", "unknown"
]


@dataclass(frozen=True, kw_only=True)
class Inherit(Event):
    """A descriptor that was there already: at the start of the recording, or met later without a known origin."""

    kind: ClassVar[str] = "inherit"
    fd: Fd
    obj: str
    what: What = "unknown"
    path: str = ""
    flags: str = ""


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


# --- sockets -------------------------------------------------------------------------------------------------------


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
    local: str = ""


@dataclass(frozen=True, kw_only=True)
class Shutdown(Call):
    """One or both directions of a connected socket were closed."""

    kind: ClassVar[str] = "shutdown"
    fd: int = -1
    of: str = ""
    obj: str = ""
    how: str = ""


# --- signals -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class SigSend(Call):
    """A signal was sent; `target` as in kill(2) (0 or negative: groups), `to` where it names one known task."""

    kind: ClassVar[str] = "sig_send"
    sig: str = ""
    target: int = 0
    to: Task | None = None
    thread: bool = False  # to that thread only (tgkill)


@dataclass(frozen=True, kw_only=True)
class SigDeliver(Event):
    """A signal was delivered; `interrupted` is the system call that it broke into."""

    kind: ClassVar[str] = "sig_deliver"
    sig: str = ""
    code: str = ""  # SI_USER, SI_KERNEL, CLD_EXITED …
    sender: int | None = None
    by: Task | None = None
    action: Literal["default", "handler", "ignore"] = "default"
    interrupted: str = ""


@dataclass(frozen=True, kw_only=True)
class SigTake(Call):
    """A pending signal was taken by sigwait(3) and its kin, without a handler."""

    kind: ClassVar[str] = "sig_take"
    sig: str = ""
    sender: int | None = None


@dataclass(frozen=True, kw_only=True)
class SigMask(Call):
    """A thread's signal mask is now `blocked`."""

    kind: ClassVar[str] = "sig_mask"
    blocked: tuple[str, ...] = ()
    inverted: bool = False  # all but these


@dataclass(frozen=True, kw_only=True)
class SigHandler(Call):
    """A process chose what a signal does to it."""

    kind: ClassVar[str] = "sig_handler"
    sig: str = ""
    action: Literal["default", "handler", "ignore"] = "default"


# --- locks, blocking -----------------------------------------------------------------------------------------------

How = Literal["marker", "futex", "flock"]


@dataclass(frozen=True, kw_only=True)
class LockWait(Event):
    """A thread wants a lock (condition, queue, event …) and doesn't have it yet."""

    kind: ClassVar[str] = "lock_wait"
    lock: str = ""
    what: str = "lock"  # lock, rlock, semaphore, condition, event, queue, barrier; thread: a join, `lock` is the tid
    how: How = "marker"


@dataclass(frozen=True, kw_only=True)
class LockGot(Event):
    """A thread has got a lock."""

    kind: ClassVar[str] = "lock_got"
    lock: str = ""
    what: str = "lock"
    how: How = "marker"
    block: int | None = None


@dataclass(frozen=True, kw_only=True)
class LockReleased(Event):
    """A lock was released."""

    kind: ClassVar[str] = "lock_rel"
    lock: str = ""
    what: str = "lock"
    how: How = "marker"


@dataclass(frozen=True, kw_only=True)
class LockFailed(Event):
    """A thread did not get a lock: it did not wait, or not long enough."""

    kind: ClassVar[str] = "lock_fail"
    lock: str = ""
    what: str = "lock"
    how: How = "marker"


@dataclass(frozen=True, kw_only=True)
class LockMade(Event):
    """A lock came to be, free."""

    kind: ClassVar[str] = "lock_new"
    lock: str = ""
    what: str = "lock"
    how: How = "marker"


@dataclass(frozen=True, kw_only=True)
class Block(Event):
    """From here on the thread stands still in `call`; the event whose `block` is this one's seq ends it."""

    kind: ClassVar[str] = "block"
    call: str = ""
    on: Literal["fd", "fds", "task", "futex", "sleep", "signal", "lock", "other"] = "other"
    fds: tuple[int, ...] = ()
    of: str = ""
    obj: str = ""
    target: int | None = None  # of a wait, as in waitpid(2)
    name: str = ""  # of a futex, a lock, a FIFO


@dataclass(frozen=True, kw_only=True)
class Run(Call):
    """A blocked call returned that has no event of its own: a sleep, poll, futex, pause; `ready` descriptors."""

    kind: ClassVar[str] = "run"
    ready: tuple[int, ...] = ()


# --- everything else -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Other(Call):
    """A system call that no other kind tells, as strace wrote it."""

    kind: ClassVar[str] = "other"
    text: str = ""


@dataclass(frozen=True, kw_only=True)
class Note(Event):
    """A word for the reader of the recording."""

    kind: ClassVar[str] = "note"
    text: str = ""


@dataclass(frozen=True, kw_only=True)
class Gap(Event):
    """Something is missing here: `lost` lines (0: nobody knows how many), and why."""

    kind: ClassVar[str] = "gap"
    text: str = ""
    lost: int = 0


def _kinds(base: type[Event]) -> Iterator[type[Event]]:
    for sub in base.__subclasses__():
        if sub.kind:
            yield sub
        yield from _kinds(sub)


KINDS: dict[str, type[Event]] = {cls.kind: cls for cls in _kinds(Event)}
