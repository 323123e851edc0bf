"""`proclab look`: samples out of running containers, drawn once or again and again.

The sampler is `docker exec`ed, so it has the student's uid and confinement. It ends when its input closes: also when
we are killed.
"""

from __future__ import annotations

import argparse
import contextlib
import dataclasses
import queue
import shutil
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Iterator, Sequence

from proclab.errors import ProclabError, ProtocolError
from proclab.logs import printable
from proclab.look import changes, heading, picture
from proclab.procfs import OURS, Sample, parse

ONCE_S = 30.0
HZ = 5.0
CHANGES = 12  # the latest, below the picture
LINE_MAX = 8 << 20  # of one sample


class Sampler:
    """The sampler in one container."""

    def __init__(self, box: str, container: str, count: int = 1) -> None:
        self.box = box
        argv = ["docker", "exec", "-i", container, "python", "-EsS", f"{OURS}look.py", f"--box={box}"]
        argv += [f"--count={count}", f"--hz={HZ}"]
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
            return "it was started from an older image; start it again"
        return printable(said.rpartition("\n")[2]) or "it has ended"

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
def sampling(boxes: Sequence[tuple[str, str]], count: int) -> Iterator[queue.Queue[tuple[str, Sample | str]]]:
    """A queue of what the samplers say: a sample, or in words why there are no more of that box."""
    said: queue.Queue[tuple[str, Sample | str]] = queue.Queue()

    def listen(sampler: Sampler) -> None:
        got = False
        try:
            for sample in sampler.samples():
                got = True
                said.put((sampler.box, sample))
            said.put((sampler.box, "it has ended" if got else sampler.trouble()))
        except ProtocolError as error:
            said.put((sampler.box, str(error)))

    samplers = [Sampler(box, container, count) for box, container in boxes]
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
    got: dict[str, Sample] = {}
    ended: dict[str, str] = {}
    deadline = time.monotonic() + ONCE_S
    with sampling(boxes, 1) as said:
        while len(ended) < len(boxes):
            try:
                box, what = said.get(timeout=max(0.0, deadline - time.monotonic()))
            except queue.Empty:
                raise ProclabError(f"no answer within {ONCE_S:.0f} s from {', '.join(b for b, _ in boxes)}") from None
            if isinstance(what, Sample):
                got[box] = what
            else:
                ended[box] = what
    troubles = [f"{box}: {ended[box]}" for box, _ in boxes if box not in got]
    return [got[box] for box, _ in boxes if box in got], troubles


class Watch:
    """What is seen by now, and what has changed."""

    def __init__(self, boxes: Sequence[tuple[str, str]]) -> None:
        self.order = [box for box, _ in boxes]
        self.seen: dict[str, Sample] = {}
        self.ended: dict[str, str] = {}
        self.changed: deque[str] = deque(maxlen=CHANGES)

    def take(self, box: str, what: Sample | str) -> None:
        """A sample came, or the last of a container."""
        if isinstance(what, str):
            self.ended[box] = what
            self.seen.pop(box, None)
            self.changed.append(f"{_clock(time.time_ns())} {box}: {what}")
            return
        if box in self.seen:
            new = changes([self.seen[box]], [what])
            self.changed += [f"{_clock(what.t)} {sentence}" for sentence in new]
        self.seen[box] = what

    @property
    def over(self) -> bool:
        """No container is left."""
        return len(self.ended) == len(self.order)

    def lines(self, title: str, height: int) -> list[str]:
        """The screen: picture above, changes below; cut to the terminal's height with a word about it."""
        samples = [self.seen[box] for box in self.order if box in self.seen]
        below = ["", "changed:", *(f"  {line}" for line in self.changed)] if self.changed else []
        above = [heading(title, samples), "", *picture(samples)]
        room = max(3, height - len(below) - 1)
        if len(above) > room:
            above = [*above[: room - 1], f"… {len(above) - room + 1} lines more: make look shows all"]
        return above + below


def _clock(t: int) -> str:
    return time.strftime("%H:%M:%S", time.localtime(t / 1e9))


def watch(title: str, boxes: Sequence[tuple[str, str]]) -> int:
    """Draws until the containers have ended or ^C. Without a terminal: the changes, one a line."""
    state = Watch(boxes)
    with sampling(boxes, 0) as said:
        try:
            (_on_terminal if sys.stdout.isatty() else _on_pipe)(title, state, said)
        except KeyboardInterrupt:
            return 0
    return 0


def _on_terminal(title: str, state: Watch, said: queue.Queue[tuple[str, Sample | str]]) -> None:
    from rich.live import Live
    from rich.text import Text

    with Live(Text(f"{title}: waiting for the first sample"), screen=True, auto_refresh=False) as live:
        while not state.over:
            state.take(*said.get())
            if said.empty():
                text = Text("\n".join(state.lines(title, shutil.get_terminal_size().lines)), no_wrap=True)
                text.overflow = "ellipsis"
                live.update(text, refresh=True)
    print(f"{title}: " + ", ".join(f"{box}: {why}" for box, why in state.ended.items()))


def _on_pipe(title: str, state: Watch, said: queue.Queue[tuple[str, Sample | str]]) -> None:
    first = True
    while not state.over:
        state.take(*said.get())
        if first and len(state.seen) + len(state.ended) == len(state.order):
            first = False
            print("\n".join(state.lines(title, 1 << 30)), flush=True)
            state.changed.clear()
        while not first and state.changed:
            print(state.changed.popleft(), flush=True)


def main(argv: Sequence[str]) -> int:
    """Draws the containers of the command line."""
    parser = argparse.ArgumentParser(prog="proclab look", description="Draw what runs in containers.")
    parser.add_argument("title")
    parser.add_argument("boxes", nargs="+", metavar="NAME=CONTAINER")
    parser.add_argument("--watch", action="store_true", help="again and again, with what has changed")
    options = parser.parse_args(argv)
    boxes = [(name, container) for name, _, container in (word.partition("=") for word in options.boxes)]
    if options.watch:
        return watch(options.title, boxes)
    samples, troubles = look(boxes)
    print("\n".join([heading(options.title, samples), "", *picture(samples)]))
    for trouble in troubles:
        print(f"proclab look: {trouble}", file=sys.stderr)
    return 0 if samples else 2
