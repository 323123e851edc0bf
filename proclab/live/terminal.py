"""`proclab look`: samples out of running containers, drawn once or again and again.

A picture takes two samples: what to notice is what both show (proclab/live/noticing.py).

The sampler is `docker exec`ed, so it has the student's uid and confinement. It ends when its input closes: also when
we are killed.
"""

from __future__ import annotations

import contextlib
import dataclasses
import queue
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from proclab.errors import ProclabError, ProtocolError
from proclab.live.look import WIDTH, heading, picture
from proclab.procfs import OURS, Sample, parse
from proclab.text import printable
from proclab.words import Lang, catalogue

if TYPE_CHECKING:  # imported while the samplers start: findings need much of proclab
    from proclab.live.screen import Watch

STUDENT = "1000:1000"  # the programs' user (compose.yaml); a container that holds a recording has another one
ONCE_S = 30.0
HZ = 5.0
ONCE_HZ = 20.0  # of the two samples of one picture
LINE_MAX = 8 << 20  # of one sample


class Sampler:
    """The sampler in one container."""

    def __init__(self, box: str, container: str, count: int = 1, lang: Lang = "en", hz: float = HZ) -> None:
        self.box, self.lang = box, lang
        argv = ["docker", "exec", "-i", "--user", STUDENT, container]
        argv += ["python", "-EsS", f"{OURS}look.py", f"--box={box}", f"--count={count}", f"--hz={hz}"]
        pipe = subprocess.PIPE
        self.process = subprocess.Popen(argv, stdin=pipe, stdout=pipe, stderr=pipe, start_new_session=True)

    def samples(self) -> Iterator[Sample]:
        """As they come; raises ProtocolError."""
        assert self.process.stdout
        while line := self.process.stdout.readline(LINE_MAX):
            # The name is ours to give, whatever the container says.
            yield dataclasses.replace(parse(line.decode("utf-8", "replace")), box=self.box)

    def trouble(self) -> str:
        """Why there is no sample, once it has ended."""
        assert self.process.stderr
        said = self.process.stderr.read(4096).decode("utf-8", "replace").strip()
        if "look.py" in said and "No such file" in said:
            return catalogue(self.lang).say("look.old.image")
        return printable(said.rpartition("\n")[2]) or catalogue(self.lang).say("look.over")

    def close(self) -> None:
        """Lets the sampler go."""
        assert self.process.stdin
        with contextlib.suppress(OSError):
            self.process.stdin.close()  # the sampler's input ends, so does it
        try:
            self.process.wait(5)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def forget(self) -> None:
        """Closes what its output came by, when nobody reads it any more."""
        for file in (self.process.stdout, self.process.stderr):
            if file:
                file.close()


@contextlib.contextmanager
def sampling(
    boxes: Sequence[tuple[str, str]], count: int, lang: Lang = "en", hz: float = HZ
) -> Iterator[queue.Queue[tuple[str, Sample | str]]]:
    """A queue of what the samplers say: a sample, or in words why there are no more of that box."""
    said: queue.Queue[tuple[str, Sample | str]] = queue.Queue()

    def listen(sampler: Sampler) -> None:
        got = False
        try:
            for sample in sampler.samples():
                got = True
                said.put((sampler.box, sample))
            said.put((sampler.box, catalogue(lang).say("look.over") if got else sampler.trouble()))
        except ProtocolError as error:
            said.put((sampler.box, catalogue(lang).say("look.no.sample", error=error)))

    samplers = [Sampler(box, container, count, lang, hz) for box, container in boxes]
    listeners = [threading.Thread(target=listen, args=(sampler,), daemon=True) for sampler in samplers]
    for listener in listeners:
        listener.start()
    try:
        yield said
    finally:
        for sampler, listener in zip(samplers, listeners, strict=True):
            sampler.close()
            listener.join()
            sampler.forget()


def look(boxes: Sequence[tuple[str, str]]) -> tuple[list[Sample], list[str]]:
    """One sample of each container, in their order; and of those without one, why."""
    seen, troubles = looked(boxes, 1)
    return seen.samples, troubles


def looked(boxes: Sequence[tuple[str, str]], count: int = 2, lang: Lang = "en") -> tuple[Watch, list[str]]:
    """What so many samples of each container show; and of those without one, why."""
    ended: dict[str, str] = {}
    deadline = time.monotonic() + ONCE_S
    with sampling(boxes, count, lang, ONCE_HZ) as said:
        from proclab.live.screen import Watch

        state = Watch(boxes, lang)
        while len(ended) < len(boxes):
            try:
                box, what = said.get(timeout=max(0.0, deadline - time.monotonic()))
            except queue.Empty:
                names = ", ".join(box for box, _ in boxes)
                raise ProclabError(
                    catalogue(lang).say("look.no.answer", seconds=f"{ONCE_S:.0f}", boxes=names)
                ) from None
            if isinstance(what, Sample):
                state.take(box, what)
            else:
                ended[box] = what
    return state, [f"{box}: {ended[box]}" for box, _ in boxes if box not in state.seen]


def watch(title: str, boxes: Sequence[tuple[str, str]], lang: Lang = "en") -> int:
    """Draws until the containers have ended or ^C. Without a terminal: the changes, one a line."""
    with sampling(boxes, 0, lang) as said:
        from proclab.live.screen import Watch

        state = Watch(boxes, lang)
        try:
            (_on_terminal if sys.stdout.isatty() else _on_pipe)(title, state, said)
        except KeyboardInterrupt:
            return 0
    return 0


def _on_terminal(title: str, state: Watch, said: queue.Queue[tuple[str, Sample | str]]) -> None:
    from rich.live import Live
    from rich.text import Text

    with Live(Text(catalogue(state.lang).say("look.waiting", title=title)), screen=True, auto_refresh=False) as live:
        while not state.over:
            state.take(*said.get())
            if said.empty():
                size = shutil.get_terminal_size()
                text = Text("\n".join(state.lines(title, size.lines, size.columns)), no_wrap=True)
                text.overflow = "ellipsis"
                live.update(text, refresh=True)
    print(f"{title}: " + ", ".join(f"{box}: {why}" for box, why in state.ended.items()))


def _on_pipe(title: str, state: Watch, said: queue.Queue[tuple[str, Sample | str]]) -> None:
    """The first picture, then what changes and what is newly to be noticed, one a line."""
    first, known = True, set[str]()
    while not state.over:
        state.take(*said.get())
        if first and len(state.seen) + len(state.ended) == len(state.order):
            first = False
            print("\n".join(state.lines(title, 1 << 30)), flush=True)
            state.changed.clear()
        while not first and state.changed:
            print(state.changed.popleft(), flush=True)
        if not first and said.empty():
            now = state.notices(1 << 30)[2:]
            for line in now:
                if line not in known:
                    print(line.strip(), flush=True)
            known = set(now)


def draw(title: str, boxes: Sequence[str], again: bool, lang: Lang) -> int:
    """Draws the containers of the command line."""
    named = [(name, container) for name, _, container in (box.partition("=") for box in boxes)]
    if title.isdecimal():
        title = catalogue(lang).say("look.lab", number=title)
    if again:
        return watch(title, named, lang)
    state, troubles = looked(named, lang=lang)
    print("\n".join(still(title, state)))
    for trouble in troubles:
        print(f"proclab look: {trouble}", file=sys.stderr)
    return 0 if state.samples else 2


def still(title: str, state: Watch) -> list[str]:
    """A whole picture, however long."""
    head = heading(title, state.samples, state.lang) + (
        catalogue(state.lang).say("look.between") if state.samples else ""
    )
    width = max(WIDTH, shutil.get_terminal_size((WIDTH, 0)).columns)
    return [head, "", *picture(state.samples, state.phrases), *state.notices(width, since=False)]
