"""make as a student calls it, and what the engine and the folder hold afterwards."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from proclab import ROOT
from tests.composes import composes

DEADLINE = 120


def environment(version: str) -> dict[str, str]:
    """Makes `make` use this Compose. What an outer make has set is not for the inner one."""
    outer = ("MAKEFLAGS", "MAKELEVEL", "MFLAGS", "ARGS")
    own = {name: value for name, value in os.environ.items() if name not in outer}
    return own | {"LANG": "C.UTF-8", "COMPOSE": " ".join(composes()[version])}


def make(environment: Mapping[str, str], *words: str, **more: Any) -> subprocess.CompletedProcess[Any]:
    """Run make to its end; what it printed is kept."""
    usual = {"text": True, "stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    argv = ["make", "--no-print-directory", *words]
    return subprocess.run(argv, cwd=ROOT, env=environment, timeout=DEADLINE, check=False, **(usual | more))


@contextmanager
def make_at_work(environment: Mapping[str, str], *words: str) -> Iterator[None]:
    """Make while its program runs, from the program's `ready` on; ^C ends it behind the block."""
    usual: dict[str, Any] = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL}
    process: Any = subprocess.Popen(["make", *words], cwd=ROOT, env=environment, start_new_session=True, **usual)
    with process:
        try:
            assert process.stdout.readline() == b"ready\n"
            yield
        finally:
            os.killpg(process.pid, signal.SIGINT)
        assert process.wait(60) != 0


def dotenv(name: str) -> str:
    """One value of the checkout's .env."""
    lines = (ROOT / ".env").read_text().splitlines()
    return next(line.partition("=")[2] for line in lines if line.startswith(name))


def leftovers() -> list[str]:
    """Containers and networks of this checkout."""
    project = dotenv("COMPOSE_PROJECT_NAME")
    listings = (["ps", "-a", "--format", "{{.Names}}"], ["network", "ls", "--format", "{{.Name}}"])
    return [name for words in listings for name in _docker(*words) if name.startswith(project)]


def container(service: str) -> str:
    """The id of the one container of this checkout that runs a service."""
    label = f"label=com.docker.compose.service={service}"
    (found,) = _docker("ps", "-q", "--filter", label, "--filter", f"name={dotenv('COMPOSE_PROJECT_NAME')}")
    return found


def _docker(*words: str) -> list[str]:
    return subprocess.run(["docker", *words], capture_output=True, text=True, check=True).stdout.split()


class Recording:
    """The raw recording that a run of make has left."""

    def __init__(self, out: Path) -> None:
        (self.folder,) = out.glob("*/raw")

    def json(self, name: str) -> Any:
        return json.loads((self.folder / name).read_text())

    def facts(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in (self.folder / "facts.jsonl").read_text().splitlines()]

    def logs(self) -> dict[str, str]:
        return {str(path.relative_to(self.folder)): path.read_text() for path in self.folder.glob("*/*/t.*")}

    def text(self, box: str = "") -> str:
        return "".join(text for name, text in self.logs().items() if name.startswith(box))
