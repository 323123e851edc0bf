"""A result in words, for every export alike. All of it is printable: nothing that a program wrote can act anywhere."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from proclab.grading.exports.gradebook import Entry, Evidence
from proclab.grading.exports.texts import CheckTexts, Text
from proclab.grading.exports.visible import Hidden
from proclab.grading.record import Result, Seen, Verdict
from proclab.text import printable
from proclab.words import Catalogue, Lang, catalogue

NO_TEXTS = CheckTexts()
EXCERPT = 4000  # characters of an output that anybody reads
SENTENCE = 2000
SENTENCES = 5


@dataclass(frozen=True)
class Feedback:
    """What there is to say of one result."""

    result: Result
    title: str
    verdict: str
    why: str = ""
    hint: str = ""
    seen: tuple[str, ...] = ()
    details: tuple[str, ...] = ()
    command: str = ""
    line: str = ""
    output: str = ""
    errors: str = ""


@dataclass(frozen=True)
class Telling:
    """The words of one language."""

    lang: Lang
    texts: Mapping[str, CheckTexts]

    @property
    def words(self) -> Catalogue:
        """The catalogue."""
        return catalogue(self.lang)

    def title(self, check: str) -> str:
        """What a check is called."""
        return self._said(self.texts.get(check, NO_TEXTS).title) or printable(check)

    def of(self, entry: Entry, result: Result) -> Feedback:
        """All of it, with what stands beside the record."""
        return self.feedback(result, entry.shown_by(result))

    def feedback(self, result: Result, evidence: Evidence) -> Feedback:
        """All of it. Nothing but the title is to be said of a check that was passed."""
        texts = self.texts.get(result.check, NO_TEXTS)
        title, verdict = self.title(result.check), self.words.say(f"verdict.{result.verdict.value}")
        if result.verdict is Verdict.PASS:
            return Feedback(result, title, verdict)
        details = evidence.details.get(self.lang) or evidence.details.get("en", ())
        return Feedback(
            result,
            title,
            verdict,
            self._said(texts.why),
            self._said(texts.hint),
            tuple(self.seen(result.check, seen) for seen in result.seen) or self._skipped(result),
            tuple(map(_short, details[:SENTENCES])),
            _short(evidence.command),
            _short(evidence.line or _crashed_at(result, evidence.errors)),
            self.excerpt(evidence.output),
            self.excerpt(evidence.errors),
        )

    def seen(self, check: str, seen: Seen) -> str:
        """One thing that was seen, in a sentence; in plain key and value where nobody wrote it."""
        own = self._said(self.texts.get(check, NO_TEXTS).seen.get(seen.code, {}))
        phrase = own or self.words.phrases.get(f"grade.seen.{seen.code}", "")
        values = {key: value if isinstance(value, int) else _short(value) for key, value in seen.values.items()}
        try:
            return phrase.format_map(values) if phrase else _plain(seen.code, values)
        except (KeyError, ValueError, IndexError, AttributeError):
            return _plain(seen.code, values)

    def hidden(self, hidden: Hidden) -> str:
        """All that is said of the checks that aren't shown."""
        return self.words.say("grade.hidden.sum", got=points(hidden.points), most=points(hidden.max_points))

    def excerpt(self, text: str) -> str:
        """An output as far as anybody reads it: its beginning and its end."""
        left_out = len(text) - EXCERPT
        if left_out > 0:
            more = self.words.say("grade.left_out", count=left_out)
            text = f"{text[: EXCERPT // 2]}\n{more}\n{text[-EXCERPT // 2 :]}"
        lines = text.rstrip("\n").split("\n")
        return shortened("\n".join(printable(line, keep="\t") for line in lines), 6 * EXCERPT)

    def _skipped(self, result: Result) -> tuple[str, ...]:
        if result.verdict is not Verdict.SKIPPED:
            return ()
        if not result.after:
            return (self.words.say("grade.skipped.hidden"),)
        return (self.words.say("grade.skipped", after=self.title(result.after)),)

    def _said(self, text: Text) -> str:
        return text.get(self.lang) or text.get("en", "")


def plain(feedback: Feedback, words: Catalogue, outputs: bool = True) -> str:
    """A result as plain text, a paragraph for each thing that there is to say; "" of a check that was passed."""
    parts = ["\n".join((*feedback.seen, *feedback.details))]
    for key in ("why", "hint", "line", "command", *(("output", "errors") if outputs else ())):
        if text := getattr(feedback, key):
            parts.append(f"{words.say(f'grade.{key}')}:{chr(10) if chr(10) in text else ' '}{text}")
    return "\n\n".join(filter(None, parts))


def points(number: float) -> str:
    """A number of points: two digits behind the point at most, none that says nothing.

    >>> points(7.0), points(7.5), points(1 / 3), points(1e7)
    ('7', '7.5', '0.33', '10000000')
    """
    return f"{number:.2f}".rstrip("0").rstrip(".")


def shortened(text: str, most: int) -> str:
    """The text, cut where it is too long."""
    return text if len(text) <= most else f"{text[: most - 1]}…"


def _crashed_at(result: Result, errors: str) -> str:
    """`shell.py:66`: the innermost line of the student's own file in the traceback that ended the program."""
    name = result.argv[0].rpartition("/")[2] if result.argv else ""
    if result.verdict is not Verdict.CRASH or not name:
        return ""
    lines = re.findall(rf'^ *File "(?:[^"\n]*/)?{re.escape(name)}", line ([0-9]{{1,7}})\b', errors, re.MULTILINE)
    return f"{name}:{lines[-1]}" if lines else ""


def _short(text: str) -> str:
    return shortened(printable(text[: SENTENCE + 1]), SENTENCE)


def _plain(code: str, values: Mapping[str, object]) -> str:
    return ", ".join([printable(code), *(f"{printable(key)} = {value}" for key, value in values.items())])
