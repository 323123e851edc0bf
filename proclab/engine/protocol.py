"""What a session and its agent may say to each other, and when. Pure: no socket, no clock, no thread.

Orders go out as lines of JSON, bytes come in and are messages, checked for their form (messages.py) and for their time:

    a run:      idle ── order open ──> open ── order close ──> closing ── "closed" ──> idle
                "opened" comes once, before "closed"; programs may be started while the run is open;
                "file" comes while the run is closing, each in pieces, the next after the last piece
    a program:  ordered ── "started" ──> running ── "exit" ──> ended, or ordered ── "failed" ──> ended
                "output" comes while it is running

The host may order faster than the agent answers (a whole run goes out at once), so an answer is held against what was
ordered, never against what was answered last. What comes at another time is a ProtocolError, and the container is given
up: an agent that is out of step can vouch for nothing.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from proclab.engine.framing import Lines
from proclab.engine.messages import LINE, message
from proclab.errors import ProtocolError

FILES = 64 * 1024 * 1024  # characters of all files of a run
PROGRAM: Mapping[str, tuple[str, str]] = {  # message → the program before and after it
    "started": ("ordered", "running"),
    "output": ("running", "running"),
    "quiet": ("running", "running"),
    "exit": ("running", "ended"),
    "failed": ("ordered", "ended"),
}


class Protocol:
    """One container's conversation, from the host's side."""

    def __init__(self) -> None:
        self.run = "idle"
        self.heard = False  # anything from this container's agent
        self._lines = Lines(LINE)
        self._received = 0  # characters of files of this run
        self._awaited: list[str] = []  # answers about the run that are still to come, in their order
        self._programs: dict[int, str] = {}

    def order(self, order: Mapping[str, Any]) -> str:
        """An order as a line for the agent; a ProtocolError if this is not the time for it."""
        match order["do"]:
            case "open" if self.run == "idle":
                self.run = "open"
                self._awaited = ["opened"]
                self._received = 0
            case "close" if self.run == "open":
                self.run = "closing"
                self._awaited.append("closed")
            case "start" if self.run == "open" and order["id"] not in self._programs:
                self._programs[order["id"]] = "ordered"
            case "input" | "eof" | "signal" | "quiet" if order["id"] in self._programs:
                pass  # a program that has ended meanwhile takes none
            case what:
                raise ProtocolError(f"the order {what} while the run is {self.run}")
        return json.dumps(order)

    def receive(self, data: bytes) -> list[dict[str, Any]]:
        """The messages that these bytes complete, or a ProtocolError; then nothing of this agent's counts any more."""
        found = [message(line) for line in self._lines.feed(data)]
        for each in found:
            self._take(each)
            self.heard = True
        return found

    def _take(self, found: Mapping[str, Any]) -> None:
        event = found["event"]
        if event in PROGRAM:
            before, after = PROGRAM[event]
            if self._programs.get(found["id"]) != before:
                raise ProtocolError(f"{event} of program {found['id']}, which is not {before}")
            self._programs[found["id"]] = after
        elif event == "file" and self._awaited == ["closed"]:
            self._received += len(found["data"]) + len(found["name"])
            if self._received > FILES:
                raise ProtocolError(f"files of more than {FILES} characters")
        elif self._awaited[:1] != [event]:
            raise ProtocolError(f"{event} while the run is {self.run}")
        else:
            self._awaited.pop(0)
            if event == "closed":
                self.run = "idle"
                self._programs = dict.fromkeys(self._programs, "ended")
