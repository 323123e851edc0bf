"""Source lines in the recording: before a call of the student's that may enter the kernel, a marker names its line.

A marker is a write(2) to descriptor -1. It fails at once, changes nothing, and is in the thread's log right before
the calls that it explains:

    L 19 os.read sysprog_apipe.py      this thread's calls belong to line 19 from here on, until the next marker
    I socket … i                       between them: an import; then the former line holds again
    K got lock forks#3 21 phil.py      a lock, condition, queue …: see locks.py
    N                                  no line: the program's code was left, whoever had called it goes on
    X                                  too many lines; there are no more markers in this process
    E                                  the program is over; the interpreter cleans up

Made with sys.monitoring (PEP 669): CALL events in the student's own code objects only, and switched off for good at
every place whose callee can't enter the kernel (callees.py). `with`, `for`, `del` may, without a call: they have LINE
events; so may the operators and properties of the library's objects, whose functions begin (PY_START).
Code that a call of the student's has called back (a signal's handler, a key function) sets other lines while that call
is under way: when it returns, the call's own line is announced again.
A marker comes from the program's own process: it explains, and proves nothing.
"""

from __future__ import annotations

import _ctypes
import _frozen_importlib
import _thread
import atexit
import os
import sys

from callees import enters_kernel, line_takes_a_file, name_of, operates, own, takes_a_file

TYPE_CHECKING = False  # this is loaded by every program: no import that isn't needed
if TYPE_CHECKING:
    from types import CodeType, FrameType

monitoring = sys.monitoring
DISABLE = monitoring.DISABLE
EVENTS = monitoring.events
TOOL = 4  # one that no kind of tool claims
FOLDER = os.path.dirname(__file__)
ROOTS = ("/work/", "/lab/run/", "/lab/demos/")  # left out of file names
MARKERS = 5_000  # in one process; then it goes on without: a loop of calls runs at full speed again
PASSES = 200  # of one `for` line
LOOKS = 20  # at a place whose callees were all pure: another kind of object may come there yet
RETURNS = 5_000  # from a place, after none of which a call's line had to be announced again
UNWINDS = 20_000  # exceptions that leave a function, the library's too; then they are not looked at any more
DEPTH = 30  # frames of the student's that a marker is made under
INPLACE_ADD = 13  # BINARY_OP's argument for +=
NONE = b"N"
ASYNC = 0x80 | 0x100 | 0x200  # code flags: coroutine, awaitable or asynchronous generator
NAME_BYTES = 36  # strace shows 64 bytes of a marker


class _Write(_ctypes.CFuncPtr):
    """write(2) with the interpreter lock held: a marker must not be an occasion to switch threads."""

    _flags_ = _ctypes.FUNCFLAG_CDECL | _ctypes.FUNCFLAG_PYTHONAPI
    _restype_ = None


write = _Write(_ctypes.dlsym(_ctypes.dlopen(None, os.RTLD_NOW), "write"))
here = _thread._local()  # .last: the marker that holds in this thread; .depth: imports within imports
sites: dict[tuple[int, int], bytes] = {}  # code and offset (or line, negative) → its marker
passes: dict[tuple[int, int], int] = {}
lasting: dict[tuple[int, int], bool] = {}  # loops: over a file
watched: dict[int, int] = {}  # the student's code objects, by id: which events
kept: list[CodeType] = []  # so that no id is used again
left = MARKERS
unwinds = UNWINDS


def mark(data: bytes) -> None:
    """Makes the marker system call."""
    write(-1, data, len(data))


def file_name(path: str) -> str:
    """A file as markers name it: short, and without what would end or escape strace's string."""
    for root in ROOTS:
        path = path.removeprefix(root)
    return "".join(c if c.isprintable() and c not in '"\\' else "?" for c in path)[-NAME_BYTES:]


# ---------------------------------------------------------------- events


def begun(code: CodeType, offset: int) -> object:
    """PY_START, once for each code object: the student's own are watched from now on.

    Called again and again for what an operator or a property of the library's calls, which belongs to the line with it.
    """
    frame = sys._getframe(1)
    if not own(code.co_filename, frame.f_globals):
        try:
            return _operated(code, frame)
        except Exception:  # as in called()
            return DISABLE
    if id(code) not in watched:
        kept.append(code)
        events = EVENTS.CALL | (EVENTS.LINE if _silent_lines(code) else 0)
        watched[id(code)] = events | (EVENTS.PY_RESUME if code.co_flags & ASYNC else 0)
        monitoring.set_local_events(TOOL, code, watched[id(code)])
    return DISABLE


def _operated(code: CodeType, frame: FrameType) -> object:
    site = (id(code), -1)
    if site not in lasting:
        lasting[site] = operates(code, frame)
        kept.append(code)
    caller = frame.f_back
    if lasting[site] and caller is not None and id(caller.f_code) in watched:
        at = (id(caller.f_code), caller.f_lasti)
        if at not in sites:
            sites[at] = _marker(caller.f_lineno, code.co_name, caller.f_code)
        announce(sites[at])
    return None if lasting[site] and left > 0 else DISABLE


def called(code: CodeType, offset: int, function: object, first: object) -> object:
    """CALL, before the call."""
    site = (id(code), offset)
    data = sites.get(site)
    if data is None:
        try:
            if not enters_kernel(function, first, sys._getframe(1), offset):
                return _too_often(site, LOOKS)
            data = _marker(_line(code, offset), name_of(function), code)
        except Exception:  # the student's objects may answer with anything; an explanation must not break the program
            return DISABLE
        sites[site] = data
    return announce(data)


def _too_often(site: tuple[int, int], most: int) -> object:
    count = passes[site] = passes.get(site, 0) + 1
    return DISABLE if count >= most else None


def reached(code: CodeType, line: int) -> object:
    """LINE: of the lines that may enter the kernel without a call."""
    word, at = _silent_lines(code).get(line, ("", 0))
    site = (id(code), -line)
    if word == "iter":
        try:
            if not line_takes_a_file(sys._getframe(1), at):
                return _too_often(site, LOOKS)
        except Exception:  # as in called()
            return DISABLE
    elif not word or (word != "with" and _too_often(site, PASSES) and _over(code, at, site)):
        return DISABLE
    if site not in sites:
        sites[site] = _marker(line, word, code)
    return announce(sites[site])


def _over(code: CodeType, at: int, site: tuple[int, int]) -> bool:
    """After so many passes: no, as long as a loop goes over a file."""
    if site not in lasting:
        try:
            lasting[site] = takes_a_file(sys._getframe(2), at, lambda call: (id(code), call) in sites)
        except Exception:  # as in called()
            lasting[site] = False
    return not lasting[site]


def resumed(code: CodeType, offset: int) -> object:
    """PY_RESUME: what a coroutine waits for goes on, by calls of the library's."""
    site = (id(code), offset)
    if site not in sites:
        sites[site] = _marker(_line(code, offset), "await", code)
    return announce(sites[site])


def returned(code: CodeType, offset: int, value: object) -> object:
    """PY_RETURN of code under which a marker was made."""
    if left > 0 and (_restored(sys._getframe(1)) or not _too_often((id(code), offset), RETURNS)):
        return None
    return DISABLE


def unwound(code: CodeType, offset: int, error: BaseException) -> None:
    """PY_UNWIND, of any code: this event can't be had for the student's code alone."""
    global unwinds
    unwinds -= 1
    if not unwinds or left < 0:
        monitoring.set_events(TOOL, EVENTS.PY_START)
    if id(code) in watched:
        _restored(sys._getframe(1))


def _restored(frame: FrameType) -> bool:
    """Whether the call that a frame was called back from has a line, which is announced again."""
    caller = frame.f_back
    while caller is not None and id(caller.f_code) not in watched:
        caller = caller.f_back
    data = NONE if caller is None else sites.get((id(caller.f_code), caller.f_lasti))
    if data is not None:
        announce(data)
    return data is not None


def announce(data: bytes) -> object:
    """The marker, unless it holds in this thread already."""
    global left
    try:
        if here.last is data:
            return None
    except AttributeError:
        pass
    here.last = data
    left -= 1
    if left < 0:
        if left == -1:
            mark(b"X")
        return DISABLE
    mark(data)
    await_return(sys._getframe(2))
    return None


def await_return(frame: FrameType | None) -> None:
    """The student's code that runs now is watched to its end: the line that held before it may have to hold again."""
    for _ in range(DEPTH):
        if frame is None:
            return
        events = watched.get(id(frame.f_code))
        if events and not events & EVENTS.PY_RETURN:
            watched[id(frame.f_code)] = events | EVENTS.PY_RETURN
            monitoring.set_local_events(TOOL, frame.f_code, events | EVENTS.PY_RETURN)
        frame = frame.f_back


def forget() -> None:
    """The next marker is made in any case: something else stood in this thread's log since the last one."""
    here.last = None


def _marker(line: int, word: str, code: CodeType) -> bytes:
    return f"L {line} {word} {file_name(code.co_filename)}".encode(errors="replace")


def _line(code: CodeType, offset: int) -> int:
    for start, end, line in code.co_lines():
        if start <= offset < end and line:
            return line
    return code.co_firstlineno


silent: dict[int, dict[int, tuple[str, int]]] = {}


def _silent_lines(code: CodeType) -> dict[int, tuple[str, int]]:
    """Line → word and where it takes what, for `with` (its enter is no CALL event before 3.14), `for` and `del`;
    "iter" for what takes all of an iterable without a call ([*file], a, b = file, x in file).

    Not for `for … in range(…)`: it never reads, and LINE events would be felt in a tight loop.
    """
    if id(code) not in silent:
        silent[id(code)] = found = {}
        counting: set[int] = set()
        for start, end, line in code.co_lines():
            for at in range(start, end, 2) if line else ():
                word = _silent_word(code, at)
                if word == "range":
                    counting.add(line)
                elif word and not (word == "for" and line in counting) and found.get(line, ("iter",))[0] == "iter":
                    found[line] = (word, at)
    return silent[id(code)]


def _silent_word(code: CodeType, at: int) -> str:
    """What an instruction means here: "with", "for", "del", "iter", "range" (its name is loaded), or nothing."""
    argument = code.co_code[at + 1]
    word = _silent_words().get(code.co_code[at], "")
    if word in ("LOAD_GLOBAL", "LOAD_NAME"):
        index = argument >> 1 if word == "LOAD_GLOBAL" else argument  # its lowest bit is a flag
        return "range" if code.co_names[index : index + 1] == ("range",) else ""
    if word == "del" and at > 2 and opcodes.get(code.co_code[at - 2]) == "STORE" and code.co_code[at - 1] == argument:
        return ""  # at the end of `except … as`
    if word == "+=":
        return "iter" if argument == INPLACE_ADD else ""
    return "" if word == "STORE" else word


opcodes: dict[int, str] = {}


def _silent_words() -> dict[int, str]:
    if not opcodes:
        import opcode

        names = {"BEFORE_WITH": "with", "BEFORE_ASYNC_WITH": "with", "GET_ITER": "for", "FOR_ITER": "for"}
        names |= {"LOAD_GLOBAL": "LOAD_GLOBAL", "LOAD_NAME": "LOAD_NAME"}
        iterating = "LIST_EXTEND SET_UPDATE UNPACK_SEQUENCE UNPACK_EX CONTAINS_OP CALL_FUNCTION_EX GET_YIELD_FROM_ITER"
        names |= dict.fromkeys(iterating.split(), "iter") | {"BINARY_OP": "+="}
        kinds = ("FAST", "NAME", "GLOBAL", "DEREF", "SUBSCR", "ATTR")
        names |= {f"DELETE_{kind}": "del" for kind in kinds} | {f"STORE_{kind}": "STORE" for kind in kinds}
        opcodes.update({opcode.opmap[name]: word for name, word in names.items() if name in opcode.opmap})
    return opcodes


# ---------------------------------------------------------------- imports

# Traceback lines with this file name are left out by the interpreter: an ImportError looks as it always does.
WRAPPER = """
def _find_and_load(name, import_):
    begin(name)
    try:
        return find(name, import_)
    finally:
        end(name)
"""


def _import_begins(name: str) -> None:
    depth = getattr(here, "depth", 0)
    here.depth = depth + 1
    if not depth:
        mark(b"I " + file_name(name).encode(errors="replace"))


def _import_ends(name: str) -> None:
    here.depth -= 1
    if not here.depth:
        mark(b"i")
    imported(name)


imported = lambda name: None  # noqa: E731  (locks.py puts its own here)


def _watch_imports() -> None:
    space = {"find": _frozen_importlib._find_and_load, "begin": _import_begins, "end": _import_ends}
    exec(compile(WRAPPER, "<frozen importlib._bootstrap>", "exec"), space)
    _frozen_importlib._find_and_load = space["_find_and_load"]


# ---------------------------------------------------------------- begin and end

CALLBACKS = {
    EVENTS.PY_START: begun,
    EVENTS.CALL: called,
    EVENTS.LINE: reached,
    EVENTS.PY_RESUME: resumed,
    EVENTS.PY_RETURN: returned,
    EVENTS.PY_UNWIND: unwound,
}


def begin() -> None:
    """From here on the program's lines are announced."""
    atexit.register(mark, b"E")  # first in, last out
    os.register_at_fork(after_in_child=forget)
    monitoring.use_tool_id(TOOL, "proclab")
    for event, callback in CALLBACKS.items():
        monitoring.register_callback(TOOL, event, callback)
    monitoring.set_events(TOOL, EVENTS.PY_START | EVENTS.PY_UNWIND)
    _watch_imports()
