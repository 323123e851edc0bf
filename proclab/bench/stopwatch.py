"""Commands and how long they take: what `bench` measures with."""

from __future__ import annotations

import os
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from proclab import ROOT
from proclab.bench.figures import Missing
from proclab.doctor.host import ask
from proclab.errors import InfraError

HELLO = 'print("hello")\n'
PATIENCE = 120  # seconds for one command; the longest takes about five


@dataclass(frozen=True)
class Compose:
    """One of the Compose commands of this machine."""

    name: str
    argv: tuple[str, ...]
    environment: Mapping[str, str]

    @property
    def old(self) -> bool:
        """Is it docker-compose 1.29?"""
        return self.argv == ("docker-compose",)

    @property
    def wish(self) -> dict[str, str]:
        """What makes make take this one: 2.x is taken anyway, and has to be found as everybody's is."""
        return {"COMPOSE": "docker-compose"} if self.old else {}


@cache
def composes() -> list[Compose | Missing]:
    """docker-compose 1.29 and docker compose 2.x: each, or why it is missing."""
    found: list[Compose | Missing] = []
    old = ask(["docker-compose", "version", "--short"])
    if old.good and old.out.startswith("1."):
        found.append(Compose(f"compose {old.out.strip()}", ("docker-compose",), {}))
    else:
        found.append(Missing("compose 1.29", "not on this machine"))
    folder = ask([str(ROOT / "scripts/compose2")], PATIENCE)
    config = {"DOCKER_CONFIG": folder.out.strip()}
    if folder.good:
        new = run(["docker", "compose", "version", "--short"], config).stdout.decode().strip().removeprefix("v")
        found.append(Compose(f"compose {new}", ("docker", "compose"), config))
    else:
        found.append(Missing("compose 2", folder.err.strip().splitlines()[-1]))
    return found


def clean(environment: Mapping[str, str]) -> dict[str, str]:
    """The environment without what an outer `make bench ARGS=…` would pass on to the commands measured."""
    ours = {"ARGS", "AT", "COMPOSE", "DEMO", "L", "RUN", "MFLAGS"}
    return {name: value for name, value in environment.items() if name not in ours and not name.startswith("MAKE")}


def run(argv: Sequence[str], environment: Mapping[str, str] | None = None) -> subprocess.CompletedProcess[bytes]:
    """A command of ours to its end; one that fails is our fault."""
    done = subprocess.run(
        argv,
        env=clean(os.environ) | dict(environment or {}),
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=PATIENCE,
    )
    if done.returncode:
        said = (done.stderr or done.stdout).decode(errors="replace").strip().splitlines()
        raise InfraError(f"{' '.join(argv[:4])} … failed ({done.returncode}): {said[-1] if said else 'no word'}")
    return done


def seconds(action: Callable[[], object]) -> float:
    """How long something takes."""
    start = time.monotonic()
    action()
    return time.monotonic() - start


def until_line(argv: Sequence[str], wanted: bytes, environment: Mapping[str, str], cwd: Path = ROOT) -> float:
    """Seconds from the command's start to the first output line that holds `wanted`. It is left to end by itself."""
    start = time.monotonic()
    with subprocess.Popen(
        argv,
        env=clean(os.environ) | dict(environment),
        cwd=cwd,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    ) as process:
        assert process.stdout
        found = next((time.monotonic() - start for line in process.stdout if wanted in line), None)
        process.stdout.read()
    if found is None or process.returncode:
        raise InfraError(f"{' '.join(argv[:4])} … ended with {process.returncode} and without the line {wanted!r}")
    return found


@contextmanager
def hello() -> Iterator[Path]:
    """A folder that the container's user can read, with hello.py in it."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        (folder / "hello.py").write_text(HELLO)
        yield folder
