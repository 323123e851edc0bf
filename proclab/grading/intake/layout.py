"""Which file is meant: of all that a submission has under the names of the keep-list, at most one for each task's file.

A folder of our own naming doesn't count: one that names the file's lab (`1`, `lab1`, `Lab 01`, `1-processes`), `labs`,
`tasks`. Of several candidates the one in the fewest other folders is taken. Two that are level are refused, unless they
are the same to the byte; and so is what lies in more than two other folders. Pure.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping

from proclab.grading.intake import names
from proclab.grading.intake.sieve import Found
from proclab.grading.record import Refusal

Keep = Mapping[int, Collection[str]]  # a lab's number → the names of its tasks' files
LAB = re.compile(r"(?:lab|лаб|лаба)?[ _.-]*0*([1-9][0-9]{0,2})(?:[ _.-].*)?", re.IGNORECASE | re.DOTALL)
OURS = frozenset({"labs", "tasks"})
MOST = 2  # folders that name nothing: the student's own, and one that packing it has put around


def wanted(keep: Keep) -> frozenset[str]:
    """Every name of the keep-list."""
    return frozenset(name for files in keep.values() for name in files)


def choose(found: Iterable[Found], keep: Keep) -> tuple[dict[str, bytes], list[Refusal]]:
    """The files that are taken, as "1/spawn.py" → bytes, and why others are not."""
    candidates: dict[str, list[tuple[int, Found]]] = defaultdict(list)
    refused: list[Refusal] = []
    for file in found:
        labs = _labs(file.path, keep)
        if len(labs) > 1:
            refused.append(Refusal("which_lab", names.shown(file.path), ", ".join(map(str, labs))))
        for lab in labs if len(labs) == 1 else ():
            candidates[f"{lab}/{file.path[-1]}"].append((_foreign(file.path, lab), file))
    files: dict[str, bytes] = {}
    for target, several in sorted(candidates.items()):
        chosen = _chosen(several)
        if isinstance(chosen, Found):
            files[target] = chosen.data
        else:
            refused += chosen
    return files, refused


def _chosen(several: list[tuple[int, Found]]) -> Found | list[Refusal]:
    """The one that is meant, or a refusal for each that may have been."""
    least = min(folders for folders, _ in several)
    level = sorted((file for folders, file in several if folders == least), key=lambda file: file.path)
    if least > MOST:
        return [Refusal("folders", names.shown(file.path), str(MOST)) for file in level]
    if len({file.data for file in level}) == 1:
        return level[0]
    code = "twice" if len({file.path for file in level}) == 1 else "ambiguous"
    return [Refusal(code, names.shown(level[0].path), names.shown(level[1].path))]


def _labs(path: names.Path, keep: Keep) -> list[int]:
    """The labs that a file may be of: the one that a folder names, or all that have such a file."""
    having = [lab for lab, files in sorted(keep.items()) if path[-1] in files]
    named = [lab for lab in _named(path) if lab in having]
    return named[-1:] or having


def _named(path: names.Path) -> Iterator[int]:
    """The labs that a path's folders name, from the outside in."""
    for folder in path[:-1]:
        if match := LAB.fullmatch(folder):
            yield int(match[1])


def _foreign(path: names.Path, lab: int) -> int:
    """The folders that a file lies in, but for those of our own naming."""
    return sum(folder.lower() not in OURS and lab not in _named((folder, "")) for folder in path[:-1])
