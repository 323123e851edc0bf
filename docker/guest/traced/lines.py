"""Source lines in the recording: before a call of the student's that may enter the kernel, a marker tells the line.

A marker is a write(2) to descriptor -1. It fails at once, changes nothing, and stands in the thread's log right before
the calls that it explains:

    L 19 os.read sysprog_apipe.py      this thread's calls belong to line 19 from here on, until the next marker
    I socket … i                       between them: an import; then the former line holds again
    K got lock forks#3 21 phil.py      a lock, condition, queue …: see locks.py
    X                                  too many lines; there are no more markers in this process
    E                                  the program is over; the interpreter cleans up

Made with sys.monitoring (PEP 669): CALL events in the student's own code objects only, and switched off for good at
every place whose callee can't enter the kernel. `with` and `for` may, without a call: they have LINE events.
A marker comes from the program's own process: it explains, and proves nothing.
"""

from __future__ import annotations

import _ctypes
import _frozen_importlib
import _thread
import atexit
import os
import sys

TYPE_CHECKING = False  # this is loaded by every program: no import that isn't needed
if TYPE_CHECKING:
    from types import CodeType

BuiltinFunctionType, FunctionType, ModuleType = type(len), type(lambda: None), type(sys)
MethodType = type(FunctionType.__get__(lambda: None, 0))
monitoring = sys.monitoring
DISABLE = monitoring.DISABLE
EVENTS = monitoring.events
TOOL = 4  # one that no kind of tool claims
FOLDER = os.path.dirname(__file__)
LIBRARY = (os.path.dirname(os.__file__) + "/", sys.base_prefix + "/lib/python", "/usr/lib/python",
           "/usr/local/lib/python", "<frozen ", FOLDER,
           os.path.dirname(sys._getframe().f_code.co_filename))  # fmt: skip
ROOTS = ("/lab/run/", "/lab/demos/")  # left out of file names
MARKERS = 5_000  # in one process; then it goes on without: a loop of calls runs at full speed again
PASSES = 200  # of one `for` line
NAME_BYTES = 36  # strace shows 64 bytes of a marker

# Calls of these modules enter the kernel, by the names given; all other names don't, or not where the recorder looks.
NAMED = {
    "posix": """fork forkpty execv execve _exit abort wait wait3 wait4 waitpid waitid kill killpg pipe pipe2 dup dup2
        open close closerange read write readv writev pread pwrite sendfile splice system mkfifo mknod set_inheritable
        get_inheritable set_blocking memfd_create eventfd eventfd_read eventfd_write openpty login_tty posix_spawn
        posix_spawnp pidfd_open setpgid setpgrp setsid unlink remove lockf isatty""",
    "time": "sleep",
    "signal": """signal pause alarm setitimer raise_signal pthread_kill pthread_sigmask sigwait sigwaitinfo sigtimedwait
        siginterrupt pidfd_send_signal set_wakeup_fd""",
    "builtins": "open print input",
    "_thread": "start_new_thread start_new start_joinable_thread interrupt_main exit",
    "threading": "start join",
    "sys": "exit breakpointhook",
}
NAMED = {module: frozenset(names.split()) for module, names in NAMED.items()}
PURE = frozenset(
    """_abc _bisect _codecs _collections _datetime _decimal _functools _heapq _json _operator _random _sre _string
    _struct _weakref abc array base64 binascii bisect calendar cmath codecs collections colorsys contextvars copy
    copyreg csv _csv dataclasses datetime decimal difflib enum errno fractions functools gc heapq inspect itertools
    json keyword math numbers operator pprint random re reprlib statistics string struct textwrap token tokenize types
    typing unicodedata warnings weakref zlib posixpath genericpath stat fnmatch shlex argparse locale html
    locks""".split()  # noqa: SIM905
)
READERS = ("_io", "socket")  # of these even next() and list() read


class _Write(_ctypes.CFuncPtr):
    """write(2) with the interpreter lock held: a marker must not be an occasion to switch threads."""

    _flags_ = _ctypes.FUNCFLAG_CDECL | _ctypes.FUNCFLAG_PYTHONAPI
    _restype_ = None


write = _Write(_ctypes.dlsym(_ctypes.dlopen(None, os.RTLD_NOW), "write"))
here = _thread._local()  # .last: the marker that holds in this thread; .depth: imports within imports
sites: dict[tuple[int, int], bytes] = {}
passes: dict[tuple[int, int], int] = {}
kept: list[CodeType] = []  # so that no id is used again
left = MARKERS


def mark(data: bytes) -> None:
    """Makes the marker system call."""
    write(-1, data, len(data))


def file_name(path: str) -> str:
    """A file as markers name it: short, and without what would end or escape strace's string."""
    for root in ROOTS:
        path = path.removeprefix(root)
    return "".join(c if c.isprintable() and c not in '"\\' else "?" for c in path)[-NAME_BYTES:]


def own(path: str) -> bool:
    """Whether a code object's file is the student's."""
    return not path.startswith(LIBRARY)


# ---------------------------------------------------------------- which calls


def enters_kernel(function: object, first: object) -> bool:
    """Whether a callee may make a system call that the recorder traces."""
    if isinstance(function, MethodType):
        function = function.__func__
    if isinstance(function, FunctionType):
        return not own(function.__code__.co_filename) and _named(function.__module__, function.__name__)
    if isinstance(function, BuiltinFunctionType):
        owner = function.__self__
        if isinstance(owner, ModuleType) or owner is None:
            return _named(function.__module__, function.__name__) or _reads(first)
        return _type_enters(owner if isinstance(owner, type) else type(owner))
    if isinstance(function, type):
        return _type_enters(function) or _reads(first)
    if type(function).__module__ == "functools":  # partial
        return enters_kernel(function.func, first)
    return _type_enters(type(function))


def _named(module: str | None, name: str) -> bool:
    module = module or ""
    if module in NAMED:
        return name in NAMED[module]
    return module.partition(".")[0] not in PURE


def _type_enters(kind: type) -> bool:
    module = kind.__module__
    if module in NAMED or module in ("_thread", "__main__"):
        return False
    return module.partition(".")[0] not in PURE


def _reads(value: object) -> bool:
    return type(value).__module__ in READERS


def call_name(function: object) -> str:
    """What a call is named in the marker: `os.read`, `Popen`, `write`."""
    name = getattr(function, "__name__", type(function).__name__)
    owner = getattr(function, "__self__", None)
    module = owner.__name__ if isinstance(owner, ModuleType) else ""
    text = f"{module}.{name}" if module not in ("", "builtins") else name
    return text.replace("posix.", "os.").replace(" ", "_")[:20]


# ---------------------------------------------------------------- events


def begun(code: CodeType, offset: int) -> object:
    """PY_START, once for each code object: the student's own are watched from now on."""
    if own(code.co_filename):
        kept.append(code)
        monitoring.set_local_events(TOOL, code, EVENTS.CALL | (EVENTS.LINE if _silent_lines(code) else 0))
    return DISABLE


def called(code: CodeType, offset: int, function: object, first: object) -> object:
    """CALL, before the call."""
    site = (id(code), offset)
    data = sites.get(site)
    if data is None:
        try:
            if not enters_kernel(function, first):
                return DISABLE
            data = b"L %d %s %s" % (_line(code, offset), *_encoded(call_name(function), code))
        except Exception:  # the student's objects may answer with anything; an explanation must not break the program
            return DISABLE
        sites[site] = data
    return announce(data)


def reached(code: CodeType, line: int) -> object:
    """LINE: of the lines that may enter the kernel without a call."""
    word = _silent_lines(code).get(line)
    if word is None:
        return DISABLE
    site = (id(code), -line)
    count = passes[site] = passes.get(site, 0) + 1
    if word == "for" and count > PASSES:
        return DISABLE
    if site not in sites:
        sites[site] = b"L %d %s %s" % (line, *_encoded(word, code))
    return announce(sites[site])


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
    return None


def forget() -> None:
    """The next marker is made in any case: something else stood in this thread's log since the last one."""
    here.last = None


def _encoded(word: str, code: CodeType) -> tuple[bytes, bytes]:
    return word.encode(errors="replace"), file_name(code.co_filename).encode(errors="replace")


def _line(code: CodeType, offset: int) -> int:
    for start, end, line in code.co_lines():
        if start <= offset < end and line:
            return line
    return code.co_firstlineno


silent: dict[int, dict[int, str]] = {}


def _silent_lines(code: CodeType) -> dict[int, str]:
    """Line → word, for `with` (its enter is no CALL event before 3.14) and `for` (which may read a file).

    Not for `for … in range(…)`: it never does, and LINE events would be felt in a tight loop.
    """
    if id(code) not in silent:
        silent[id(code)] = found = {}
        counting, bytecode = set(), code.co_code
        for start, end, line in code.co_lines():
            for at in range(start, end, 2) if line else ():
                word = _silent_word(code, bytecode[at : at + 2])
                if word == "range":
                    counting.add(line)
                elif word and not (word == "for" and line in counting):
                    found[line] = word
    return silent[id(code)]


def _silent_word(code: CodeType, instruction: bytes) -> str:
    """What an instruction means to us: "with", "for", "range" (its name is loaded), or nothing."""
    opcode, argument = instruction
    word = _silent_words().get(opcode, "")
    if word in ("LOAD_GLOBAL", "LOAD_NAME"):
        index = argument >> 1 if word == "LOAD_GLOBAL" else argument  # its lowest bit is a flag
        return "range" if code.co_names[index : index + 1] == ("range",) else ""
    return word


opcodes: dict[int, str] = {}


def _silent_words() -> dict[int, str]:
    if not opcodes:
        import opcode

        names = {"BEFORE_WITH": "with", "BEFORE_ASYNC_WITH": "with", "FOR_ITER": "for"}
        names |= {"LOAD_GLOBAL": "LOAD_GLOBAL", "LOAD_NAME": "LOAD_NAME"}
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


def begin() -> None:
    """From here on the program's lines are announced."""
    atexit.register(mark, b"E")  # first in, last out
    os.register_at_fork(after_in_child=forget)
    monitoring.use_tool_id(TOOL, "proclab")
    monitoring.register_callback(TOOL, EVENTS.PY_START, begun)
    monitoring.register_callback(TOOL, EVENTS.CALL, called)
    monitoring.register_callback(TOOL, EVENTS.LINE, reached)
    monitoring.set_events(TOOL, EVENTS.PY_START)
    _watch_imports()
