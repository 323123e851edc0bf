"""Text for people, one rule each: what a terminal, a page or a log may be shown, and what a signal is called.

Signals are Linux's on x86 and ARM (signal(7)), whatever system proclab itself runs on.
"""

from __future__ import annotations

import re

_STANDARD = (
    "HUP INT QUIT ILL TRAP ABRT BUS FPE KILL USR1 SEGV USR2 PIPE ALRM TERM STKFLT CHLD CONT STOP TSTP TTIN TTOU "
    "URG XCPU XFSZ VTALRM PROF WINCH IO PWR SYS"
)
RTMIN, RTMAX = 34, 64  # as programs see them: 32 and 33 are the C library's own, nptl(7)
SIGNALS = {
    **{number: f"SIG{name}" for number, name in enumerate(_STANDARD.split(), 1)},
    RTMIN: "SIGRTMIN",
    **{number: f"SIGRTMIN+{number - RTMIN}" for number in range(RTMIN + 1, RTMAX)},
    RTMAX: "SIGRTMAX",
}
SIGNAL_NUMBERS = {name: number for number, name in SIGNALS.items()}
LIBRARYS_NUMBERS = frozenset({32, 33})  # it handles them in every program with threads
LIBRARYS_SIGNALS = frozenset(f"SIG{number}" for number in LIBRARYS_NUMBERS)


def printable(text: str, keep: str = "") -> str:
    """What moves no cursor, turns no line around and hides nothing: all else becomes visible, but what is in `keep`.

    Escaped are controls (C0, C1), format characters (U+202E and the like), lone surrogates, every separator but the
    space, and what Unicode gives no meaning.

    >>> printable("a\\x1b[2J\\u202eb\\n")
    'a\\\\x1b[2J\\\\u202eb\\\\n'
    >>> printable("a\\tb\\n", keep="\\t")
    'a\\tb\\\\n'
    """
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() or c in keep else c.encode("unicode_escape").decode() for c in text)


def signal_name(number: int) -> str:
    """A signal's name; of a number that has none, SIG and the number.

    >>> signal_name(15), signal_name(40), signal_name(33)
    ('SIGTERM', 'SIGRTMIN+6', 'SIG33')
    """
    return SIGNALS.get(number, f"SIG{number}")


def strace_signal(name: str) -> str:
    """The same for strace's name of a signal: it counts from the kernel's first real-time signal, which is 32.

    >>> strace_signal("SIGRT_8"), strace_signal("SIGRTMIN"), strace_signal("SIGTERM")
    ('SIGRTMIN+6', 'SIG32', 'SIGTERM')
    """
    found = re.fullmatch(r"SIGRT(?:MIN|_(\d+))", name, re.ASCII)
    return signal_name(32 + int(found[1] or 0)) if found else name
