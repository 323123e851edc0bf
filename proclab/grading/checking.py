"""`proclab check`: one student's work, checked at once, told as it comes."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from rich.console import Console
from rich.status import Status
from rich.text import Text

from proclab import ROOT
from proclab.errors import UsageError
from proclab.grading.aside import Aside
from proclab.grading.commands import command
from proclab.grading.course import GradedLab, course, keep_list, lab_of
from proclab.grading.exports import Evidence, Feedback, Telling, actions, texts
from proclab.grading.exports.told import points
from proclab.grading.intake import Submission, fingerprint, take
from proclab.grading.parts import Parts, whole
from proclab.grading.record import Result, Verdict, dumps
from proclab.labs import in_language
from proclab.words import Lang, catalogue

PASSED, NOT_ALL, OURS = 0, 1, 2  # exit statuses
MARKS = {Verdict.PASS: ("✓", "green"), Verdict.SKIPPED: ("·", "dim"), Verdict.INFRA: ("!", "yellow")}
WRONG = ("✗", "red")
LINES = 4  # of the standard error, on a terminal
INDENT = "      "


@dataclass(frozen=True)
class Told:
    """How results are told on a terminal."""

    console: Console
    telling: Telling

    def lab(self, lab: GradedLab) -> None:
        """A heading."""
        title = in_language(lab.lab.title, self.telling.lang)
        self.console.print(Text(self._say("check.lab", number=lab.lab.number, title=title), style="bold"))

    def task(self, lab: GradedLab, name: str) -> None:
        """A heading below the lab's."""
        task = lab.task(name)
        self.console.print(Text(f" {task.main}: {in_language(task.title, self.telling.lang)}"))

    def result(self, feedback: Feedback) -> None:
        """A line for the check; what there is to say of one that was not passed, below it."""
        result = feedback.result
        mark, style = MARKS.get(result.verdict, WRONG)
        got, most = points(result.points), points(result.max_points)
        if result.verdict is Verdict.PASS:
            line = self._say("check.passed", title=feedback.title, points=most)
        else:
            line = self._say("check.failed", title=f"{feedback.title}: {feedback.verdict}", got=got, most=most)
        self.console.print(Text(f"  {mark} {line}", style=style))
        for text in (*feedback.seen, *feedback.details):
            self._below(text)
        if feedback.errors:
            self._below(f"{self._say('grade.errors')}:", "dim")
            self._below("\n".join(f"  {line}" for line in _end(feedback.errors)), "dim")
        for key in ("why", "hint", "line", "command") if result.verdict is not Verdict.SKIPPED else ():
            if text := getattr(feedback, key):
                self._below(f"{self._say(f'grade.{key}')}: {text}", "" if key == "command" else "dim")

    def _below(self, text: str, style: str = "") -> None:
        self.console.print(Text("\n".join(INDENT + line for line in text.splitlines()), style=style))

    def working(self) -> Status:
        """On a terminal, a sign below the lines that something is being done."""
        return self.console.status(Text(self._say("check.working"), style="dim"))

    def total(self, results: Sequence[Result]) -> None:
        """The sum, at the end."""
        got, most = sum(result.points for result in results), sum(result.max_points for result in results)
        self.console.print(Text(self._say("check.sum", got=points(got), most=points(most)), style="bold"))

    def _say(self, key: str, **values: object) -> str:
        return self.telling.words.say(key, **values)


def _end(errors: str) -> list[str]:
    """The last lines of an output of errors: where a traceback says what it was."""
    return errors.splitlines()[-LINES:]


def _below(lab: GradedLab, folder: Path | None) -> Path:
    """Where the task's file lies, as a student names it from the checkout's root."""
    return folder or (lab.lab.folder / "tasks").relative_to(ROOT)


def _evidence(result: Result, lab: GradedLab, beside: Aside | None, folder: Path | None) -> Evidence:
    """What stands beside the result, in the words of the exports."""
    found = beside or Aside()
    return Evidence(
        details={lang: tuple(said) for lang, said in found.details.items()},
        output=found.output,
        errors=found.errors,
        line=found.line,
        command=command(result, lab.lab.number, _below(lab, folder)),
    )


# ---------------------------------------------------------------- the command


def check(
    labs: Sequence[int], work: Path | None, replaced: Sequence[str], live: bool, as_json: bool, lang: Lang
) -> int:
    """Checks the tasks of these labs (all that have any) once, or again whenever a file is saved."""
    chosen = course(ROOT, labs)
    submission = _submission(chosen, work, replaced)
    with Parts(chosen) as parts:
        while True:
            status = _once(parts, submission, work, as_json, lang)
            if not live:
                return status
            print(catalogue(lang).say("check.watching", folder=work or "labs/*/tasks"), file=sys.stderr)
            submission = next(_saved(lambda: _submission(chosen, work, replaced), submission))


def _once(parts: Parts, submission: Submission, work: Path | None, as_json: bool, lang: Lang) -> int:
    console = Console(highlight=False, soft_wrap=True, file=sys.stderr if as_json else sys.stdout)
    told = Told(console, Telling(lang, texts(ROOT)))
    seen: set[int | str] = set()

    def tell(result: Result, beside: Aside | None) -> None:
        lab = lab_of(parts.labs, result.task)
        if lab.lab.number not in seen:
            seen.add(lab.lab.number)
            told.lab(lab)
        if result.task not in seen:
            seen.add(result.task)
            told.task(lab, result.task)
        feedback = told.telling.feedback(result, _evidence(result, lab, beside, work))
        told.result(feedback)
        if os.environ.get("GITHUB_ACTIONS") == "true" and result.verdict is not Verdict.PASS:
            print(actions.line(feedback, told.telling, actions.located(_below(lab, work))))

    answers = []
    with told.working():
        for answer in parts.grade(submission):
            answers.append(answer)
            for result in answer.record.results if answer.record else ():
                tell(result, answer.beside.get(result.check))
    record = whole(answers)
    told.total(record.results)
    if as_json:
        sys.stdout.write(dumps(record).decode())
    verdicts = {result.verdict for result in record.results}
    if Verdict.INFRA in verdicts:
        return OURS
    return PASSED if verdicts == {Verdict.PASS} else NOT_ALL


# ---------------------------------------------------------------- what is checked


def _submission(labs: Sequence[GradedLab], work: Path | None, replaced: Sequence[str]) -> Submission:
    """The student's files: of a folder or an archive, else the tasks where they lie; some of them replaced."""
    keep = keep_list(labs)
    if work is not None:
        if not work.exists():
            raise UsageError(f"there is no {work}", "WORK= names a folder or an archive with your programs")
        found = take(work, keep)
        files = dict(found.files)
    else:
        found = Submission("work", "work", {})
        files = dict(_lying(labs))
    for each in replaced:
        files |= _replacement(each, keep)
    return replace(found, files=files, sha256=fingerprint(files))


def _replacement(wish: str, keep: Mapping[int, Sequence[str]]) -> dict[str, bytes]:
    """NAME=FILE: what this file has, under the task's name."""
    name, _, path = wish.partition("=")
    places = [f"{lab}/{name}" for lab, names in keep.items() if name in names]
    if not places:
        raise UsageError(f"--replace {wish}: no task has a file {name}", "--replace spawn.py=my.py")
    try:
        return dict.fromkeys(places, Path(path).read_bytes())
    except OSError as error:
        raise UsageError(f"--replace {wish}: {error.strerror}") from error


def _lying(labs: Sequence[GradedLab]) -> Iterator[tuple[str, bytes]]:
    for lab in labs:
        part = take(lab.lab.folder / "tasks", {lab.lab.number: keep_list([lab])[lab.lab.number]})
        yield from part.files.items()


def _saved(read: Callable[[], Submission], before: Submission) -> Iterator[Submission]:
    """The work once it is another one: looked at four times a second. What is being written just now is read again."""
    while True:
        time.sleep(0.25)
        now = read()
        if now.sha256 != before.sha256:
            yield now
