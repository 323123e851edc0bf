"""A session's book-keeping: whose facts count, and what a lost container is told as."""

from __future__ import annotations

import json

import pytest

from proclab.compose import ContainerSpec
from proclab.engine import UIDS, Session
from proclab.errors import Gone, InfraError, ProtocolError


class Container:
    """In the place of the engine and the sandbox: an inspection's answer."""

    id = "c"

    def __init__(self, **state):
        self.state = {"Running": True, "Paused": False, "OOMKilled": False, "ExitCode": 0} | state

    def inspect(self, _):
        if "gone" in self.state:
            raise Gone("no such container")
        return {"State": self.state}

    def ended(self, _):
        return not self.state["Running"]

    def send(self, _):
        pass


def session(**state):
    container = Container(**state)
    one = Session(container, ContainerSpec("lab-1"))
    one._sandbox = container
    one.containers = 1
    one.order(do="open", files={})
    return one


def line(**fact):
    return json.dumps(fact).encode() + b"\n"


OPENED = line(event="opened", cwd="/work/1")


@pytest.mark.parametrize(
    ("state", "why"),
    [
        ({}, "the agent does not answer"),
        ({"Paused": True}, "the container is paused"),
        ({"gone": True}, "the container was removed"),
        ({"Running": False, "ExitCode": 137}, "the container ended (137)"),
    ],
)
def test_a_lost_container_is_told_and_raises_nothing(state, why):
    one = session(**state)
    one.hear(1, "stdout", OPENED)
    assert one.lost() == why
    assert not one.wait_until(lambda: False, 60), "nobody waits any longer"


def test_an_agent_that_never_said_a_word_is_our_fault():
    with pytest.raises(InfraError, match="no agent ever answered"):
        session(Running=False, ExitCode=1).lost()


def test_what_an_agent_complains_of_is_told_with_its_end():
    one = session(Running=False, ExitCode=1)
    one.hear(1, "stdout", OPENED)
    one.hear(1, "stderr", b"Traceback\nOSError: no room\n")
    assert one.lost() == "the container ended (1): OSError: no room"


def test_an_agent_that_complains_and_goes_on_is_not_lost():
    one = session()
    one.hear(1, "stderr", b"a warning\n")
    one.hear(1, "stdout", OPENED)
    assert one.wait_until(lambda: "opened" in one._messages, 0)


def test_nonsense_instead_of_messages_is_a_lost_container():
    one = session()
    one.hear(1, "stdout", OPENED)
    with pytest.raises(ProtocolError) as refused:
        one.hear(1, "stdout", b"score: 100\n")
    one.hang_up(1, refused.value)
    assert one.lost().startswith("the agent's messages are none")


def test_a_late_word_of_the_container_before_is_nothing_to_the_next():
    one = session()
    one.containers = 2
    one.hear(1, "stdout", OPENED)
    one.hear(1, "stdout", b"nonsense\n")
    one.hang_up(1, None)
    assert not one.wait_until(lambda: "opened" in one._messages, 0)
    one.hear(2, "stdout", OPENED)
    assert one.wait_until(lambda: "opened" in one._messages, 0)
    assert one.lost() == "the agent does not answer", "its stream has not ended"


def test_there_are_enough_users_for_all():
    assert len(UIDS) > 2**28 - 2**20
    assert UIDS[0] > 60_000
    assert UIDS[-1] < 2**31
