"""Which containers of a lab run: now, and as they come. Asked of the docker command, as all of the live view is.

A container is known by what Compose labels it with: its project is this checkout's, or one that begins with its name
(a guided run of the socket lab has one of its own), and its service is one of the lab's.
"""

from __future__ import annotations

import subprocess
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from proclab.doctor.host import ask
from proclab.errors import InfraError

PROJECT, SERVICE = "com.docker.compose.project", "com.docker.compose.service"
FORMAT = f'{{{{.ID}}}}\t{{{{.Label "{PROJECT}"}}}}\t{{{{.Label "{SERVICE}"}}}}'
# Runs the command behind it until our input ends. It keeps none of the command's output: that ends with the command.
TIED = ["sh", "-c", '"$@" & exec > /dev/null; read -r _; kill $!', "sh"]


@dataclass(frozen=True)
class Running:
    """A container that runs, and the service that it is."""

    id: str
    service: str


def parse(lines: str, project: str, services: Collection[str]) -> list[Running]:
    """The lines of `docker ps` → those of this project and these services, the oldest first."""
    found = []
    for line in reversed(lines.splitlines()):
        ident, owner, service = [*line.split("\t"), "", ""][:3]
        if (owner == project or owner.startswith(f"{project}-")) and service in services:
            found.append(Running(ident, service))
    return found


def running(project: str, services: Collection[str]) -> list[Running]:
    """What runs now; raises InfraError where the engine doesn't answer."""
    answer = ask(["docker", "ps", "--no-trunc", "--format", FORMAT])
    if not answer.good:
        raise InfraError(f"docker ps: {answer.err.strip() or answer.status}")
    return parse(answer.out, project, services)


@contextmanager
def arrivals(since: float) -> Iterator[Iterator[None]]:
    """Something for each container of the engine that has started since (a Unix time); ends with the block.

    The engine repeats what has come since that time, so nothing that starts meanwhile is missed. The docker
    command ends when our end of the shell's input is closed: also when we are killed.
    """
    argv = [*TIED, "docker", "events", f"--since={since:.3f}", "--filter=type=container", "--filter=event=start"]
    pipe, null = subprocess.PIPE, subprocess.DEVNULL
    line = "--format={{.ID}}"
    with subprocess.Popen([*argv, line], stdin=pipe, stdout=pipe, stderr=null, start_new_session=True) as process:
        assert process.stdin
        assert process.stdout
        try:
            yield (None for _ in process.stdout)
        finally:
            process.stdin.close()


def free_name(service: str, taken: Collection[str]) -> str:
    """A box's name: its service's, or with a number where others of it run."""
    names = [service, *(f"{service}-{number}" for number in range(2, len(taken) + 3))]
    return next(name for name in names if name not in taken)
