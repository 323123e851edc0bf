"""Log assertions: these lines in this order, those in any order, and never that one.

Pure. A pattern is a regular expression searched in one line. Lines that no pattern asks for are allowed.

    >>> print(lines_match("ready\\nb\\na\\nbye", ["ready", {"a", "b"}, "bye"], never=["Traceback"]).ok)
    True
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import islice

from proclab.text import printable

Item = str | Collection[str]
CONTEXT = 3


@dataclass(frozen=True)
class Report:
    """What matched, what is missing, and what should not be there."""

    lines: tuple[str, ...]
    good: dict[int, tuple[str, ...]]  # line index -> patterns it satisfied
    bad: dict[int, str]  # line index -> the `never` pattern that it matched
    missing: tuple[str, ...]  # of the first item that could not be satisfied
    searched_from: int  # first line where `missing` was looked for
    skipped: int  # items after that one, not looked for

    @property
    def ok(self) -> bool:
        """True when every item was found in order and no `never` pattern was."""
        return not self.missing and not self.bad

    def __bool__(self) -> bool:
        return self.ok

    def __str__(self) -> str:
        """Marked lines with context, as a failed assertion shows them."""
        shown = [line for index in self._shown() for line in self._line(index)]
        lost = [f"MISSING  {pattern!r} (from line {self.searched_from + 1} on)" for pattern in self.missing]
        tail = [f"         {self.skipped} later pattern(s) not looked for"] if self.skipped else []
        return "\n".join(shown + lost + tail) or "(no lines)"

    def _shown(self) -> list[int | None]:
        """Indexes worth showing, None where lines are left out."""
        last = len(self.lines) - 1
        marks = {*self.good, *self.bad, *((self.searched_from, last) if self.missing else ())}
        near = sorted({n for m in marks for n in range(m - CONTEXT, m + CONTEXT + 1) if 0 <= n <= last})
        out: list[int | None] = []
        for index in near:
            if (out and out[-1] != index - 1) or (not out and index):
                out.append(None)
            out.append(index)
        return out + ([None] if near and near[-1] < last else [])

    def _line(self, index: int | None) -> list[str]:
        if index is None:
            return ["   …"]
        mark = "BAD " if index in self.bad else "GOOD" if index in self.good else "    "
        why = f"   <- never {self.bad[index]!r}" if index in self.bad else ""
        line = printable(self.lines[index], keep="\t")
        return [f"{mark} {index + 1:4} {line}{why}"]


def lines_match(text: str | Sequence[str], items: Sequence[Item], never: Sequence[str] = ()) -> Report:
    """Match `items` in order against the lines of `text`; an inner set (or list) may come in any order.

    Each pattern takes a line of its own. The earliest possible end of each item is taken, so a match is
    found whenever there is one.
    """
    lines = tuple(text.splitlines() if isinstance(text, str) else text)
    good: dict[int, tuple[str, ...]] = {}
    at = 0
    missing: tuple[str, ...] = ()
    skipped = 0
    for number, item in enumerate(items):
        patterns = [item] if isinstance(item, str) else sorted(item)
        found = _assign(patterns, lines, at)
        good.update({line: (patterns[p],) for line, p in found.items()})
        if len(found) < len(patterns):
            missing = tuple(p for i, p in enumerate(patterns) if i not in found.values())
            skipped = len(items) - number - 1
            break
        at = max(found, default=at - 1) + 1
    bad = {n: p for n, line in enumerate(lines) for p in never if re.search(p, line)}
    return Report(lines, good, bad, missing, at, skipped)


def _assign(patterns: Sequence[str], lines: Sequence[str], start: int) -> dict[int, int]:
    """Give each pattern a line of its own, ending as early as possible: line index -> pattern index.

    A maximum bipartite matching grown line by line (augmenting paths): {"a", "a1"} is found in "a1", "a" too.
    """
    compiled = [re.compile(p) for p in patterns]
    wants: dict[int, list[int]] = {}
    line_of: dict[int, int] = {}
    for index, line in islice(enumerate(lines), start, None):
        if len(line_of) == len(patterns):
            break
        wants[index] = [p for p, regex in enumerate(compiled) if regex.search(line)]
        _augment(index, wants, line_of, set())
    return {line: pattern for pattern, line in line_of.items()}


def _augment(line: int, wants: dict[int, list[int]], line_of: dict[int, int], seen: set[int]) -> bool:
    """Find a pattern for `line`, moving lines matched before to other patterns where that helps."""
    for pattern in wants[line]:
        if pattern in seen:
            continue
        seen.add(pattern)
        if pattern not in line_of or _augment(line_of[pattern], wants, line_of, seen):
            line_of[pattern] = line
            return True
    return False
