"""`make bench`: what running costs, as ratios within one run; a table for people, JSON under out/bench/ for programs.

The measuring shell: it takes times and hands them to `figures`. Ours and bare take turns, so that what else the machine
does falls on both. Everything made here carries a name of this run and is removed.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

from proclab import labels
from proclab.bench.figures import Amount, Figure, Missing, Ratio, in_turns, record, table
from proclab.bench.image import from_nothing, image_size
from proclab.bench.look import look_row
from proclab.bench.recorder import ROWS as RECORDER_ROWS
from proclab.bench.recorder import recorder_rows
from proclab.bench.stopwatch import HELLO, ROOT, Compose, composes, hello, run, seconds, until_line
from proclab.bench.views import events_rows, page_row
from proclab.compose import Project, load
from proclab.errors import InfraError
from proclab.flags import docker_run
from proclab.host import ask, read
from proclab.outcome import Outcome
from proclab.request import create_request
from proclab.sandbox import Engine
from proclab.session import AGENT, Session

# Times the bare start of a program from inside a container, so that both sides pay for the same interpreter.
STOPWATCH = """\
import subprocess, sys, time
start = time.monotonic()
subprocess.run([sys.executable, "hello.py"], stdout=subprocess.PIPE, stdin=subprocess.DEVNULL)
print(time.monotonic() - start)
"""


def own_program(project: Project, compose: Compose, pairs: int) -> Ratio:
    """`make lab-1 RUN=hello.py` to its first line ÷ a bare `docker run` with the same flags."""
    spec = project.services["lab-1"].running("python", "/lab/run/hello.py")
    with hello() as folder:
        bare = docker_run(spec, "--rm", "--interactive", f"--volume={folder}:/lab/run:ro")
        make = ["make", "--silent", "lab-1", f"RUN={folder}/hello.py"]
        ours = {**compose.environment, **compose.wish}
        taken = in_turns(lambda: until_line(make, b"hello", ours), lambda: until_line(bare, b"hello", {}), pairs)
    return Ratio(f"make lab-1 RUN=hello.py, to its line, {compose.name}", *taken, limit=_limit(compose, 1.3, 3))


def socket_lab(project: Project, compose: Compose, pairs: int) -> Ratio:
    """`up` of the socket lab ÷ a network and six bare `docker run`s at once, each to the last one's end."""
    name = f"proclab-bench-{labels.new_run()}"
    up = [*compose.argv, "--project-name", name, "up"]

    def ours() -> float:
        try:
            return seconds(lambda: run(up, compose.environment))
        finally:
            run([*compose.argv, "--project-name", name, "down", "--volumes"], compose.environment)

    taken = in_turns(ours, lambda: six_runs(project, name), pairs)
    return Ratio(f"up of the socket lab, {compose.name}", *taken, limit=_limit(compose, 1.2, 3))


def six_runs(project: Project, name: str) -> float:
    """The socket lab by hand. Removal is not counted, on either side."""
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


def _limit(compose: Compose, new: float, old: float) -> float:
    """docker-compose 1.29 needs most of a second for its own start."""
    return old if compose.old else new


def session_run(project: Project, owner: labels.Owner, pairs: int) -> Ratio:
    """A run inside a session ÷ the same program started bare, by a program in the same container."""
    files = {"hello.py": HELLO, "stopwatch.py": STOPWATCH}
    with Engine(owner) as engine, Session(engine, project.services["lab-1"]) as session:

        def output(program: str) -> str:
            return succeeded(session.run("python", program, files=files)).stdout.text

        taken = in_turns(lambda: seconds(lambda: output("hello.py")), lambda: float(output("stopwatch.py")), pairs)
    return Ratio("one run in a session", *taken, limit=1.5)


def succeeded(outcome: Outcome) -> Outcome:
    """A program that failed was not measured."""
    if not outcome.ok:
        raise InfraError(f"a program of the bench was not measured: {outcome.told()} {outcome.stderr.text}".rstrip())
    return outcome


def sessions_a_second(project: Project, owner: labels.Owner, pairs: int, runs: int, workers: int = 4) -> Ratio:
    """Sessions with so many runs ÷ the same containers, agent and all, created, started and removed; by threads."""
    spec = project.services["lab-1"]
    same = replace(spec, init=False, stdin_open=True, command=AGENT)

    def session(engine: Engine) -> None:
        with Session(engine, spec) as one:
            for _ in range(runs):
                succeeded(one.run("true"))

    def bare(engine: Engine) -> None:
        name = owner.unique("bench")
        request = create_request(same, owner.labels(600))
        try:
            engine.call("create", lambda client: client.create_container_from_config(request, name))
            engine.call("start", lambda client: client.start(name))
        finally:
            engine.remove("container", name)

    with ExitStack() as stack, ThreadPoolExecutor(workers) as pool:
        engines = [stack.enter_context(Engine(owner)) for _ in range(workers)]

        def rate(job: Callable[[Engine], None]) -> float:
            def two(engine: Engine) -> None:  # an engine is one thread's
                job(engine)
                job(engine)

            return len(engines) * 2 / seconds(lambda: list(pool.map(two, engines)))

        taken = in_turns(lambda: rate(session), lambda: rate(bare), pairs)
    # The driver's own part is promised; a run in it is work that the bare container does not do.
    limit = 0.0 if runs else 0.9
    return Ratio(f"sessions with {runs} runs, {workers} at once", *taken, limit, unit="/s", more_is_better=True)


def memory_of_fifty(project: Project, owner: labels.Owner, count: int = 50) -> Figure:
    """What the driver itself takes while so many sessions are open, each after a run."""
    name = f"driver's memory with {count} sessions open"
    with ExitStack() as stack:
        engine = stack.enter_context(Engine(owner))
        for _ in range(count):
            stack.enter_context(Session(engine, project.services["lab-1"])).run("true")
        resident = resident_bytes(read("/proc/self/status") or "")
    return Amount(name, resident / 1e6, "MB") if resident else Missing(name, "no /proc here")


def resident_bytes(status: str) -> int:
    """/proc/PID/status → bytes of VmRSS; 0 where the file has no such line."""
    lines = (line.split() for line in status.splitlines() if line.startswith("VmRSS:"))
    return next((int(words[1]) * 1024 for words in lines), 0)


ROWS = ("image", "from-nothing", "own-program", "session", "sessions", "socket-lab", "memory", *RECORDER_ROWS, "events",
        "page", "look")  # fmt: skip


def measure(wanted: Sequence[str], pairs: int) -> Iterator[Figure]:
    """The rows, one after the other."""
    project = load(ROOT / "compose.yaml")
    owner = labels.Owner(labels.owner_of(ROOT))
    if "image" in wanted:
        yield image_size(project)
    if "from-nothing" in wanted:
        yield from_nothing()
    for compose in composes() if {"own-program", "socket-lab"} & set(wanted) else []:
        if isinstance(compose, Missing):
            yield compose
            continue
        if "own-program" in wanted:
            yield own_program(project, compose, pairs)
        if "socket-lab" in wanted:
            yield socket_lab(project, compose, pairs)
    if "session" in wanted:
        yield session_run(project, owner, pairs * 5)  # a run takes milliseconds
    if "sessions" in wanted:
        yield from (sessions_a_second(project, owner, pairs, runs) for runs in (0, 1))
    if "memory" in wanted:
        yield memory_of_fifty(project, owner)
    if recorder := [row for row in RECORDER_ROWS if row in wanted]:
        yield from recorder_rows(project, owner, recorder, pairs)
    if "events" in wanted:
        yield from events_rows()
    if "page" in wanted:
        yield page_row()
    if "look" in wanted:
        yield look_row(project, pairs)


def machine() -> dict[str, object]:
    """On what the figures were taken."""
    engine = ask(["docker", "version", "--format", "{{.Server.Version}}"]).out.strip()
    commit = ask(["git", "-C", str(ROOT), "rev-parse", "--short", "HEAD"]).out.strip()
    return {
        "cpus": os.cpu_count(),
        "arch": platform.machine(),
        "kernel": platform.release(),
        "python": platform.python_version(),
        "engine": engine,
        "commit": commit,
    }


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="proclab bench", description=__doc__.splitlines()[0])
    parser.add_argument("rows", nargs="*", help=f"which rows (all but from-nothing): {', '.join(ROWS)}")
    parser.add_argument("--pairs", type=int, default=10, help="how many times both sides take their turn (10)")
    parser.add_argument("--full", action="store_true", help="from-nothing too: builds an image in a clone (or FULL=1)")
    options = parser.parse_args(argv)
    if unknown := set(options.rows) - set(ROWS):
        parser.error(f"there is no row {', '.join(sorted(unknown))}; there are: {', '.join(ROWS)}")
    full = options.full or os.environ.get("FULL") == "1"
    wanted = options.rows or [row for row in ROWS if full or row != "from-nothing"]
    figures: list[Figure] = []
    try:
        for figure in measure(wanted, max(options.pairs, 1)):
            figures.append(figure)
            print(f"measured: {figure.name}", flush=True)
    finally:  # a row that fails takes nothing from the others
        print(f"\n{table(figures)}")
        print(f"\nevery sample: {write(figures).relative_to(ROOT)}")
    return int(not all(figure.holds for figure in figures))


def write(figures: Sequence[Figure]) -> Path:
    """out/bench/DATE.json, and a copy as latest.json."""
    folder = ROOT / "out/bench"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / time.strftime("%Y-%m-%d-%H%M%S.json")
    path.write_text(json.dumps(record(figures, machine()), indent=1) + "\n")
    shutil.copyfile(path, folder / "latest.json")
    return path
