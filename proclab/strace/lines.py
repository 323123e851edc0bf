"""One line of strace's output → one Record. Never raises: what makes no sense is a record of kind `text`.

    12    1795432941.446568724 read(0, "q\\n", 8192) = 2 <0.101982345>       call
    12    … read(0,  <unfinished ...>                                        unfinished
    12    … <... read resumed>"q\\n", 8192) = 2                              resumed
    12    … --- SIGCHLD {si_signo=SIGCHLD, …} ---                            signal
    12    … --- stopped by SIGSTOP ---                                       stopped
    12    … +++ exited with 0 +++                                            exited
    12    … +++ killed by SIGSEGV (core dumped) +++                          killed
    8     … +++ superseded by execve in pid 20 +++                           superseded
    20    … execve("/bin/echo", …) <pid changed to 8 ...>                    unfinished (note: "8")
    12    … fork() = -1 EAGAIN (Resource temporarily unavailable) (INJECTED)  call (fault: error; by --inject)

Only -f writes the pid; of a log of `-ff` it is in the file's name.
"""

from __future__ import annotations

import re
from typing import Literal, NamedTuple

from proclab.strace.tokens import DECORATION, split

Kind = Literal["call", "unfinished", "resumed", "signal", "stopped", "exited", "killed", "superseded", "text"]
PID_MAX = 1 << 22  # pid_max(5) can't be larger: a larger number at the head of a line is a time

FORKS = frozenset({"fork", "vfork", "clone", "clone3"})  # calls that return a new task's id

HEAD = re.compile(
    r"\s*(?:\[pid\s+(?P<bracketed>\d{1,10})(?:<.*?>)?\]\s+|(?P<pid>\d{1,10})(?:<.*?>)?\s+(?!\())?"
    r"(?:(?P<time>\d{1,10}\.\d{1,9}|\d\d:\d\d:\d\d(?:\.\d{1,9})?|\d{8,10})\s+)?"
    r"(?:\((?P<delta>\+\s*\d+\.\d+)\)\s+)?(?:\[\s*[0-9a-f]+\]\s+)*"
)
STAMPED = re.compile(r"(\d{10}\.\d{9}) (?=[a-z<+-])")  # the recorder's lines: HEAD takes five times as long
CALL = re.compile(r"([a-z_][a-z_0-9]*|syscall_0x[0-9a-f]+)\(")
TAMPERED = r"\((?:INJECTED|DELAYED)(?:: [a-z, ]{0,20})?\)"  # by strace --inject
RESULT = re.compile(
    rf"\s*=\s+(?P<ret>\?|-?\d{{1,20}}|0x[0-9a-f]{{1,16}})(?P<decoration>(?>{DECORATION}))?"
    rf"(?:\s+(?P<error>E[A-Z0-9_]+))?(?:\s+(?!{TAMPERED})\((?P<note>.*?)\))?(?P<fault>(?:\s+{TAMPERED})*+)"
    r"(?:\s+<unavailable>)?(?:\s+<(?P<dur>\d{1,10}\.\d{1,9})>)?\s*",
    re.DOTALL,
)
# Nine calls in ten have nothing that nests among their arguments. What is read so is read as `_call` would, in a third
# of the time.
FLAT = re.compile(
    r"([a-z_][a-z_0-9]*)\(((?:[^\"()\[\]{}<>/\\]++|\"(?:[^\"\\]++|\\.)*+\"(?:\.\.\.)?)*+)\)"
    r"\s*=\s+(-?\d{1,20})(?:\s+(E[A-Z0-9_]+)\s+\(([^()]*)\))?(?:\s+<(\d{1,10}\.\d{1,9})>)?\s*"
)
ARGUMENT = re.compile(r'(?:[^",]++|"(?:[^"\\]++|\\.)*+"(?:\.\.\.)?)++')
RESUMED = re.compile(r"<\.\.\. ([a-z_0-9]+) resumed>")
UNFINISHED = re.compile(r"<(?:unfinished|pid changed to (\d{1,10})) \.\.\.>\s*$")  # spaces before it are cut
NEVER = re.compile(r"<unfinished \.\.\.>\)\s*=\s+\?\s*$")
SIGNAL = re.compile(r"--- (SIG\w+) (\{.*\}) ---\s*$", re.DOTALL)
STOPPED = re.compile(r"--- stopped by (SIG\w+) ---\s*$")
EXITED = re.compile(r"\+\+\+ exited with (\d{1,10}) \+\+\+\s*$")
KILLED = re.compile(r"\+\+\+ killed by (SIG\w+)( \(core dumped\))? \+\+\+\s*$")
SUPERSEDED = re.compile(r"\+\+\+ superseded by execve in pid (\d{1,10}) \+\+\+\s*$")


TORN = re.compile(r"\)\s*=\s+[^()<>]*$")


class Record(NamedTuple):
    """What a line says."""

    kind: Kind
    pid: int | None = None
    time: str = ""
    name: str = ""  # of the call, or of the signal
    args: tuple[str, ...] = ()
    ret: str = ""  # "?": the call didn't return
    decoration: str = ""  # of the result
    error: str = ""
    note: str = ""  # behind the result, in brackets; of `unfinished`: the new pid
    dur: str = ""
    text: str = ""  # of an unfinished or resumed call: as it is written; of kind text: the whole
    fault: str = ""  # what strace itself has done to the call: error, value, delay


def untorn(text: str) -> str:
    """A log without the result of a last line that has no line end: where the log was cut, `= 204` became `= 2`.

    >>> untorn("7 fork() = 8\\n7 fork() = 2")
    '7 fork() = 8\\n7 fork() = ?'
    """
    head, end, last = text.rpartition("\n")
    return f"{head}{end}{TORN.sub(') = ?', last)}" if last else text


def parse(line: str) -> Record:
    """The record of one line, without its line end."""
    plain = line if line.isascii() and line.isprintable() else _escaped(line)
    if stamped := STAMPED.match(plain):
        return _body(plain[stamped.end() :], None, stamped[1]) or Record("text", text=line)
    head = HEAD.match(plain)
    assert head is not None  # it matches the empty string too
    pid, time, start = head["bracketed"] or head["pid"], head["time"] or "", head.end()
    if pid and not time and int(pid) >= PID_MAX:
        pid, time = None, pid
    body = plain[start:]
    found = _body(body, int(pid) if pid and len(pid) < 9 else None, time)
    return found or Record("text", text=line)


def _escaped(line: str) -> str:
    """What strace never writes, as it would write it: so no field of a record holds anything but printable ASCII."""
    return "".join(c if c.isascii() and c.isprintable() else _octal(c) for c in line.replace("\t", " "))


def _octal(c: str) -> str:
    return "".join(f"\\{byte:03o}" for byte in c.encode("utf-8", "surrogateescape"))


def _body(body: str, pid: int | None, time: str) -> Record | None:
    if flat := FLAT.fullmatch(body):
        name, text, ret, error, note, dur = flat.groups("")
        args = tuple(filter(None, map(str.strip, ARGUMENT.findall(text))))
        return Record("call", pid, time, name, args, ret, "", error, note, dur)
    if call := CALL.match(body):
        return _call(body, call, pid, time)
    if body.startswith("<... "):
        found = RESUMED.match(body)
        return Record("resumed", pid, time, found[1], text=body[found.end() :]) if found else None
    if body.startswith("---"):
        if found := SIGNAL.match(body):
            return Record("signal", pid, time, found[1], text=found[2])
        found = STOPPED.match(body)
        return Record("stopped", pid, time, found[1]) if found else None
    return _ended(body, pid, time) if body.startswith("+++") else None


def _ended(body: str, pid: int | None, time: str) -> Record | None:
    if found := EXITED.match(body):
        return Record("exited", pid, time, ret=found[1])
    if found := KILLED.match(body):
        return Record("killed", pid, time, found[1], note="core" if found[2] else "")
    found = SUPERSEDED.match(body)
    return Record("superseded", pid, time, note=found[1]) if found else None


def _call(body: str, call: re.Match[str], pid: int | None, time: str) -> Record | None:
    name = call[1]
    if body.endswith("?") and (found := NEVER.search(body)):
        args, _ = split(body[: found.start()].rstrip(), call.end())
        return Record("call", pid, time, name, tuple(args), "?")
    args, end = split(body, call.end())
    result = RESULT.fullmatch(body, end) if end > 0 else None
    if result:
        ret, decoration, error, note, tampered, dur = (part or "" for part in result.groups())
        if ret == "-1" and note.startswith("errno "):  # one that has no name: `= -1 (errno 600)`
            error, note = note, ""
        fault = _fault(tampered, error) if tampered else ""
        return Record("call", pid, time, name, tuple(args), ret, decoration, error, note, dur, fault=fault)
    if found := UNFINISHED.search(body):
        return Record("unfinished", pid, time, name, note=found[1] or "", text=body[: found.start()].rstrip())
    return None


def _fault(tampered: str, error: str) -> str:
    return ("error" if error else "value") if "INJECTED" in tampered else "delay"


def finished(begun: Record, rest: str) -> Record:
    """The call that an unfinished and a resumed line make together."""
    whole = parse(f"{begun.text}{rest}")
    return whole._replace(pid=begun.pid, time=begun.time) if whole.kind == "call" else whole
