"""tree.txt: the process tree each time it has changed, and what changed it.

step 5: 9 forks: child 18
    9 demo.py
    └─ 18
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from proclab import events as e
from proclab.state.box import Box, Process, State
from proclab.state.reducer import apply
from proclab.views.phrases import LANGS, Lang
from proclab.views.picture import Picture
from proclab.views.scene import program
from proclab.views.telling import Names, Teller, printable

Kin = Mapping[e.Task | None, tuple[e.Task, ...]]
CHANGES = (e.Start, e.Fork, e.Thread, e.Exec, e.Exit, e.Killed, e.ThreadExit, e.Wait, e.Orphan, e.Stopped)
AFFECT = (*CHANGES, e.SigDeliver)  # SIGCONT
WORDS = {
    "step": ("step", "шаг"), "thread": ("thread", "поток"), "zombie": ("zombie", "зомби"),
    "stopped": ("stopped", "остановлен"), "orphan": ("orphan", "сирота"),
    "none": ("(no process is left)", "(процессов больше нет)"),
}  # fmt: skip


def tree(events: Sequence[e.Event], lang: Lang = "en", shown: Picture | None = None) -> str:
    """The whole file."""
    picture = shown or Picture.of(events)
    found, drawing = picture.steps, _Drawing(picture.names, lang)
    teller, state, before, parts = Teller(drawing.names, lang), State(), "", []
    for event in events:
        if not concerns(state, event):
            continue
        apply(state, event)
        if not isinstance(event, CHANGES) or event.seq not in found.at:
            continue
        now = drawing.whole(state)
        if now != before:
            step = f"{drawing.word('step')} {found.at[event.seq] + 1}"
            told = printable(f"{step}: {drawing.names.subject(event)} {teller.sentence(event)}")
            parts.append(f"{told}\n{now}\n")
        before = now
    return "".join(parts)


def concerns(state: State, event: e.Event) -> bool:
    """Whether an event may change a tree. Most don't: bytes, descriptors and waits of tasks that are known."""
    if isinstance(event, AFFECT):
        return True
    box = state.boxes.get(event.box)
    return box is None or event.proc not in box.processes or event.task not in box.threads


class _Drawing:
    """Draws one tree after the other."""

    def __init__(self, names: Names, lang: Lang) -> None:
        self.names, self.lang = names, lang

    def word(self, key: str) -> str:
        return WORDS[key][LANGS.index(self.lang)]

    def whole(self, state: State) -> str:
        lines = [line for box in state.boxes.values() for line in self.box(box)]
        return "".join(f"    {printable(line)}\n" for line in lines or [self.word("none")])

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
        for thread in threads:
            left -= 1
            yield f"{rest}{'├─' if left else '└─'} {self.word('thread')} {self.names.task(thread)}"
        for child in children:
            left -= 1
            yield from self.below(box, child, kin, rest + ("├─ " if left else "└─ "), rest + ("│  " if left else "   "))

    def process(self, box: Box, process: Process) -> str:
        words = [self.names.task(process.task, box.name)]
        if process.alive and process.argv:
            words.append(program(process.argv, process.path))
        if process.status != "running":
            end = process.sig or ("" if process.code is None else str(process.code))
            words.append(self.word(process.status) + (f" ({end})" if end else ""))
        if process.orphaned is not None and process.alive:
            words.append(f"({self.word('orphan')})")
        return " ".join(words)
