"""The recordings that the live page starts: scripts/trace in a process group of its own, one at a time."""

from __future__ import annotations

import itertools
import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from proclab.errors import UsageError
from proclab.live.choices import Choice
from proclab.text import printable

GRACE_S = 30.0  # a recording that is asked to end still fetches what there is and makes its pictures
NOT_PASSED_ON = {
    "ARGS",
    "AT",
    "DEMO",
    "RUN",
    "INPUT",
    "RAW",
    "NAMES",
    "MARKERS",
    "WEB",
    "PORT",
    "MAKEFLAGS",
    "MFLAGS",
    "MAKELEVEL",
}
LINE_MAX = 1 << 16  # characters of a line that are held at once: a program's standard error comes this way, too
Tell = Callable[[dict[str, Any]], None]


class Recordings:
    """Starts recordings of one lab, reports how they go, and knows the pages of those that are finished."""

    def __init__(self, lab: int, root: Path, tell: Tell, script: str = "scripts/trace") -> None:
        self.lab, self.root, self.tell, self.script = lab, root, tell, script
        self.out = root / os.environ.get("OUT", "out")
        self.process: subprocess.Popen[str] | None = None
        self.pages: dict[str, Path] = {}
        self.lock = threading.Lock()
        self.follower: threading.Thread | None = None

    def start(self, choice: Choice) -> None:
        """Begins; raises UsageError when one is running."""
        with self.lock:
            if self.process and self.process.poll() is None:
                raise UsageError("a recording is running; end it first")
            name = self._name(choice)
            pipe, null = subprocess.PIPE, subprocess.DEVNULL
            self.process = subprocess.Popen(
                [self.script, str(self.lab)],
                cwd=self.root,
                env=environment(choice.wish, name),
                stdin=null,
                stdout=null,
                stderr=pipe,
                text=True,
                errors="replace",
                start_new_session=True,
            )
            self.follower = threading.Thread(target=self._follow, args=(self.process, choice.name, name), daemon=True)
            self.follower.start()

    def _name(self, choice: Choice) -> str:
        """A folder of out/ that isn't there yet."""
        name = f"lab-{self.lab}-{Path(choice.name).stem}-{time.strftime('%Y%m%d-%H%M%S')}"
        numbers = (f"{name}-{number}" for number in itertools.count(2))
        return next(each for each in itertools.chain([name], numbers) if not (self.out / each).exists())

    def _follow(self, process: subprocess.Popen[str], what: str, name: str) -> None:
        """Tells the page what the script says, and how it ends."""
        said = ""
        self.tell({"what": what, "state": "running", "said": said})
        assert process.stderr
        while line := process.stderr.readline(LINE_MAX):
            if line.startswith("proclab: "):
                said = printable(line.removeprefix("proclab: ").strip())
                self.tell({"what": what, "state": "running", "said": said})
        process.wait()
        process.stderr.close()
        page = self.out / name / "run.html"
        if page.is_file():
            self.pages[name] = page
            self.tell({"what": what, "state": "kept", "said": str(page), "page": f"runs/{name}"})
        else:
            self.tell({"what": what, "state": "failed", "said": said or f"it ended with {process.returncode}"})

    def stop(self) -> None:
        """Asks the recording that runs to end; what there is, is kept."""
        with self.lock:
            if self.process and self.process.poll() is None:
                os.killpg(self.process.pid, signal.SIGINT)

    def page(self, name: str) -> bytes | None:
        """run.html of a recording that was started here."""
        path = self.pages.get(name)
        return path.read_bytes() if path else None

    def close(self) -> None:
        """Ends what runs and waits for it."""
        self.stop()
        if self.follower:
            self.follower.join(GRACE_S)
        if self.process and self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()


def environment(wish: Mapping[str, str], name: str) -> dict[str, str]:
    """The environment of scripts/trace: the wish, and none of this command's own wishes."""
    kept = {key: value for key, value in os.environ.items() if key not in NOT_PASSED_ON}
    return {**kept, **wish, "AS": name}
