"""Whether a recording is whole: one pure question about its files, answered in codes.

No evidence is said to be none. What a recording lacks (a log, the end of one, lines, its own end) it lacks for a reason
that nobody knows, perhaps the program's doing: nothing may be concluded from it, `proclab.findings.believed`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from proclab import peer
from proclab.errors import ProtocolError
from proclab.events import STOPS, Doubt, Event, Evidence, Gap
from proclab.strace import written
from proclab.strace.folder import LOG
from proclab.strace.struck import FILE

LOST_SHOWN = 80  # characters of a line that makes no sense
OF_THE_RECORDER = frozenset({"full", "shared", "untraced", "plan"})

START = re.compile(r"(?P<folder>(?P<box>[^/]+)/\d+)/start\.json")
# A thread that execs is called by its leader's number from then on, in the leader's log.
LAST = re.compile(
    r"(?:\+\+\+ (?:exited with \d+|killed by SIG\w+(?: \(core dumped\))?) \+\+\+|<pid changed to \d+ \.\.\.>)$"
)
MADE = re.compile(r"^[\d.]+ (?:(?:v?fork|clone3?)\(|<\.\.\. (?:v?fork|clone3?) resumed>).*\)\s+= (\d+)\b", re.MULTILINE)


def evidence(files: Mapping[str, str], events: Iterable[Event] = ()) -> Evidence:
    """What a recording of these files is worth; `events`: what was read in them. Never raises."""
    boxes = sorted({path.partition("/")[0] for path in files if "/" in path})
    ends = {box: _object(files.get(f"{box}/end.json", "")) for box in boxes}
    doubts = [doubt for box in boxes for doubt in _of_end(box, ends[box])]
    doubts += [doubt for box in boxes for doubt in _of_the_way(files, box)]
    doubts += [*_unplanned(files), *_garbled(files), *_incomplete(files), *_unlogged(files)]
    guarded = any(end.get("guarded") is True for end in ends.values())
    doubts += _lost(events, guarded)
    return Evidence(guarded, tuple(dict.fromkeys(doubts)))


def of_log(events: Iterable[Event]) -> Evidence:
    """What a log of the user's own is worth: no recorder says that it is whole, but its gaps say what it lacks."""
    found = list(events)
    gaps = (event for event in found if isinstance(event, Gap) and event.code == "incomplete")
    doubts = [*(Doubt("incomplete", gap.box, gap.what) for gap in gaps), *_lost(found, guarded=False)]
    return Evidence(doubts=tuple(dict.fromkeys(doubts)))


def stopped_at(files: Mapping[str, str]) -> dict[str, int]:
    """When the recorder began to end what it recorded, by box: nanoseconds since the epoch."""
    ends = {path.partition("/")[0]: _object(text) for path, text in files.items() if path.endswith("/end.json")}
    moments = {box: end.get("stopped_at") for box, end in ends.items() if end.get("stopped")}
    return {box: when for box, when in moments.items() if isinstance(when, int)}


def _of_end(box: str, end: Mapping[str, Any]) -> Iterator[Doubt]:
    """What the recorder itself says. It says it last: where there is no word of it, it didn't come to its end."""
    stopped, doubts = end.get("stopped"), end.get("doubts", [])
    if not isinstance(end.get("code"), int) or not isinstance(stopped, str) or not isinstance(doubts, list):
        yield Doubt("no_end", box)
        return
    for word in dict.fromkeys([stopped, *(word if isinstance(word, str) else "?" for word in doubts)]):
        if word in STOPS or word in OF_THE_RECORDER:
            yield Doubt(word, box)  # type: ignore[arg-type]
        elif word:
            yield Doubt("unknown", box)


def _of_the_way(files: Mapping[str, str], box: str) -> Iterator[Doubt]:
    """What the packer in the container and the host's reader have said."""
    packed, taken = (_object(files.get(f"{box}/{name}.json", "")) for name in ("packed", "taken"))
    if packed.get("running"):
        yield Doubt("untraced", box)
    if packed.get("left_out") or taken.get("whole") is False:
        yield Doubt("taken", box)


def _unplanned(files: Mapping[str, str]) -> Iterator[Doubt]:
    """Programs with a plan of faults that nobody has carried out to the end."""
    for path, text in sorted(files.items()):
        if START.fullmatch(path) and _object(text).get("plan"):
            done = files.get(f"{path.rpartition('/')[0]}/{FILE}", "")
            if not done.endswith("}\n") or "end" not in _object(done[:-1].rpartition("\n")[2]):
                yield Doubt("plan", path.partition("/")[0])


def _garbled(files: Mapping[str, str]) -> Iterator[Doubt]:
    """What is not as the recorder writes it, so that nothing is taken from it."""
    for path, text in sorted(files.items()):
        reader = written.READERS.get(path.rpartition("/")[2])
        try:
            if reader:
                reader(text)
        except ProtocolError:
            yield Doubt("garbled", path.partition("/")[0], (path.partition("/")[2],))


def _incomplete(files: Mapping[str, str]) -> Iterator[Doubt]:
    """Logs that break off: the tracer was killed, or couldn't write."""
    broken: dict[str, list[str]] = {}
    for path, text in sorted(files.items()):
        if (found := LOG.fullmatch(path)) and not _ends(text):
            broken.setdefault(found["box"], []).append(path.partition("/")[2])
    yield from (Doubt("incomplete", box, tuple(names)) for box, names in broken.items())


def _ends(text: str) -> bool:
    last = text[:-1].rpartition("\n")[2]
    return text.endswith("\n") and LAST.search(last) is not None


def _unlogged(files: Mapping[str, str]) -> Iterator[Doubt]:
    """Processes and threads that somebody made and nobody logged."""
    logs = {path: found for path in files if (found := LOG.fullmatch(path))}
    missing: dict[str, list[str]] = {}
    for path, found in sorted(logs.items()):
        for tid in MADE.findall(files[path]):
            if f"{found['folder']}/t.{tid}" not in logs:
                missing.setdefault(found["box"], []).append(tid)
    for path in sorted(files):
        if found := START.fullmatch(path):
            pid = _object(files[path]).get("pid")
            if f"{found['folder']}/t.{pid}" not in logs:
                named = isinstance(pid, int) and 0 < pid < written.PIDS
                missing.setdefault(found["box"], []).append(str(pid) if named else "?")
    yield from (Doubt("unlogged", box, tuple(dict.fromkeys(tids))) for box, tids in missing.items())


def _lost(events: Iterable[Event], guarded: bool) -> Iterator[Doubt]:
    """Lines that make no sense. Of an exec from a thread strace always loses the next call, which is the loader's own.

    Unless somebody makes a program that has no loader; so there it matters, where the program may be against us.
    """
    for event in events:
        if isinstance(event, Gap) and event.code == "lost":
            yield Doubt("lost", event.box, tuple(line[:LOST_SHOWN] for line in event.what))
        elif isinstance(event, Gap) and event.code == "exec" and guarded:
            yield Doubt("exec", event.box)


def _object(text: str) -> dict[str, Any]:
    """A JSON object; {} of anything else, however deep."""
    try:
        return peer.mapping(text)
    except ProtocolError:
        return {}
