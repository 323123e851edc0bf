"""`proclab grade`: a class graded into a folder; stopped and resumed at any point, nothing lost, nothing done twice."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import msgspec
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.text import Text

from proclab import ROOT
from proclab.compose import load
from proclab.engine import Engine, Owner, labels, owner_of, wipe
from proclab.errors import InfraError, UsageError
from proclab.grading import checking
from proclab.grading.commands import command
from proclab.grading.course import GradedLab, course, keep_list, lab_of
from proclab.grading.exports.told import points
from proclab.grading.ground import ALONE
from proclab.grading.hands import Hands, hands
from proclab.grading.harness import harness, key
from proclab.grading.intake import Source, Submission, roster
from proclab.grading.job import Answer, Order
from proclab.grading.lost import lost
from proclab.grading.marking import Check
from proclab.grading.outfolder import BATCH, OutFolder, locked, writing
from proclab.grading.outputs import write_all
from proclab.grading.plugin import Loop
from proclab.grading.record import Record, Result, Verdict
from proclab.text import printable
from proclab.words import Lang, catalogue

DONE, OURS = 0, 2  # exit statuses: 1 is not one of a class, where somebody always fails something


@dataclass
class Tally:
    """How far a grading is."""

    total: int
    known: int = 0  # graded before, and nothing has changed
    graded: int = 0
    trouble: dict[str, str] = field(default_factory=dict)  # by submission: why there is no grade


class Classroom:
    """One grading of a class."""

    def __init__(self, out: OutFolder, labs: Sequence[GradedLab], workers: Hands, lang: Lang, batch: str) -> None:
        self.out = out
        self.labs = labs
        self.workers = workers
        self.words = catalogue(lang)
        self.batch = batch
        self.image = load(ROOT / "compose.yaml").spec(ALONE).image
        self.checks = collected(labs)
        self.numbers = tuple(lab.lab.number for lab in labs)
        self.console = Console(highlight=False, soft_wrap=True)
        self._given: dict[str, tuple[Order, dict[str, str]]] = {}  # what is being graded, with the keys of its results

    def grade(self, sources: Sequence[Source]) -> Tally:
        """Grades what is not graded yet, in any order; each record is on the disk before its line is printed.

        ^C: those that are being graded are graded to their end, for nothing shall be lost. Once more: at once.
        """
        tally = Tally(len(sources))
        with self._progress() as progress:
            task = progress.add_task(self.words.say("class.grading"), total=len(sources))
            waiting: Iterator[tuple[Order, dict[str, str]]] | None = self._orders(sources, tally)
            try:
                while waiting or self._given:
                    while waiting and len(self._given) < self.workers.number:
                        waiting = waiting if self._give_next(waiting) else None
                        progress.update(task, completed=tally.known + tally.graded)
                    self._take_those_done(tally)
                    progress.update(task, completed=tally.known + tally.graded)
            except KeyboardInterrupt:
                self.console.print(Text(self.words.say("class.stopping"), style="yellow"))
                while self._given:
                    self._take_those_done(tally)
                raise
        return tally

    def _give_next(self, waiting: Iterator[tuple[Order, dict[str, str]]]) -> bool:
        """Has the next one graded that isn't; False when there is none."""
        for order, keys in waiting:
            self.workers.give(order)
            self._given[order.id] = order, keys
            return True
        return False

    def _take_those_done(self, tally: Tally) -> None:
        """Waits for an answer, unless nothing is being graded."""
        for answer in self.workers.take() if self._given else ():
            self._take(msgspec.msgpack.decode(answer, type=Answer), tally)

    def _orders(self, sources: Sequence[Source], tally: Tally) -> Iterator[tuple[Order, dict[str, str]]]:
        """What is not graded as it is now, with the keys of its results."""
        keep = keep_list(self.labs)
        for source in sources:
            submission = source.take(keep)
            keys = {check.name: key(check, submission.files, self.image) for check in self.checks}
            if self.out.holds(submission.id, keys, submission):
                tally.known += 1
                continue
            yield self._order(submission), keys

    def _order(self, submission: Submission) -> Order:
        return Order(
            submission.id, submission.name, dict(submission.files), submission.refused, submission.sha256,
            self.numbers, self.out.kept(submission.id), self.image, harness(), self.batch,
        )  # fmt: skip

    def _take(self, answer: Answer, tally: Tally) -> None:
        tally.graded += 1
        order, keys = self._given.pop(answer.id)
        if answer.record is None:
            tally.trouble[answer.id] = answer.trouble
            self._line("!", order.name, self.words.say("class.ours", why=answer.trouble), "yellow")
            self.out.save(lost(order, answer.trouble, self.checks, keys), self._command)
            return
        self.out.save(answer, self._command)
        self._told(answer.record, answer.id, tally)

    def _told(self, record: Record, id: str, tally: Tally) -> None:
        failed = [result.check for result in record.results if result.verdict not in (Verdict.PASS, Verdict.SKIPPED)]
        if not record.graded:
            tally.trouble[id] = ", ".join(failed)
        got, most = points(record.points), points(record.max_points)
        said = self.words.say(
            "class.line", got=got, most=most, failed=", ".join(failed[:4]) + (" …" if failed[4:] else "")
        )
        mark, style = ("!", "yellow") if not record.graded else ("✗", "") if failed else ("✓", "green")
        self._line(mark, record.submission, said, style)

    def _line(self, mark: str, name: str, said: str, style: str) -> None:
        self.console.print(Text(f"{mark} {printable(name)[:40]:<24} {said}", style=style))

    def _command(self, result: Result) -> str:
        lab = lab_of(self.labs, result.task)
        return command(result, lab.lab.number, (lab.lab.folder / "tasks").relative_to(ROOT))

    def _progress(self) -> Progress:
        """A bar with the time left, where somebody looks; it stays at the bottom, the lines go above it."""
        self.console = Console(highlight=False, soft_wrap=True)
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        return Progress(*columns, console=self.console, disable=not self.console.is_terminal, transient=True)


def collected(labs: Sequence[GradedLab]) -> tuple[Check, ...]:
    """The checks of these labs."""
    names = [*(task.name for lab in labs for task in lab.tasks), "ours"]
    with Loop([lab.checks for lab in labs], names) as loop:
        return loop.checks


# ---------------------------------------------------------------- the command


def grade(
    submissions: Path | None, out: Path, labs: Sequence[int], jobs: int, cluster: str, alone: Path | None, lang: Lang,
    as_json: bool,
) -> int:  # fmt: skip
    """Grades a class, or (`alone`) one folder: 0 all passed, 1 not all, 2 our fault."""
    if alone is not None:
        return checking.check(labs, alone, (), live=False, as_json=as_json, lang=lang)
    if submissions is None:
        raise UsageError("which submissions?", "proclab grade FOLDER, or the zip of Moodle, Canvas or Gradescope")
    chosen, sources = course(ROOT, labs), roster(submissions)
    with locked(out) as folder:
        batch = _begun(folder)
        folder.people(sources)
        try:
            with closing(hands(jobs, cluster)) as workers:
                room = Classroom(folder, chosen, workers, lang, batch)
                tally = room.grade(sources)
        except KeyboardInterrupt:
            print(catalogue(lang).say("class.stopped", out=out), file=sys.stderr)
            raise
        finally:
            _swept(batch)
        folder.forget_others(frozenset(source.id for source in sources))
        with writing(out):
            write_all(out, lang)
    return _end(tally, out, lang)


def _begun(folder: OutFolder) -> str:
    """A name for the containers of this grading. Those of the last one here, if it was killed, are removed first."""
    path = folder.folder / BATCH
    if path.is_file() and (before := path.read_text(encoding="utf-8", errors="replace").strip()).isalnum():
        _swept(before)
    batch = labels.new_run()
    with writing(path):
        path.write_text(batch, encoding="utf-8")
    return batch


def _swept(batch: str) -> None:
    try:
        with Engine(Owner(owner_of(ROOT))) as engine:
            wipe(engine, run=batch)
    except InfraError as error:
        print(f"proclab grade: {error}", file=sys.stderr)


def _end(tally: Tally, out: Path, lang: Lang) -> int:
    words = catalogue(lang)
    print(words.say("class.done", total=tally.total, graded=tally.graded, known=tally.known, out=out))
    for id, why in sorted(tally.trouble.items()):
        print(words.say("class.again", id=id, why=why), file=sys.stderr)
    return OURS if tally.trouble else DONE
