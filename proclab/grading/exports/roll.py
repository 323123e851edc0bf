"""Which rows of a gradebook a submission belongs to: by the LMS's ids, else by name, and never by a guess."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from proclab.grading.exports.gradebook import Entry
from proclab.grading.exports.sheet import Sheet, spellings

Places = frozenset[int]  # of students in the sheet
NOBODY: Places = frozenset()


@dataclass
class Roll:
    """The students of a sheet, by id and by name."""

    sheet: Sheet
    ids: dict[str, set[int]] = field(init=False)
    names: dict[str, set[int]] = field(init=False)

    def __post_init__(self) -> None:
        self.ids, self.names = defaultdict(set), defaultdict(set)
        for place, student in enumerate(self.sheet.students):
            for key in student.ids:
                self.ids[key.casefold()].add(place)
            for key in student.names:
                self.names[key].add(place)

    def places(self, entry: Entry) -> Places | None:
        """The rows that it is of: those of all who handed it in; None where several could be meant.

        An LMS's number is the student's in that LMS only; in another table it is somebody else's, or nobody's.
        """
        person = entry.person
        if together := self._each(person.also):
            return together
        numbers = [person.lms_id] if person.lms == self.sheet.lms and person.lms_id else []
        own = [entry.id, entry.record.submission] if not person.lms else []
        found = self._of(self.ids, numbers) or self._of(self.ids, own)
        found = found or self._of(self.names, spellings(entry.record.submission))
        return found if len(found) <= 1 else None

    def _each(self, keys: Iterable[str]) -> Places:
        """Everybody whom one of the ids names, and no other does."""
        return frozenset().union(*(found for key in keys if len(found := self._of(self.ids, [key])) == 1))

    @staticmethod
    def _of(index: dict[str, set[int]], keys: Iterable[str]) -> Places:
        return frozenset(place for key in keys for place in index.get(key.casefold(), NOBODY))
