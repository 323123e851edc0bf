"""The locks of `threading` in the recording: wanted, got, given up; by whom, in which line.

Markers (see lines.py) `K VERB KIND NAME LINE FILE`:

    new     it was made here
    want    it wasn't free, or what is waited for hasn't happened: the thread waits from here on
    got     the thread has it, or what it waited for has happened
    fail    it didn't wait, or not long enough
    free    before it gives the lock up; before Event.set, notify, Queue.put let others go on

KIND: lock rlock semaphore condition event queue barrier thread. NAME: the variable that it was first put into, and a
number: `forks#3`; a thread is named by its tid. Only objects that the student's own code makes, and only what it does
with them: the locks inside the library are the real ones. `want` comes before the wait, `got` after it, `free` before
the release, so no two threads' markers can tell of an order that wasn't.
"""

from __future__ import annotations

import _thread
import sys
from itertools import count

import lines
from callees import local_name

TYPE_CHECKING = False  # as in lines.py
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType, ModuleType
    from typing import Any

RealLock = _thread.allocate_lock
RealRLock = _thread.RLock
numbers = count(1)
files: dict[str, bool] = {}  # path → whether it is the student's
FRAMES = 8


def own(frame: FrameType) -> bool:
    """Whether this is the student's code."""
    path = frame.f_code.co_filename
    if path.startswith("<"):
        return lines.own(path, frame.f_globals)
    if path not in files:
        files[path] = lines.own(path)
    return files[path]


def caller() -> FrameType | None:
    """The student's frame that led here, through the library or not."""
    frame: FrameType | None = sys._getframe(2)
    for _ in range(FRAMES):
        if frame is None or own(frame):
            return frame
        frame = frame.f_back
    return None


def tell(verb: str, kind: str, name: str, frame: FrameType | None) -> None:
    """Makes the marker, as long as there are any."""
    if frame is not None and lines.left > 0:
        lines.left -= 1
        lines.forget()
        text = f"K {verb} {kind} {name} {frame.f_lineno} {lines.file_name(frame.f_code.co_filename)}"
        lines.mark(text.encode(errors="replace"))
        lines.await_return(frame)


def named(kind: str, frame: FrameType) -> str:
    """A name for what is being made in this frame."""
    try:
        name = variable(frame)
    except Exception:  # another Python's bytecode: a plain name, and no harm to the program
        name = ""
    return f"{(name or kind)[:16]}#{next(numbers)}"


def variable(frame: FrameType) -> str:
    """The variable that the running call's result is put into; "" when it goes elsewhere."""
    import opcode

    code, at = frame.f_code, frame.f_lasti
    entries = getattr(opcode, "_inline_cache_entries", {})
    caches = entries if isinstance(entries, dict) else dict(zip(opcode.opname, entries, strict=False))  # 3.12: a list

    def instruction(at: int) -> tuple[str, int, int]:
        """Name, argument, place of the next one."""
        if not 0 <= at < len(code.co_code):
            return "", 0, at
        name, argument = opcode.opname[code.co_code[at]], code.co_code[at + 1]
        return name, argument, at + 2 + 2 * caches.get(name, 0)

    name, argument, at = instruction(instruction(at)[2])
    if name in ("LOAD_FAST", "LOAD_NAME"):  # self.x = Lock(): `self` comes in between
        name, argument, at = instruction(at)
        if name != "STORE_ATTR":
            return ""
    if name in ("STORE_NAME", "STORE_GLOBAL", "STORE_ATTR"):
        return code.co_names[argument]
    return local_name(code, argument) if name in ("STORE_FAST", "STORE_DEREF") else ""


class Lock:
    """A `threading.Lock` that makes markers. What the library makes for itself is a real one."""

    __slots__ = ("__weakref__", "_lock", "_name")
    kind = "lock"

    def __new__(cls) -> Any:
        frame = sys._getframe(1)
        if not own(frame):
            return RealLock()
        made = object.__new__(cls)
        made._lock = RealLock()
        made._name = named(cls.kind, frame)
        tell("new", cls.kind, made._name, frame)
        return made

    def acquire(self, blocking: bool = True, timeout: float = -1) -> bool:
        return acquire(self, self._lock.acquire, blocking, timeout)

    def release(self) -> None:
        if self._lock.locked():
            tell("free", self.kind, self._name, caller())
        self._lock.release()

    def locked(self) -> bool:
        return self._lock.locked()

    def __enter__(self) -> bool:
        return acquire(self, self._lock.acquire, True, -1)

    def __exit__(self, *error: object) -> None:
        tell("free", self.kind, self._name, caller())
        self._lock.release()

    def _at_fork_reinit(self) -> None:
        self._lock._at_fork_reinit()

    def _is_owned(self) -> bool:  # Condition would try to acquire it
        return self._lock.locked()

    def __repr__(self) -> str:
        return repr(self._lock)


class RLock(RealRLock):
    """A `threading.RLock` that makes markers of the first acquire and the last release."""

    kind = "rlock"
    _name = "rlock"

    def acquire(self, blocking: bool = True, timeout: float = -1) -> bool:
        if self._is_owned():
            return super().acquire(blocking, timeout)
        return acquire(self, super().acquire, blocking, timeout)

    def release(self) -> None:
        self.__exit__()

    def __enter__(self) -> bool:
        return super().acquire() if self._is_owned() else acquire(self, super().acquire, True, -1)

    def __exit__(self, *error: object) -> None:
        if self._is_owned() and self._recursion_count() == 1:
            tell("free", self.kind, self._name, caller())
        super().release()

    def _release_save(self) -> object:  # Condition.wait gives up all levels at once
        tell("free", self.kind, self._name, caller())
        return super()._release_save()

    def _acquire_restore(self, state: Any) -> None:
        frame = caller()
        tell("want", self.kind, self._name, frame)
        super()._acquire_restore(state)
        tell("got", self.kind, self._name, frame)


def acquire(lock: Any, real: Callable[..., bool], blocking: bool, timeout: float) -> bool:
    """Acquires by the real method: at once if it can, else `want` first."""
    frame = caller()
    if not blocking:
        got = real(blocking, timeout)
    elif not (got := real(False)):
        tell("want", lock.kind, lock._name, frame)
        try:
            got = real(True, timeout)
        except BaseException:  # ^C
            tell("fail", lock.kind, lock._name, frame)
            raise
    tell("got" if got else "fail", lock.kind, lock._name, frame)
    return got


def make_rlock(*args: Any) -> Any:
    """The factory threading.RLock; the one in a Condition of the student's makes markers too."""
    frame = sys._getframe(1)
    if frame.f_code in conditions:
        outside = frame.f_back
        frame = outside.f_back if outside and outside.f_code in inits else outside  # type: ignore[assignment]
    if frame is None or not own(frame):
        return RealRLock(*args)
    made = RLock()
    made._name = named("rlock", frame)
    tell("new", "rlock", made._name, frame)
    return made


conditions: list[Any] = []  # the code of Condition.__init__
inits: list[Any] = []  # the code of our own __init__ around others'


# ---------------------------------------------------------------- classes of the library, patched in place


def name_of(thing: Any) -> str:
    """The name under which markers tell of an object."""
    return getattr(thing, "_proclab_name", "")


def tell_of(cls: type, kind: str, waits: dict[str, Callable[[Any], bool]], frees: tuple[str, ...]) -> None:
    """Makes a class tell: `waits` by their methods, each with a test whether it must wait; `frees` by theirs."""
    cls.__init__ = _telling_init(cls.__init__, kind)  # type: ignore[misc]
    for method, must_wait in waits.items():
        setattr(cls, method, _telling_wait(getattr(cls, method), kind, must_wait))
    for method in frees:
        setattr(cls, method, _telling_free(getattr(cls, method), kind))


def _telling_init(real: Callable[..., None], kind: str) -> Callable[..., None]:
    def __init__(self: Any, *args: Any, **options: Any) -> None:
        frame = sys._getframe(1)
        if own(frame):
            self._proclab_name = named(kind, frame)
            tell("new", kind, self._proclab_name, frame)
        real(self, *args, **options)

    inits.append(__init__.__code__)
    return _as(real, __init__)


def _telling_wait(real: Callable[..., Any], kind: str, must_wait: Callable[[Any], bool]) -> Callable[..., Any]:
    def wait(self: Any, *args: Any, **options: Any) -> Any:
        frame, name = sys._getframe(1), name_of(self)
        if not name or not own(frame):
            return real(self, *args, **options)
        if must_wait(self):
            tell("want", kind, name, frame)
        try:
            result = real(self, *args, **options)
        except BaseException:  # ^C, queue.Empty, BrokenBarrierError
            tell("fail", kind, name, frame)
            raise
        tell("fail" if result is False else "got", kind, name, frame)
        return result

    return _as(real, wait)


def _telling_free(real: Callable[..., Any], kind: str) -> Callable[..., Any]:
    def free(self: Any, *args: Any, **options: Any) -> Any:
        frame, name = sys._getframe(1), name_of(self)
        if name and own(frame):
            tell("free", kind, name, frame)
        return real(self, *args, **options)

    return _as(real, free)


def _telling_join(real: Callable[..., None]) -> Callable[..., None]:
    def join(self: Any, timeout: float | None = None) -> None:
        frame = sys._getframe(1)
        if not own(frame) or not self.is_alive():
            return real(self, timeout)
        tell("want", "thread", str(self.native_id), frame)
        try:
            real(self, timeout)
        finally:
            tell("fail" if self.is_alive() else "got", "thread", str(self.native_id), frame)

    return _as(real, join)


def _as(real: Any, ours: Any) -> Any:
    """Ours under the real one's name."""
    ours.__name__, ours.__qualname__, ours.__doc__ = real.__name__, real.__qualname__, real.__doc__
    return ours


def patch_threading(threading: ModuleType) -> None:
    conditions.append(threading.Condition.__init__.__code__)
    threading.Lock, threading.RLock = Lock, make_rlock  # type: ignore[attr-defined]
    taken = {"acquire": lambda s: s._value == 0, "__enter__": lambda s: s._value == 0}
    tell_of(threading.Semaphore, "semaphore", taken, ("release", "__exit__"))
    bounded = threading.BoundedSemaphore
    bounded.release = _telling_free(bounded.release, "semaphore")
    waits = dict.fromkeys(("wait", "wait_for"), lambda condition: True)
    tell_of(threading.Condition, "condition", waits, ("notify", "notify_all"))
    tell_of(threading.Event, "event", {"wait": lambda e: not e.is_set()}, ("set",))
    tell_of(threading.Barrier, "barrier", {"wait": lambda b: b.n_waiting < b.parties - 1}, ("abort",))
    threading.Thread.join = _telling_join(threading.Thread.join)  # type: ignore[method-assign]


def patch_queue(queue: ModuleType) -> None:
    waits = {"get": lambda q: not q._qsize(), "join": lambda q: bool(q.unfinished_tasks)}
    tell_of(queue.Queue, "queue", waits, ("put", "task_done"))


def patch_executor(thread: ModuleType) -> None:
    """What an executor's thread is given to do is done for the line that gave it."""
    item = thread._WorkItem
    made, run = item.__init__, item.run

    def __init__(self: Any, *args: Any, **options: Any) -> None:
        made(self, *args, **options)
        self._proclab_line = getattr(lines.here, "last", None)

    def run_there(self: Any, *args: Any, **options: Any) -> None:
        if self._proclab_line is not None:
            lines.announce(self._proclab_line)
        run(self, *args, **options)

    item.__init__, item.run = _as(made, __init__), _as(run, run_there)


PATCHES = {"threading": patch_threading, "queue": patch_queue, "concurrent.futures.thread": patch_executor}


def imported(name: str) -> None:
    """A module has just been imported."""
    if name in PATCHES and name in sys.modules:
        PATCHES.pop(name)(sys.modules[name])


def begin() -> None:
    """From here on locks tell."""
    _thread.allocate_lock = _thread.allocate = Lock  # type: ignore[assignment,misc]
    lines.imported = imported
    for name in list(PATCHES):
        imported(name)
