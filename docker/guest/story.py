"""Facts told as text, in English or Russian. Pure: a fact in, lines out."""

import unicodedata
from collections.abc import Iterator
from typing import Any

WORDS = {
    "en": {
        "lab": "Lab {n}: {title}",
        "start": "start: {argv}   (pid {pid})",
        "start_at": "start in {at}: {argv}   (pid {pid})",
        "sent": "type into {of}: {line}",
        "enter": "press Enter in {of}",
        "end": "end of input for {of}",
        "signal": "kill -{signal} {pid}",
        "exit": "{of} ended: exit code {exit}",
        "by": "{of} ended: killed by SIG{signal}",
        "count": "seen {count} ×: {first}",
        "none": "not seen: {line}",
        "killed": "{of} (pid {pid}) was still running; it is ended here",
        "overdue": "NOT SEEN in time: {wanted}",
        "cut": "{of} prints too much: output after {lines} lines is dropped",
        "done": "End of the lab. Try one demo yourself: make lab-{n} DEMO={demo}",
        "broken": "{bad} scene(s) did not show what they should.",
    },
    "ru": {
        "lab": "Лабораторная {n}: {title}",
        "start": "запуск: {argv}   (pid {pid})",
        "start_at": "запуск в {at}: {argv}   (pid {pid})",
        "sent": "ввод для {of}: {line}",
        "enter": "Enter для {of}",
        "end": "конец ввода для {of}",
        "signal": "kill -{signal} {pid}",
        "exit": "{of}: завершён, код {exit}",
        "by": "{of}: завершён сигналом SIG{signal}",
        "count": "видно {count} ×: {first}",
        "none": "не видно: {line}",
        "killed": "{of} (pid {pid}) ещё работал и завершён здесь",
        "overdue": "НЕ ДОЖДАЛИСЬ: {wanted}",
        "cut": "{of} печатает слишком много: всё после {lines} строк отброшено",
        "done": "Конец лабораторной. Попробуйте сами: make lab-{n} DEMO={demo}",
        "broken": "Не показали своего: сцен {bad}.",
    },
}
PLAIN = dict.fromkeys(("title", "scene", "say", "step", "program", "panel", "bad", "off"), "")
COLOUR = {"title": "\033[1;36m", "scene": "\033[1m", "say": "\033[33m", "step": "\033[2m",
          "program": "\033[32m", "panel": "\033[36m", "bad": "\033[1;31m", "off": "\033[0m"}  # fmt: skip


def clean(text: str) -> str:
    """The text without characters that act on a terminal: what a program prints is data."""
    return "".join(c if c == "\t" or unicodedata.category(c)[0] != "C" else "\ufffd" for c in text)


def caret(text: str) -> str:
    """What is typed, with control characters as a terminal echoes them: ^C."""
    return "".join(f"^{chr(ord(c) ^ 64)}" if ord(c) < 32 else c for c in text)


class Teller:
    """Tells facts as they come."""

    def __init__(self, language: str, colour: bool) -> None:
        self.language = language if language in WORDS else "en"
        self.words = WORDS[self.language]
        self.paint = COLOUR if colour else PLAIN

    def text(self, choice: dict[str, str]) -> str:
        """The text in the language of the run."""
        return choice.get(self.language) or choice.get("en", "")

    def tell(self, fact: dict[str, Any]) -> Iterator[str]:
        """The lines that tell one fact; none for those that only machines need."""
        told = getattr(self, "_" + fact["fact"], None)
        if told:
            yield from told(fact)

    def _lab(self, fact: dict[str, Any]) -> Iterator[str]:
        title = self.words["lab"].format(n=fact["n"], title=self.text(fact["title"]))
        yield self._in("title", title)
        yield self._in("title", "=" * len(title))

    def _demo(self, fact: dict[str, Any]) -> Iterator[str]:
        title = f"{fact['name']}: {self.text(fact['title'])}"
        yield from ("", self._in("title", title), self._in("title", "-" * len(title)))

    def _scene(self, fact: dict[str, Any]) -> Iterator[str]:
        if title := self.text(fact["title"]):
            yield from ("", self._in("scene", f"* {title}"))

    def _say(self, fact: dict[str, Any]) -> Iterator[str]:
        yield from ("", self._in("say", f"> {fact['text']}"))

    def _start(self, fact: dict[str, Any]) -> Iterator[str]:
        argv = " ".join(word.rpartition("/")[2] for word in fact["argv"])
        yield self._step("start_at" if fact.get("at") else "start", fact | {"argv": argv})

    def _sent(self, fact: dict[str, Any]) -> Iterator[str]:
        yield self._step("sent" if fact["line"] else "enter", fact | {"line": caret(fact["line"])})

    def _end(self, fact: dict[str, Any]) -> Iterator[str]:
        yield self._step("end", fact)

    def _signal(self, fact: dict[str, Any]) -> Iterator[str]:
        yield self._step("signal", fact) + (f": {fact['error']}" if "error" in fact else "")

    def _line(self, fact: dict[str, Any]) -> Iterator[str]:
        yield f"{self._in('program', fact['of'] + ' |')} {clean(fact['text'])}"

    def _panel(self, fact: dict[str, Any]) -> Iterator[str]:
        yield self._in("panel", f"  $ {fact['run']}")
        yield from (f"    {clean(line)}" for line in fact["text"].splitlines())

    def _exit(self, fact: dict[str, Any]) -> Iterator[str]:
        yield self._step("by" if "signal" in fact else "exit", fact)

    def _count(self, fact: dict[str, Any]) -> Iterator[str]:
        fact = fact | {"first": clean(fact["first"] or "")}
        yield self._step("count" if fact["count"] else "none", fact)

    def _killed(self, fact: dict[str, Any]) -> Iterator[str]:
        yield self._step("killed", fact)

    def _cut(self, fact: dict[str, Any]) -> Iterator[str]:
        yield self._step("cut", fact)

    def _overdue(self, fact: dict[str, Any]) -> Iterator[str]:
        yield self._in("bad", f"  ! {self.words['overdue'].format(**fact)}")

    def _done(self, fact: dict[str, Any]) -> Iterator[str]:
        if fact["bad"]:
            yield self._in("bad", self.words["broken"].format(**fact))
        yield from ("", self._in("title", self.words["done"].format(**fact)))

    def _step(self, word: str, fact: dict[str, Any]) -> str:
        return self._in("step", f"  [{self.words[word].format(**fact)}]")

    def _in(self, style: str, text: str) -> str:
        return f"{self.paint[style]}{text}{self.paint['off']}"
