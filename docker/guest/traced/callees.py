"""Which of the calls of the student's code may enter the kernel where the recorder looks.

A call that may is announced (lines.py); one that can't is never looked at again. What isn't known to be pure, may.
Methods of C types come to a CALL event as descriptors (`__objclass__` is the type), their owner as first argument.
"""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False  # this is loaded by every program: no import that isn't needed
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import CodeType, FrameType

BuiltinFunctionType, FunctionType, ModuleType = type(len), type(lambda: None), type(sys)
MethodType = type(FunctionType.__get__(lambda: None, 0))
GeneratorType = type(_ for _ in ())
DESCRIPTORS = (type(str.join), type(int.__add__), type((1).__add__), type(dict.__dict__["fromkeys"]))
LIBRARY = (
    os.path.dirname(os.__file__) + "/",
    sys.base_prefix + "/lib/python",
    "/usr/lib/python",
    "/usr/local/lib/python",
    "<frozen ",
    os.path.dirname(__file__),
    os.path.dirname(sys._getframe().f_code.co_filename),
)

# Calls of these modules enter the kernel, by the names given; all other names don't, or not where the recorder looks.
NAMED = {
    "posix": """fork forkpty execv execve _exit abort wait wait3 wait4 waitpid waitid kill killpg pipe pipe2 dup dup2
        open close closerange read readv pread preadv readinto write writev pwrite pwritev sendfile splice
        copy_file_range system mkfifo mknod set_inheritable get_inheritable set_blocking get_blocking memfd_create
        eventfd eventfd_read eventfd_write timerfd_create timerfd_settime timerfd_settime_ns openpty posix_openpt
        grantpt unlockpt ptsname login_tty ttyname tcgetpgrp tcsetpgrp get_terminal_size device_encoding posix_spawn
        posix_spawnp pidfd_open setpgid setpgrp setsid link symlink unlink remove rename replace mkdir rmdir truncate
        ftruncate lockf isatty listdir scandir""",
    "time": "sleep",
    "signal": """signal pause alarm setitimer raise_signal pthread_kill pthread_sigmask sigwait sigwaitinfo sigtimedwait
        siginterrupt pidfd_send_signal set_wakeup_fd""",
    "builtins": "open print input breakpoint help __import__ exec eval",
    "_thread": "start_new_thread start_new start_joinable_thread interrupt_main exit",
    "threading": "start join",
    "sys": "exit breakpointhook displayhook excepthook unraisablehook",
    # What these do with a file that they are given:
    "json": "dump load",
    "csv": "writerow writerows writeheader __next__",
    "pprint": "pprint pp",
    "warnings": "warn warn_explicit showwarning",
    "gc": "collect",
    "inspect": "getsource getsourcelines findsource",
    "array": "fromfile tofile",
    "_functools": "reduce",
    "_operator": "contains countOf indexOf",
    "heapq": "merge nlargest nsmallest",
    "statistics": "fmean geometric_mean harmonic_mean mean median mode multimode pstdev pvariance stdev variance",
}
NAMED = {module: frozenset(names.split()) for module, names in NAMED.items()}
PURE = frozenset(
    """_abc _bisect _collections _collections_abc _datetime _decimal _heapq _json _random _sre _string _struct _weakref
    abc base64 binascii bisect calendar cmath collections colorsys copy copyreg dataclasses datetime decimal
    difflib enum errno fractions functools itertools keyword math numbers operator random re reprlib string struct
    textwrap token types typing unicodedata weakref zlib posixpath genericpath stat fnmatch shlex html locks""".split()  # noqa: SIM905
)
# What takes all that an iterable gives. A method's event has its owner as first argument; the iterable is in the frame.
EATERS = frozenset(
    "next list tuple set frozenset dict sorted sum min max any all bytes bytearray deque Counter".split()  # noqa: SIM905
)
EATING_METHODS = frozenset("join extend extendleft update fromkeys".split())  # noqa: SIM905
HOLDERS = ("builtins", "collections", "_collections", "array", "csv", "_csv")
LAZY = frozenset("map filter zip enumerate reversed callable_iterator".split())  # noqa: SIM905
OPERATORS = frozenset(
    """__getitem__ __setitem__ __delitem__ __contains__ __len__ __bool__ __getattr__ __setattr__ __delattr__ __str__
    __repr__ __format__ __iadd__ __add__ __or__ __ior__ __eq__ __lt__""".split()  # noqa: SIM905
)
# Modules whose operators and properties only compute.
QUIET = frozenset("importlib ipaddress os pathlib socket threading".split())  # noqa: SIM905


def own(path: str, space: dict[str, object] | None = None) -> bool:
    """Whether code is the student's, by its file; of what exec() has made, by the globals: the library does so, too."""
    if path.startswith("<") and space is not None:
        return space.get("__name__") == "__main__" or own(str(space.get("__file__", "<frozen ")))
    return not path.startswith(LIBRARY)


def operates(code: CodeType, frame: FrameType) -> bool:
    """Whether a function of the library that begins may enter the kernel, without a call: d[k], p.exitcode."""
    module = frame.f_globals.get("__name__")
    package = module.partition(".")[0] if isinstance(module, str) else ""
    if package in QUIET or package in PURE or (package in NAMED and code.co_name not in NAMED[package]):
        return False
    return code.co_name in OPERATORS or _is_property(code, frame)


def _is_property(code: CodeType, frame: FrameType) -> bool:
    if code.co_argcount != 1 or "." not in code.co_qualname:
        return False
    kinds = type(frame.f_locals.get(code.co_varnames[0])).__mro__
    return any(isinstance(vars(kind).get(code.co_name), property) for kind in kinds)


def enters_kernel(function: object, first: object, frame: FrameType, offset: int) -> bool:
    """Whether the call at that offset of the frame may make a system call that the recorder traces."""
    if isinstance(function, MethodType):
        function = function.__func__
    if isinstance(function, FunctionType):
        return not own(function.__code__.co_filename, function.__globals__) and _function_enters(function, first)
    if isinstance(function, BuiltinFunctionType) and isinstance(function.__self__, ModuleType | None):
        return _function_enters(function, first)
    if isinstance(function, (BuiltinFunctionType, *DESCRIPTORS)):
        return _method_enters(function, frame, offset)
    if isinstance(function, type):
        return _function_enters(function, first) or any(map(type_enters, function.__mro__))
    if type(function).__module__ == "functools":  # partial, lru_cache
        inner = getattr(function, "func", None) or getattr(function, "__wrapped__", None)
        return enters_kernel(inner, first, frame, offset)
    if type(function).__name__ == "methodcaller":
        return type_enters(type(first))
    return any(map(type_enters, type(function).__mro__))


def _function_enters(function: object, first: object) -> bool:
    eats = function.__name__ in EATERS and may_read(first)
    return eats or (not isinstance(function, type) and _named(function.__module__, function.__name__))


def _named(module: str | None, name: str) -> bool:
    package = (module or "").partition(".")[0]
    return name in NAMED[package] if package in NAMED else package not in PURE


def _method_enters(function: object, frame: FrameType, offset: int) -> bool:
    """Of a C type: bound to its object, or the type's own."""
    kind = getattr(function, "__objclass__", None)
    if kind is None:
        owner = function.__self__
        kind = owner if isinstance(owner, type) else type(owner)
    if kind.__module__ in HOLDERS:
        eats = function.__name__ in EATING_METHODS and takes_a_file(frame, offset)
        return eats or _named(kind.__module__.lstrip("_"), function.__name__)
    return any(map(type_enters, kind.__mro__))


def type_enters(kind: type) -> bool:
    """Whether making or calling an object of a type may enter the kernel; asked of each of its bases by itself."""
    module = kind.__module__
    package = module.partition(".")[0] if isinstance(module, str) else ""
    if kind.__name__ == "ScandirIterator":  # of a module whose other types are pure
        return package == "posix"
    return package not in NAMED and package not in PURE and package not in ("_thread", "__main__", "")


def may_read(value: object) -> bool:
    """Whether iterating over a value may read a file: it is one, or an iterator behind which there may be one."""
    kind = type(value)
    if value is UNKNOWN:
        return False
    if kind is GeneratorType:
        return not own(value.gi_code.co_filename)
    if kind.__module__ == "builtins":
        return kind.__name__ in LAZY
    return kind.__module__ in ("itertools", "_csv", "csv") or any(map(type_enters, kind.__mro__))


# ---------------------------------------------------------------- what a method or a loop is given

UNKNOWN = object()


def takes_a_file(frame: FrameType, offset: int, marked: Callable[[int], bool] = lambda at: False) -> bool:
    """Whether an instruction takes what may be a file: of a variable, an attribute, a call that is marked."""
    at = _before(frame.f_code, offset)
    if _name(frame.f_code, at).startswith("CALL"):
        return marked(at) or not LAZY.isdisjoint(frame.f_code.co_names)
    return may_read(_value(frame, at))


def line_takes_a_file(frame: FrameType, offset: int) -> bool:
    """Whether what may be a file is loaded in the line of an instruction that iterates without a call, before that."""
    start = next(start for start, end, _ in frame.f_code.co_lines() if start <= offset < end)
    return any(may_read(_value(frame, at)) for at in range(start, offset, 2))


def _before(code: CodeType, offset: int) -> int:
    at = offset - 2
    while at > 0 and _name(code, at) == "CACHE":
        at -= 2
    return at


def _name(code: CodeType, offset: int) -> str:
    import opcode

    return opcode.opname[code.co_code[offset]] if offset >= 0 else ""


def _value(frame: FrameType, offset: int) -> object:
    """What an instruction has loaded; without running any code of the student's objects."""
    code, name = frame.f_code, _name(frame.f_code, offset)
    argument = code.co_code[offset + 1]
    if name == "LOAD_ATTR":
        owner = _value(frame, _before(code, offset))
        try:
            return object.__getattribute__(owner, "__dict__").get(code.co_names[argument >> 1], UNKNOWN)
        except AttributeError:
            return UNKNOWN
    if name.startswith("LOAD_FAST") or name.endswith("LOAD_FAST"):
        variable = code.co_varnames[argument & 15 if name.endswith("_LOAD_FAST") else argument]
    elif name == "LOAD_DEREF":
        variable = local_name(code, argument)
    elif name in ("LOAD_NAME", "LOAD_GLOBAL"):
        variable = code.co_names[argument >> (name == "LOAD_GLOBAL")]  # its lowest bit is a flag
    else:
        return UNKNOWN
    return frame.f_locals.get(variable, frame.f_globals.get(variable, UNKNOWN))


# ---------------------------------------------------------------- names


def local_name(code: CodeType, index: int) -> str:
    """A variable of a function's by its number: its own, those that inner functions use, those of outer ones."""
    cells = tuple(cell for cell in code.co_cellvars if cell not in code.co_varnames)
    return (code.co_varnames + cells + code.co_freevars)[index]


def name_of(function: object) -> str:
    """What a call is named in the marker: `os.read`, `Popen`, `write`."""
    name = getattr(function, "__name__", type(function).__name__)
    owner = getattr(function, "__self__", None)
    module = owner.__name__ if isinstance(owner, ModuleType) else ""
    text = f"{module}.{name}" if module not in ("", "builtins") else name
    return text.replace("posix.", "os.").replace(" ", "_")[:20]
