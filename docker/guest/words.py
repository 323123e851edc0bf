"""What our programs in the containers say to a user, in the language of the run.

Each language is one file beside this one, words_en.py, words_ru.py …, with the same keys (docs/translating.md).
A *phrase* is a text with {arguments}, as on the host (proclab/words). This imports next to nothing: a program of the
user's waits for it.
"""

import os
import sys


class Words:
    """What one language says under which key."""

    def __init__(self, wanted: str) -> None:
        self.lang = wanted[:2]
        try:
            found = __import__(f"words_{self.lang}")
        except ModuleNotFoundError:
            self.lang, found = "en", __import__("words_en")
        self.phrases: dict[str, str] = found.PHRASES

    def phrase(self, key: str, /, **values: object) -> str:
        """The phrase of this key, filled in."""
        return self.phrases[key].format_map(values)

    def text(self, choice: dict[str, str]) -> str:
        """Of a lab's own texts, which lab.toml has by language, the one in this language, else the English one."""
        return choice.get(self.lang) or choice.get("en", "")


def of_the_run() -> Words:
    """The words of the language that the run is in."""
    return Words(os.environ.get("PROCLAB_LANG", "en"))


def say(key: str, /, **values: object) -> None:
    """A sentence of ours, on the standard error: the standard output is the program's."""
    print("proclab: " + of_the_run().phrase(key, **values), file=sys.stderr, flush=True)
