"""pytest with a loop of ours: a check is collected once, and carried out for one submission after the other.

Theory of operation. pytest.main runs in a thread of its own. Instead of going once over the collected tests, its loop
takes jobs from a queue and goes over the checks of each; the tests' fixtures are the programs of the job's submission.
Only the labs' checks.py are collected, no conftest.py and no plugin of the machine's is loaded, and nothing of a
submission is ever imported here.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from queue import SimpleQueue
from types import ModuleType
from typing import Any

import pytest
from _pytest.runner import runtestprotocol

from proclab.errors import UsageError
from proclab.grading import marking
from proclab.grading.marking import Check

OPTIONS = (
    "--disable-plugin-autoload", "--noconftest", "--import-mode=importlib", "--assert=plain", "--capture=no",
    "-p", "no:cacheprovider", "-p", "no:terminal", "-p", "no:faulthandler", "-p", "no:junitxml", "-p", "no:logging",
    "-p", "no:threadexception", "-p", "no:unraisableexception", "-p", "no:doctest", "-p", "no:unittest",
    "-c", "/dev/null",
)  # fmt: skip
Fixtures = Mapping[str, Callable[[], object]]
Carried = Callable[[Check, BaseException | None], bool]


@dataclass
class Job:
    """Checks to carry out for one submission. `fixtures`: what each name stands for.

    `carried` hears of each check and what it raised, and is asked whether to carry it out again.
    """

    fixtures: Fixtures
    carry: Callable[[Check], bool]  # asked before each check; False: not this one
    carried: Carried
    over: threading.Event = field(default_factory=threading.Event)
    error: BaseException | None = None


class Loop:
    """pytest, started once, with the checks of some labs."""

    def __init__(self, files: Sequence[Path], names: Sequence[str]) -> None:
        """`files`: one checks.py for each lab, in order; `names`: of the fixtures that checks may ask for."""
        self.checks: tuple[Check, ...] = ()
        self._files = files
        self._jobs: SimpleQueue[Job | None] = SimpleQueue()
        self._job: Job | None = None
        self._ready = threading.Event()
        self._trouble = ""
        self._fixtures = _module(dict.fromkeys(names, self._value))
        self._thread = threading.Thread(target=self._main, name="proclab-checks", daemon=True)

    def __enter__(self) -> Loop:
        self._thread.start()
        self._ready.wait()
        if self._trouble:
            raise UsageError(self._trouble)
        return self

    def __exit__(self, *exc: object) -> None:
        self._jobs.put(None)
        self._thread.join()

    def run(self, job: Job) -> None:
        """Carries a job out; raises what went wrong beside its checks."""
        self._jobs.put(job)
        while not job.over.wait(0.2):  # a wait without a time would not hear ^C
            if not self._thread.is_alive():
                raise UsageError(self._trouble or "pytest has ended")
        if job.error:
            raise job.error

    def _value(self, name: str) -> object:
        assert self._job is not None
        return self._job.fixtures[name]()

    def _main(self) -> None:
        try:
            pytest.main(
                [*OPTIONS, "--rootdir", str(self._files[0].parent), *map(str, self._files)], [self, self._fixtures]
            )
        except BaseException as error:
            self._trouble = f"pytest could not be started: {error}"
        finally:
            _forget_modules(self._files)
            self._ready.set()

    # ------------------------------------------------------------ pytest's hooks

    def pytest_pycollect_makeitem(self, collector: Any, name: str, obj: object) -> Any:
        """What @check has marked is a test, and nothing else."""
        return pytest.Function.from_parent(collector, name=name) if marking.of(obj) else []

    def pytest_collectreport(self, report: Any) -> None:
        """A checks.py that can't be read is a mistake of ours or the instructor's, told with its place."""
        if report.failed and not self._trouble:
            self._trouble = f"{report.nodeid}: {str(report.longrepr)[-2000:]}"

    def pytest_runtestloop(self, session: Any) -> bool:
        """One job after the other."""
        items = list(_known(session.items))
        self.checks = tuple(known for known, _ in items)
        self._trouble = self._trouble or _unfit(self.checks)
        if self._trouble:
            return True
        self._ready.set()
        for job in iter(self._jobs.get, None):
            self._job = job
            try:
                for known, item in items:
                    while job.carry(known) and job.carried(known, self._carried_out(item)):
                        pass
            except BaseException as error:
                job.error = error
            finally:
                job.over.set()
        return True

    def _carried_out(self, item: Any) -> BaseException | None:
        """What the check raised; None: it passed."""
        item.stash[RAISED] = None
        runtestprotocol(item, log=False, nextitem=None)
        raised: BaseException | None = item.stash[RAISED]
        return raised

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(self, item: Any, call: Any) -> Iterator[None]:
        """Keeps the exception itself: a report has but its text."""
        if call.excinfo and item.stash[RAISED] is None:
            item.stash[RAISED] = call.excinfo.value
        return (yield)


RAISED: pytest.StashKey[BaseException | None] = pytest.StashKey()


def _known(items: Sequence[Any]) -> Iterator[tuple[Check, Any]]:
    """The collected checks, with the number of their lab."""
    for item in items:
        found = marking.of(item.obj)
        if found:
            lab = int(Path(item.path).parent.name.partition("-")[0])
            yield replace(found, lab=lab, source=f"{found.source}{marking.beside(item.module)}"), item


def _unfit(found: Sequence[Check]) -> str:
    """What is wrong with the checks as a whole; "" for nothing."""
    seen: set[str] = set()
    for each in found:
        if each.name in seen:
            return f"there are two checks {each.name}"
        if each.waits_for and each.waits_for not in seen:
            return f"{each.name} comes after {each.waits_for}, which does not stand before it"
        seen.add(each.name)
    return "" if found else "there are no checks"


def _forget_modules(files: Sequence[Path]) -> None:
    """The next loop reads checks.py anew: by its name alone it would be taken for another lab's."""
    for name, module in list(sys.modules.items()):
        if (found := getattr(module, "__file__", None)) and Path(found) in files:
            del sys.modules[name]


def _module(values: Mapping[str, Callable[[str], object]]) -> ModuleType:
    """A plugin that has these fixtures."""
    module = ModuleType("proclab_fixtures")
    for name, value in values.items():
        setattr(module, f"fixture_{name}", pytest.fixture(name=name)(_fixture(name, value)))
    return module


def _fixture(name: str, value: Callable[[str], object]) -> Callable[[], object]:
    def fixture() -> object:
        return value(name)

    return fixture
