"""The guided run as a user reads it. Pure: a fact in, lines out; words.py has the words."""

from collections.abc import Iterator
from typing import Any

from words import Words

PLAIN = dict.fromkeys(("title", "scene", "say", "step", "program", "panel", "bad", "off"), "")
COLOUR = {
    "title": "\033[1;36m",
    "scene": "\033[1m",
    "say": "\033[33m",
    "step": "\033[2m",
    "program": "\033[32m",
    "panel": "\033[36m",
    "bad": "\033[1;31m",
    "off": "\033[0m",
}


def clean(text: str, keep: str = "\t") -> str:
    """The text without what acts on a terminal, turns a line around or ends one (U+202E, U+2028): it is data."""
    return "".join(c if c.isprintable() or c in keep else "\ufffd" for c in text)


def caret(text: str) -> str:
    """What is typed, with control characters as a terminal echoes them: ^C."""
    return "".join(f"^{chr(ord(c) ^ 64)}" if ord(c) < 32 else c for c in text)


class Console:
    """Facts as they come, in one language."""

    def __init__(self, language: str, colour: bool) -> None:
        self.words = Words(language)
        self.paint = COLOUR if colour else PLAIN

    def lines(self, fact: dict[str, Any]) -> Iterator[str]:
        """The lines of one fact; none for those that only machines need."""
        kind = getattr(self, "_" + fact["fact"], None)
        if kind:
            yield from kind(fact)

    def _lab(self, fact: dict[str, Any]) -> Iterator[str]:
        title = self.words.phrase("lab", n=fact["n"], title=self.words.text(fact["title"]))
        yield self._in("title", title)
        yield self._in("title", "=" * len(title))

    def _demo(self, fact: dict[str, Any]) -> Iterator[str]:
        title = f"{fact['name']}: {self.words.text(fact['title'])}"
        yield from ("", self._in("title", title), self._in("title", "-" * len(title)))

    def _scene(self, fact: dict[str, Any]) -> Iterator[str]:
        if title := self.words.text(fact["title"]):
            yield from ("", self._in("scene", f"* {title}"))

    def _say(self, fact: dict[str, Any]) -> Iterator[str]:
        yield from ("", self._in("say", clean(f"> {fact['text']}", keep="\t\n")))

    def _start(self, fact: dict[str, Any]) -> Iterator[str]:
        argv = " ".join(word.rpartition("/")[2] for word in fact["argv"])
        yield self._step("start_at" if fact.get("at") else "start", fact | {"argv": argv})

    def _sent(self, fact: dict[str, Any]) -> Iterator[str]:
        yield self._step("sent" if fact["line"] else "enter", fact | {"line": caret(fact["line"])})

    def _end(self, fact: dict[str, Any]) -> Iterator[str]:
        yield self._step("end", fact)

    def _signal(self, fact: dict[str, Any]) -> Iterator[str]:
        yield self._step("signal", fact) + (f": {clean(fact['error'])}" if "error" in fact else "")

    def _line(self, fact: dict[str, Any]) -> Iterator[str]:
        yield f"{self._in('program', clean(fact['of']) + ' |')} {clean(fact['text'])}"

    def _panel(self, fact: dict[str, Any]) -> Iterator[str]:
        yield self._in("panel", clean(f"  $ {fact['run']}"))
        yield from (f"    {clean(line)}" for line in fact["text"].splitlines())

    def _exit(self, fact: dict[str, Any]) -> Iterator[str]:
        yield self._step("ended_by" if "signal" in fact else "ended_with", fact)

    def _count(self, fact: dict[str, Any]) -> Iterator[str]:
        fact = fact | {"first": clean(fact["first"] or "")}
        yield self._step("count" if fact["count"] else "none", fact)

    def _killed(self, fact: dict[str, Any]) -> Iterator[str]:
        yield self._step("killed", fact)

    def _cut(self, fact: dict[str, Any]) -> Iterator[str]:
        yield self._step("cut", fact)

    def _overdue(self, fact: dict[str, Any]) -> Iterator[str]:
        text = self.words.phrase("overdue", wanted=self._wanted(fact))
        yield self._in("bad", clean(f"  ! {text}"))

    def _wanted(self, fact: dict[str, Any]) -> str:
        """What did not come: patterns of a line or a panel, as they are; else what the lack is called."""
        wanted = self.words.phrase("and").join(fact["wanted"])
        never = self.words.phrase("or").join(fact.get("never", ()))
        if f"overdue_{fact['lack']}" in self.words.phrases:
            return self.words.phrase(f"overdue_{fact['lack']}", wanted=wanted)
        return wanted + (self.words.phrase("without") + never if never else "")

    def _done(self, fact: dict[str, Any]) -> Iterator[str]:
        if fact["bad"]:
            yield self._in("bad", self.words.phrase("broken", **fact))
        yield from ("", self._in("title", self.words.phrase("done", **fact)))

    def _step(self, word: str, fact: dict[str, Any]) -> str:
        return self._in("step", clean(f"  [{self.words.phrase(word, **fact)}]"))

    def _in(self, style: str, text: str) -> str:
        return f"{self.paint[style]}{text}{self.paint['off']}"
