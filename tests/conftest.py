"""Fixtures on the real engine: everything a test makes is inspected when it is made, and looked for at the end."""

from __future__ import annotations

import re
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import cache
from importlib import import_module
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from proclab import ROOT, words
from proclab.bench.chromium import missing
from proclab.compose import Project, load
from proclab.engine import Engine, Sandbox, Session, labels, leftovers, network, wipe
from tests import judge
from tests.composes import composes

# A busy machine changes no verdict: no example has a time limit, and slow ones are no fault of a strategy's.
settings.register_profile("proclab", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("proclab")


collect_ignore = ["classes/mixed"]  # hostile submissions, some with a conftest.py: none of it is to be imported


def pytest_configure() -> None:
    """Who was started in a script's background ignores ^C, and so would all that the tests start."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN and threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_report_header() -> list[str]:
    """What will be skipped, said at the start and not only by an "s" after minutes."""
    lacks = missing()
    return [f"the tests of the pages in a browser (tests/page) are skipped: {lacks}"] if lacks else []


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Whatever takes the engine starts containers: mark it, so that `-m "not docker"` needs no Docker."""
    for item in items:
        if "engine" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.docker)


@cache
def uses_own_project(module: str) -> bool:
    return "nothing_is_left" in (ROOT / module).read_text()


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """What may run side by side: modules, but for those that assert that nothing of this checkout's project is left."""
    from xdist.scheduler import LoadScopeScheduling  # type: ignore[import-untyped]

    class Scheduling(LoadScopeScheduling):  # type: ignore[misc]
        def _split_scope(self, nodeid: str) -> str:
            module = nodeid.partition("::")[0]
            return "one by one" if uses_own_project(module) else module

    return Scheduling(config, log)


@pytest.fixture
def third_language(monkeypatch: pytest.MonkeyPatch) -> str:
    """The page has a language more, the one file of which is English in upper case."""
    english = words.catalogue("en")
    phrases = {
        key: re.sub(r"[^{}]+(?![^{]*})", lambda part: part[0].upper(), text) for key, text in english.phrases.items()
    }
    own = replace(english, lang="qq", phrases=phrases)
    monkeypatch.setitem(sys.modules, "proclab.words.qq", SimpleNamespace(CATALOGUE=own))
    page = import_module("proclab.views.page")  # `views.page` itself is a function
    monkeypatch.setattr(page, "LANGS", (*words.LANGS, "qq"))
    words.catalogue.cache_clear()
    return "qq"


@pytest.fixture(scope="session")
def project() -> Project:
    """compose.yaml as it stands in the checkout."""
    return load(ROOT / "compose.yaml")


@pytest.fixture(scope="session")
def owner() -> Iterator[labels.Owner]:
    """This run of the suite. At its end no container, network or volume of the run may be left."""
    me = labels.Owner(labels.owner_of(ROOT))
    yield me
    with Engine(me) as engine:
        left = leftovers(engine, f"{labels.RUN}={me.run}")
        wipe(engine, run=me.run)
    assert left == []


@pytest.fixture(scope="session")
def internal() -> set[str]:
    """Names of the internal networks that the suite made."""
    return set()


@pytest.fixture(scope="session")
def new_engine(owner: labels.Owner, internal: set[str]) -> Iterator[Callable[[], Engine]]:
    """Makes engines, one for each thread of a test."""
    with ExitStack() as stack:

        def inspected(engine: Engine, container: str) -> None:
            holes = judge.holes_outside(engine.inspect(container), frozenset(internal))
            assert holes == [], f"container {container}"

        yield lambda: stack.enter_context(Engine(owner, on_create=inspected))


@pytest.fixture(scope="session")
def engine(new_engine: Callable[[], Engine]) -> Engine:
    """The suite's own client. Every container it creates is inspected before it starts."""
    return new_engine()


@dataclass
class Bench:
    """Starts services of compose.yaml, joined to networks of their own, gone after the test."""

    engine: Engine
    project: Project
    stack: ExitStack
    internal: set[str]
    networks: dict[str, str]
    keep: int = 64 * 1024  # bytes of head and of tail of each stream

    def start(self, service: str, *command: str, **environment: str) -> Sandbox:
        """A service's container, running its own command or this one."""
        spec = self.project.spec(service).running(*command, **environment)
        for wanted in spec.networks:
            if wanted.name not in self.networks:
                name = self.stack.enter_context(network(self.engine, wanted))
                self.networks[wanted.name] = name
                if self._leads_nowhere(name):
                    self.internal.add(name)
        return self.stack.enter_context(Sandbox(self.engine, spec, networks=self.networks, keep=self.keep))

    def _leads_nowhere(self, name: str) -> bool:
        return bool(self.engine.call("inspect network", lambda client: client.inspect_network(name))["Internal"])

    def demo(self, service: str, name: str, *arguments: str) -> Sandbox:
        """A demo as the container's program, with input open."""
        return self.start(service, "python", f"/lab/demos/{name}.py", *arguments)


@pytest.fixture
def bench(engine: Engine, project: Project, internal: set[str]) -> Iterator[Bench]:
    """Containers for one test."""
    with ExitStack() as stack:
        yield Bench(engine, project, stack, internal, {})


@pytest.fixture(scope="module")
def session(engine: Engine, project: Project) -> Iterator[Session]:
    """One lab container for a module's runs; a run that breaks it costs the next one a new container."""
    with Session(engine, project.spec("lab-1")) as one:
        yield one


@pytest.fixture
def pair(bench: Bench) -> tuple[Sandbox, Sandbox]:
    """(server, client): one answers on port 50008, the other asks it by the service's name."""
    listen = "import socket; s = socket.create_server(('', 50008)); print('ready', flush=True); c, _ = s.accept(); "
    ask = "import socket; c = socket.create_connection(('server', 50008)); c.sendall(b'hello'); c.shutdown(1); "
    server = bench.start("server", "python3", "-c", listen + "c.sendall(c.recv(99).upper()); print('served')")
    if not server.wait_for_line("ready"):
        pytest.fail(server.transcript.output("stderr").text)
    return server, bench.start("client", "python3", "-c", ask + "print(c.recv(99).decode())")


def asked_for(request: pytest.FixtureRequest, fixture: str) -> list[dict[str, Any]]:
    """The parameters of those tests of this run for which a module's fixture prepares something, in their order."""
    items = [item for item in request.session.items if isinstance(item, pytest.Function)]
    return [item.callspec.params for item in items if item.module is request.module and fixture in item.fixturenames]


def in_compose(version: str) -> list[str]:
    """The command of that Compose; skips the test where it is not installed and can't be had."""
    if version not in composes():
        pytest.skip(f"no Compose {version} here")
    return composes()[version]
