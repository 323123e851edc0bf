"""Processes and threads: made, changed, ended, waited for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

from proclab.events.header import Call, Event, Task


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
    code: int | None = 0  # None: ended between two looks, nobody knows how


@dataclass(frozen=True, kw_only=True)
class Killed(Event):
    """A process was ended by a signal; from here on it is a zombie until it is reaped."""

    kind: ClassVar[str] = "killed"
    sig: str = ""
    core: bool = False
    felled: bool = False  # by the recorder, when it ended the recording or cleared a scene: not by the program


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
