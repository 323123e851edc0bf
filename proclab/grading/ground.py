"""The grader's ground: containers, made ahead and removed off the critical path; each serves one submission.

Theory of operation. An Engine belongs to one thread at a time, so each container has its own. One thread makes the next
container while the present one is in use, another removes those that have served; both hand over whole containers.
The socket lab's two containers and their network are made when a check first asks for them.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from proclab.compose import Project
from proclab.engine import Engine, Owner, Session, network
from proclab.errors import ProclabError

ALONE, SERVER, CLIENT = "grading", "server", "client"
PLACES = (ALONE, SERVER, CLIENT)
LIFETIME = 6 * 3600.0  # seconds after which a sweep may take what a killed grader has left


@dataclass(frozen=True)
class Stay:
    """Sessions by their place, and what closes them with all that belongs to them."""

    sessions: dict[str, Session]
    closing: ExitStack


class Ground:
    """Where one grader runs programs. `next_submission` before each one; nothing of the last one is there then."""

    def __init__(self, project: Project, owner: Owner, *, ahead: bool = True) -> None:
        self._project = project
        self._owner = owner
        self._ahead = ahead
        self._maker = ThreadPoolExecutor(1, "proclab-ahead")
        self._remover = ThreadPoolExecutor(1, "proclab-removal")
        self._next: Future[Stay] | None = None
        self._next_pair: Future[Stay] | None = None
        self._stays: dict[str, Stay] = {}
        self.used = 0  # containers, by the submissions that are over

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._ahead = False
        self._maker.shutdown()
        self._remover.shutdown()
        made = [future for future in (self._next, self._next_pair) if future and not future.exception()]
        ahead = [future.result() for future in made]
        for stay in [*{id(stay): stay for stay in self._stays.values()}.values(), *ahead]:
            _quietly(stay.closing.close)
        self._stays = {}

    def expect(self, place: str) -> None:
        """A submission will ask for this place soon: begins to make it."""
        if place == ALONE:
            self._next = self._next or self._maker.submit(self._make_alone)
        else:
            self._next_pair = self._next_pair or self._maker.submit(self._pair)

    def next_submission(self) -> None:
        """Gives up the containers of the present one."""
        stays, self._stays = self._stays, {}
        for stay in {id(stay): stay for stay in stays.values()}.values():  # a pair of containers is one stay
            self.used += sum(session.containers for session in stay.sessions.values())
            self._let_go(stay)

    def session(self, place: str) -> Session:
        """The present submission's session in this place: alone, or one of two hosts of a network, with both there."""
        if place not in self._stays:
            stay = self._alone() if place == ALONE else self._together()
            self._stays |= dict.fromkeys(stay.sessions, stay)
        sessions = self._stays[place].sessions
        for session in sessions.values() if len(sessions) > 1 else ():
            session.be_there()
        return sessions[place]

    def _alone(self) -> Stay:
        made, self._next = self._next, None
        stay = made.result() if made else self._make_alone()
        if self._ahead:
            self._next = self._maker.submit(self._make_alone)
        return stay

    def _make_alone(self) -> Stay:
        with ExitStack() as stack:
            engine = stack.enter_context(Engine(self._owner))
            session = stack.enter_context(Session(engine, self._project.spec(ALONE)))
            return Stay({ALONE: session}, stack.pop_all())

    def _together(self) -> Stay:
        made, self._next_pair = self._next_pair, None
        return made.result() if made else self._pair()

    def _pair(self) -> Stay:
        specs = {place: self._project.spec(place) for place in (SERVER, CLIENT)}
        (wanted,) = specs[SERVER].networks
        with ExitStack() as stack:
            engine = stack.enter_context(Engine(self._owner))
            names = {wanted.name: stack.enter_context(network(engine, wanted, LIFETIME))}
            sessions = {
                place: stack.enter_context(Session(engine, spec, networks=names)) for place, spec in specs.items()
            }
            return Stay(sessions, stack.pop_all())

    def _let_go(self, stay: Stay) -> None:
        self._remover.submit(_quietly, stay.closing.close)


def _quietly(close: Callable[[], None]) -> None:
    """What can't be removed now bears our labels: the next start's sweep takes it."""
    with suppress(ProclabError):
        close()
