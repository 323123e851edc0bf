"""Containers: specification in, outcome out. The only package that knows the Docker SDK.

with Engine(owner) as engine, Session(engine, project.spec("lab-1")) as session:
    outcome = session.run("python3", "-c", "print(1)", limits=Limits(wall=5))

`labels` says whose a container is, `wipe` removes what a crash left.
"""

from proclab.engine import labels
from proclab.engine.cleanup import leftovers, listing, wipe
from proclab.engine.engine import Engine
from proclab.engine.framing import Output
from proclab.engine.labels import Owner, owner_of
from proclab.engine.messages import message
from proclab.engine.network import network
from proclab.engine.outcome import Aftermath, Outcome
from proclab.engine.program import Limits, Program
from proclab.engine.request import create_request
from proclab.engine.sandbox import Sandbox, run
from proclab.engine.session import AGENT, UIDS, Run, Session

__all__ = [
    "AGENT",
    "UIDS",
    "Aftermath",
    "Engine",
    "Limits",
    "Outcome",
    "Output",
    "Owner",
    "Program",
    "Run",
    "Sandbox",
    "Session",
    "create_request",
    "labels",
    "leftovers",
    "listing",
    "message",
    "network",
    "owner_of",
    "run",
    "wipe",
]
