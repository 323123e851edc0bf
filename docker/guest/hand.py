"""A stage in another container: the conductor says what to do, the hand does it there.

Wire: JSON lines over one TCP connection inside the lab's internal network. The conductor listens, the hand
joins. Conductor to hand: {"step": …, "names": …} or {"clear": true}. Hand to conductor: facts, then one {"done": …}.
"""

import argparse
import contextlib
import json
import select
import socket
import sys
import time
from collections.abc import Callable
from typing import Any

from script import Names, Step
from stage import Emit, Overdue, Stage

PORT = 50007
JOIN_S = 60.0
ANSWER_S = 60.0
TRY_AGAIN_S = 0.05


class Remote:
    """The conductor's side of a hand; has a stage's `play` and `clear`."""

    def __init__(self, connection: socket.socket, emit: Emit) -> None:
        connection.settimeout(ANSWER_S)
        self.connection = connection
        self.wire = connection.makefile("rw", encoding="utf-8", newline="\n")
        self.emit = emit

    def play(self, step: Step, names: Names) -> Names:
        """As Stage.play, in the hand's container."""
        return self._ask({"step": step, "names": names})

    def clear(self) -> None:
        """As Stage.clear, in the hand's container."""
        self._ask({"clear": True})

    def close(self) -> None:
        """Lets the hand go."""
        self.wire.close()
        self.connection.close()

    def _ask(self, request: dict[str, Any]) -> Names:
        self.wire.write(json.dumps(request) + "\n")
        self.wire.flush()
        for line in self.wire:
            answer = json.loads(line)
            if "done" not in answer:
                self.emit(answer)
            elif answer.get("overdue"):
                raise Overdue(answer["overdue"])
            else:
                return dict(answer["done"])
        raise ConnectionError("the other container has gone")


def listen(port: int = PORT) -> socket.socket:
    """The conductor's listening socket."""
    return socket.create_server(("", port), family=socket.AF_INET)


def accept(listener: socket.socket, service: str, emit: Emit) -> Remote:
    """Waits for the hand of another container."""
    listener.settimeout(JOIN_S)
    try:
        connection, _ = listener.accept()
    except TimeoutError:
        emit({"fact": "overdue", "do": "join", "of": None, "wanted": f"the container of {service}"})
        raise Overdue(service) from None
    return Remote(connection, emit)


def join(host: str, port: int) -> socket.socket:
    """Connects to the conductor, which may not be there yet; raises OSError at the deadline."""
    deadline = time.monotonic() + JOIN_S
    while True:
        try:
            return socket.create_connection((host, port), timeout=5)
        except OSError:  # not resolvable yet, or refused: its container is still starting
            if time.monotonic() >= deadline:
                raise
            select.select([], [], [], TRY_AGAIN_S)


def serve(connection: socket.socket) -> None:
    """Does what the conductor asks until it hangs up; nothing of the programs stays."""
    connection.settimeout(None)
    wire = connection.makefile("rw", encoding="utf-8", newline="\n")

    def tell(fact: dict[str, Any]) -> None:
        wire.write(json.dumps(fact) + "\n")
        wire.flush()

    stage = Stage(tell)
    try:
        for line in wire:
            tell(_answer(stage, json.loads(line)))
    except ConnectionError:
        pass
    finally:
        stage.emit = _nobody
        stage.clear()
        with contextlib.suppress(OSError):  # what was still to be written goes nowhere now
            wire.close()
        connection.close()


def _answer(stage: Stage, request: dict[str, Any]) -> dict[str, Any]:
    if "clear" in request:
        stage.clear()
        return {"done": {}}
    try:
        return {"done": stage.play(request["step"], request["names"])}
    except Overdue as late:
        return {"done": {}, "overdue": str(late)}


_nobody: Callable[[dict[str, Any]], None] = lambda fact: None  # noqa: E731


def main() -> int:
    """Joins the conductor named on the command line and serves it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("host", help="where the conductor listens")
    parser.add_argument("--port", type=int, default=PORT)
    args = parser.parse_args()
    try:
        serve(join(args.host, args.port))
    except OSError as error:
        print(f"hand: no conductor at {args.host}:{args.port}: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
