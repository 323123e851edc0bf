"""One log of all threads: whose line is it?

With -o every line has its pid. On a terminal it has one only while more than one task is traced: at first the lines are
the program's own, at last they are those of the task that is left. No line names the program's pid, but it is the one
that no task in the log has made.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from proclab.strace.lines import FORKS, Record, parse

ATTACHED = re.compile(r"strace: Process (\d{1,10}) attached")
# It comes in the middle of whatever line is being written, which goes on after it. (In a string is no line end.)
TORN = re.compile(r"(?<=[^\n])((?:strace: Process \d{1,10} attached\n)++)([^\n]*\n)")
RETURNED = re.compile(r"=\s+(\d{1,10})(?!\d)")


def lines(text: str, root: int | None) -> Iterator[tuple[int, int, Record]]:
    """Number, owner and record of each line. `root`: the first process's pid, if it is known; 0: it can't be known."""
    whole = TORN.sub(r"\2\1", text + "\n") if "attached\n" in text else text
    numbered = [(number, parse(line)) for number, line in enumerate(whole.split("\n"), 1) if line]
    records = [record for _, record in numbered]
    for (number, record), owner in zip(
        numbered, owners(records, first(records) if root is None else root), strict=True
    ):
        yield number, owner, record


def owners(records: Iterable[Record], program: int) -> Iterator[int]:
    """The pid of each line."""
    traced = {program}
    for record in records:
        (alone,) = traced if len(traced) == 1 else (program,)
        owner = alone if record.pid is None else record.pid
        yield owner
        if record.kind in ("exited", "killed"):
            traced.discard(owner)
        elif record.kind == "superseded":
            traced.discard(int(record.note))
        else:
            traced |= {record.pid or owner, *made(record)}


def made(record: Record) -> set[int]:
    """The task that came into being here."""
    if record.kind == "text":
        found = ATTACHED.match(record.text)
    elif record.name in FORKS:
        found = RETURNED.search(f"= {record.ret}" if record.kind == "call" else record.text)
    else:
        return set()
    return {int(found[1])} if found else set()


def first(records: Sequence[Record]) -> int:
    """The one pid that appears without having been made; 0: there are none or several."""
    if records and (found := ATTACHED.match(records[0].text)):  # strace -p
        return int(found[1])
    named = {record.pid for record in records if record.pid is not None}
    strangers = named.difference(*map(made, records)) - {0}
    return strangers.pop() if len(strangers) == 1 else 0
