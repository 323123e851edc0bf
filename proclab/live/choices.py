"""What can be recorded from the live page: the lab's demos, and programs of the user's that run now. Pure."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from proclab.labs import Lab, in_language
from proclab.procfs import OURS, Process, Sample
from proclab.words import LANGS

DEMOS, OWN = "/lab/demos/", "/lab/run/"
LAUNCHER = OURS + "run.py"  # what `make lab-N RUN=` starts a program with; its first argument is the program


@dataclass(frozen=True)
class Choice:
    """A recording that can be asked for; `wish` are scripts/trace's environment variables."""

    key: str
    name: str
    title: Mapping[str, str] = field(default_factory=dict)
    wish: Mapping[str, str] = field(default_factory=dict)
    now: bool = False  # it runs

    def plain(self) -> list[object]:
        """For the page: the key, the text in each language, whether it runs."""
        titles = [in_language(self.title, lang) for lang in LANGS]
        texts = [f"{self.name}: {title}" if title else self.name for title in titles]
        return [self.key, texts, int(self.now)]


def choices(lab: Lab, samples: Iterable[Sample], folders: Mapping[str, str]) -> list[Choice]:
    """What can be recorded; `folders` is the host's folder that a box has at /lab/run."""
    samples = list(samples)
    running = {name for sample in samples for process in sample.processes for name in _demos(process)}
    own = dict.fromkeys(run for sample in samples for run in _own(sample, folders.get(sample.box, "")))
    return [
        *(Choice(f"run {run}", shlex.split(run)[0].rpartition("/")[2], {}, {"RUN": run}, True) for run in own),
        *(Choice(d.name, d.name, d.title, {"DEMO": d.name}, d.name in running) for d in lab.demos),
    ]


def _demos(process: Process) -> Iterator[str]:
    """The demos that a command line names."""
    for word in process.argv:
        if word.startswith(DEMOS) and word.endswith(".py"):
            yield word.removeprefix(DEMOS).removesuffix(".py")


def _own(sample: Sample, folder: str) -> Iterator[str]:
    """Programs below /lab/run, as RUN= names them: with the host's path, quoted as a shell's words.

    The program itself runs as `python my.py`, as one types it: its launcher says which file that is.
    """
    for process in sample.processes if folder else ():
        launcher, word, arguments = process.argv[2:3], "".join(process.argv[3:4]), process.argv[4:]
        name = word.removeprefix(OWN)
        if launcher == (LAUNCHER,) and word.startswith(OWN) and "/" not in name:
            yield shlex.join([f"{folder}/{name}", *arguments])
