"""tree.txt: the process tree each time it has changed, and what changed it.

step 5: 9 forks: child 18
    9 demo.py
    └─ 18
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import islice

from proclab import events as e
from proclab.state.box import Box, Process, State
from proclab.state.reducer import Observer
from proclab.text import printable
from proclab.views.layout import program
from proclab.views.steps import Steps
from proclab.words import Lang
from proclab.words.sentences import Sentences, TaskNames

Kin = Mapping[e.Task | None, tuple[e.Task, ...]]
DEEP = 100  # generations that are drawn,
LINES = 300  # lines of a tree,
SIZE = 8 << 20  # and characters of them all: a program may make processes without an end
CHANGES = (e.Start, e.Fork, e.Thread, e.Exec, e.Exit, e.Killed, e.ThreadExit, e.Wait, e.Orphan, e.Stopped)


class Trees(Observer):
    """Draws the tree at each step that may change it; `text` is the whole file."""

    def __init__(self, steps: Steps, names: TaskNames, lang: Lang = "en") -> None:
        self.steps, self.sentences = steps, Sentences(names, lang)
        self.drawing, self.words = _Drawing(self.sentences), self.sentences.words
        self.parts: list[str] = []
        self.latest, self.size = "", 0

    def after(self, state: State, event: e.Event) -> None:
        """What the event has made of the tree."""
        if not isinstance(event, CHANGES) or event.seq not in self.steps.at or self.size > SIZE:
            return
        now = self.drawing.whole(state)
        if now != self.latest:
            what = f"{self.sentences.names.subject(event)} {self.sentences.of(event)}"
            change = self.words.say("story.at", number=self.steps.at[event.seq] + 1, what=what)
            self.parts.append(f"{printable(change)}\n{now}\n")
            self.size += len(self.parts[-1])
        if self.size > SIZE:
            self.parts.append(self.words.say("tree.rest") + "\n")
        self.latest = now

    @property
    def text(self) -> str:
        return "".join(self.parts)


class _Drawing:
    """Draws one tree after the other."""

    def __init__(self, sentences: Sentences) -> None:
        self.names, self.words = sentences.names, sentences.words

    def whole(self, state: State) -> str:
        lines = list(islice((line for box in state.boxes.values() for line in self.box(box)), LINES + 1))
        lines[LINES:] = ["…"] if len(lines) > LINES else []
        return "".join(f"    {printable(line)}\n" for line in lines or [self.words.say("tree.none")])

    def box(self, box: Box) -> Iterator[str]:
        kin = box.tree()
        known = {task for tasks in kin.values() for task in tasks}
        for parent, tasks in kin.items():
            if parent is None or parent not in known:
                for task in tasks:
                    yield from self.below(box, box.processes[task], kin, "", "")

    def below(self, box: Box, process: Process, kin: Kin, first: str, rest: str) -> Iterator[str]:
        yield f"{first}{self.process(box, process)}"
        threads = [task for task in box.members.get(process.task, ()) if task != process.task]
        children = [box.processes[task] for task in kin.get(process.task, ())]
        left = len(threads) + len(children)
        if left and len(rest) >= DEEP * len("│  "):
            yield f"{rest}└─ …"
            return
        for thread in threads:
            left -= 1
            name = self.words.say("views.thread", name=self.names.task(thread))
            yield f"{rest}{'├─' if left else '└─'} {name}"
        for child in children:
            left -= 1
            yield from self.below(box, child, kin, rest + ("├─ " if left else "└─ "), rest + ("│  " if left else "   "))

    def process(self, box: Box, process: Process) -> str:
        parts = [self.names.task(process.task, box.name)]
        if process.alive and process.argv:
            parts.append(program(process.argv, process.path))
        if process.status != "running":
            end = process.sig or ("" if process.code is None else str(process.code))
            parts.append(self.words.say(f"tree.{process.status}.by" if end else f"tree.{process.status}", end=end))
        if process.orphaned is not None and process.alive:
            parts.append(self.words.say("tree.orphan"))
        return " ".join(parts)
