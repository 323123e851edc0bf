"""Rows of `make bench` about what runs programs for a grader: a run in a session, and sessions a second."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import replace

from proclab.bench.figures import Ratio, in_turns
from proclab.bench.stopwatch import HELLO, seconds
from proclab.compose import Project
from proclab.engine import AGENT, Engine, Outcome, Session, create_request, labels
from proclab.errors import InfraError

# Times the bare start of a program from inside a container, so that both sides pay for the same interpreter.
STOPWATCH = """\
import subprocess, sys, time
start = time.monotonic()
subprocess.run([sys.executable, "hello.py"], stdout=subprocess.PIPE, stdin=subprocess.DEVNULL)
print(time.monotonic() - start)
"""
WORKERS = 4


def session_row(project: Project, owner: labels.Owner, pairs: int) -> Ratio:
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
        raise InfraError(
            f"a program of the bench was not measured: {outcome.in_words()} {outcome.stderr.text}".rstrip()
        )
    return outcome


def sessions_row(project: Project, owner: labels.Owner, pairs: int) -> Ratio:
    """Sessions without a run ÷ the same containers, agent and all, created, started and removed; by threads."""
    spec = project.services["lab-1"]
    same = replace(spec.at_home(), init=False, stdin_open=True, command=AGENT)

    def session(engine: Engine) -> None:
        with Session(engine, spec):
            pass

    def bare(engine: Engine) -> None:
        name = owner.unique("bench")
        request = create_request(same, owner.labels(600))
        try:
            engine.call("create", lambda client: client.create_container_from_config(request, name))
            engine.call("start", lambda client: client.start(name))
        finally:
            engine.remove("container", name)

    with ExitStack() as stack, ThreadPoolExecutor(WORKERS) as pool:
        engines = [stack.enter_context(Engine(owner)) for _ in range(WORKERS)]

        def rate(job: Callable[[Engine], None]) -> float:
            def two(engine: Engine) -> None:  # an engine is one thread's
                job(engine)
                job(engine)

            return len(engines) * 2 / seconds(lambda: list(pool.map(two, engines)))

        taken = in_turns(lambda: rate(session), lambda: rate(bare), pairs)
    return Ratio(f"sessions, {WORKERS} at once", *taken, limit=0.9, unit="/s", more_is_better=True)
