"""The two hosts of the socket lab: each is there whenever the other one is asked, and clean if its connections are."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import pytest

from proclab import ROOT
from proclab.compose import load
from proclab.engine import Outcome, Owner
from proclab.grading import Ours, Student
from proclab.grading.ground import CLIENT, SERVER, Ground
from proclab.grading.student import Runs

pytestmark = pytest.mark.docker
# Takes one client; who closes first is said by the argument.
LISTENER = """
import socket, sys
with socket.create_server(("", 7100)) as listener:
    print("listening", flush=True)
    connection, _ = listener.accept()
    if sys.argv[1] == "client":
        connection.recv(1)
    connection.close()
"""
CALLER = """
import socket
socket.create_connection(("server", 7100)).close()
"""
# The server closes first, and this end stays open: the server's is left over (FIN_WAIT2), whatever packet comes late.
HOLDER = """
import socket, sys
with socket.create_connection(("server", 7100)) as connection:
    connection.recv(1)
    print("closed", flush=True)
    sys.stdin.read()
"""
# Without SO_REUSEADDR: it listens again only where nothing is left of its connections.
STUBBORN = """
import socket
listener = socket.socket()
listener.bind(("", 7100))
listener.listen()
print("listening", flush=True)
listener.accept()[0].close()
"""


@pytest.fixture
def ground(owner: Owner) -> Iterator[Ground]:
    with Ground(load(ROOT / "compose.yaml"), owner, ahead=False) as found:
        yield found


def clean(outcome: Outcome) -> bool:
    assert outcome.after
    return outcome.after.clean


def server(ground: Ground, text: str) -> Student:
    return Student(ground, "server.py", {"server.py": text}, SERVER, Runs())


@contextmanager
def held(ground: Ground) -> Iterator[None]:
    """A client to which the server has closed its end, and which keeps its own open."""
    with Ours(ground, {"holder.py": HOLDER}).running("holder.py", at=CLIENT) as client:
        assert client.wait_for_line("^closed$")
        yield


def test_a_server_whose_clients_close_first_keeps_its_container(ground: Ground) -> None:
    with server(ground, LISTENER).running("client") as program:
        assert program.wait_for_line("^listening$")
        answer = Ours(ground, {"caller.py": CALLER})("caller.py")
    assert answer.code == 0, answer.err
    assert clean(program.over.exits(0).outcome)
    assert clean(answer.outcome)


def test_a_server_that_closes_first_costs_its_container_and_is_there_for_the_other_again(ground: Ground) -> None:
    with ExitStack() as clients:
        with server(ground, LISTENER).running("server") as program:
            assert program.wait_for_line("^listening$")
            clients.enter_context(held(ground))
        assert not clean(program.over.exits(0).outcome)
    answer = Ours(ground, {"looks.py": "import socket; socket.gethostbyname('server')"})("looks.py")
    assert answer.code == 0, answer.err


@pytest.mark.parametrize(("text", "again"), [(LISTENER, True), (STUBBORN, False)])
def test_a_server_starts_again_in_its_run_beside_what_it_has_left(ground: Ground, text: str, again: bool) -> None:
    with server(ground, text).running("server") as program:
        assert program.wait_for_line("^listening$")
        with held(ground):
            second = program.again()
            assert bool(second.wait_for_line("^listening$")) is again
        second.signal("KILL")
    program.over.exits(0)
