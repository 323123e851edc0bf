"""Rows of `make bench` about what a student starts: a program of one's own, and the socket lab."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

from proclab.bench.figures import Figure, Missing, Ratio, in_turns
from proclab.bench.stopwatch import Compose, composes, hello, run, seconds, until_line
from proclab.compose import Project, docker_run
from proclab.engine import labels

OLD = 3.0  # the limit of either row with docker-compose 1.29, which needs most of a second for its own start


def with_each(row: Callable[[Project, Compose, int], Ratio], project: Project, pairs: int) -> Iterator[Figure]:
    """A row for each Compose of this machine."""
    for compose in composes():
        yield compose if isinstance(compose, Missing) else row(project, compose, pairs)


def own_program(project: Project, compose: Compose, pairs: int) -> Ratio:
    """`make lab-1 RUN=hello.py` ÷ a bare `docker run` with the same flags, both to the program's first line."""
    spec = project.services["lab-1"].running("python", "/lab/run/hello.py")
    with hello() as folder:
        bare = docker_run(spec, "--rm", "--interactive", f"--volume={folder}:/lab/run:ro")
        make = ["make", "--silent", "lab-1", f"RUN={folder}/hello.py"]
        ours = {**compose.environment, **compose.wish}
        taken = in_turns(lambda: until_line(make, b"hello", ours), lambda: until_line(bare, b"hello", {}), pairs)
    return Ratio(f"make lab-1 RUN=hello.py, to its line, {compose.name}", *taken, OLD if compose.old else 1.3)


def socket_lab(project: Project, compose: Compose, pairs: int) -> Ratio:
    """`up` of the socket lab ÷ a network and six bare `docker run`s at once, each to the last one's end.

    Compose starts the containers of one service one after the other.
    """
    name = f"proclab-bench-{labels.new_run()}"
    taken = in_turns(lambda: up(compose, name), lambda: six_runs(project, name), pairs)
    return Ratio(f"up of the socket lab, {compose.name}", *taken, OLD if compose.old else 1.6)


def up(compose: Compose, name: str) -> float:
    """Seconds of `up`. Removal is not counted, on either side."""
    argv = [*compose.argv, "--project-name", name]
    try:
        return seconds(lambda: run([*argv, "up"], compose.environment))
    finally:
        run([*argv, "down", "--volumes"], compose.environment)


def six_runs(project: Project, name: str) -> float:
    """Seconds of the socket lab by hand."""
    services = ["server", *["client"] * 5]
    names = [f"{name}-{number}" for number in range(len(services))]
    runs = [
        docker_run(project.services[service], f"--name={each}", network=name)
        for service, each in zip(services, names, strict=True)
    ]
    with ExitStack() as stack:
        stack.callback(run, ["docker", "network", "rm", name])
        stack.callback(run, ["docker", "rm", "--force", "--volumes", *names])
        start = time.monotonic()
        run(["docker", "network", "create", "--internal", name])
        with ThreadPoolExecutor(len(runs)) as pool:
            list(pool.map(run, runs))
        return time.monotonic() - start
