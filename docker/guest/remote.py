"""A stage in another container: the conductor says what to do, the remote does it there.

Wire: JSON lines over one TCP connection inside the lab's internal network. The conductor listens, the remote joins.
Conductor to remote: {"step": …, "names": …} or {"clear": true}. Remote to conductor: facts, then one {"done": …}.
"""

import argparse
import json
import select
import signal
import socket
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any

import words
from script import Names, Step
from stage import DEADLINE_S, Emit, Overdue, Stage, interrupted
from wire import Lines, Strange, answer

PORT = 50007
JOIN_S = 60.0
ANSWER_S = 60.0
TRY_AGAIN_S = 0.05
MOST_FACTS = 100_000  # of one answer


class Remote:
    """The conductor's side of a remote; has a stage's `play` and `clear`."""

    def __init__(self, connection: socket.socket, emit: Emit) -> None:
        self.connection = connection
        self.deadline = 0.0
        self.lines = Lines(self._receive)
        self.emit = emit

    def play(self, step: Step, names: Names) -> Names:
        """As Stage.play, in the remote's container."""
        return self._ask({"step": step, "names": names})

    def clear(self) -> None:
        """As Stage.clear, in the remote's container."""
        self._ask({"clear": True})

    def close(self) -> None:
        """Lets the remote go."""
        self.connection.close()

    def _receive(self, most: int) -> bytes:
        left = self.deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError("no answer in time")
        self.connection.settimeout(left)
        return self.connection.recv(most)

    def _ask(self, request: dict[str, Any]) -> Names:
        self.deadline = time.monotonic() + ANSWER_S + request.get("step", {}).get("timeout", DEADLINE_S)
        try:
            self.connection.settimeout(ANSWER_S)
            self.connection.sendall(json.dumps(request).encode() + b"\n")
            return self._answered()
        except (OSError, EOFError) as error:  # silent, or gone
            raise Strange(str(error)) from error

    def _answered(self) -> Names:
        for _ in range(MOST_FACTS):
            said = answer(next(self.lines))
            if "done" not in said:
                self.emit(said)
            elif said.get("overdue"):
                raise Overdue(said["overdue"])
            else:
                return dict(said["done"])
        raise Strange(f"more than {MOST_FACTS} facts at once")


def listen(port: int = PORT) -> socket.socket:
    """The conductor's listening socket."""
    return socket.create_server(("", port), family=socket.AF_INET)


def accept(listener: socket.socket, service: str, emit: Emit) -> Remote:
    """Waits for the remote of another container."""
    listener.settimeout(JOIN_S)
    try:
        connection, _ = listener.accept()
    except TimeoutError:
        emit({"fact": "overdue", "do": "join", "of": None, "lack": "join", "wanted": [service]})
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
    """Does what the conductor asks until the conductor hangs up; no program stays."""
    connection.settimeout(None)

    def tell(fact: dict[str, Any]) -> None:
        connection.sendall(json.dumps(fact).encode() + b"\n")

    stage = Stage(tell)
    try:
        for line in _requests(connection):
            tell(_answer(stage, json.loads(line)))
    except ConnectionError:
        pass
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise Strange(f"no request: {type(error).__name__}") from error
    finally:
        stage.emit = _nobody
        stage.clear()
        connection.close()


def _requests(connection: socket.socket) -> Iterator[bytes]:
    """The conductor's requests, until it hangs up."""
    try:
        yield from Lines(connection.recv)
    except EOFError:
        return


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
    except Strange as error:
        words.say("strange_conductor", place=f"{args.host}:{args.port}", error=error)
        return 1
    except OSError as error:
        words.say("no_conductor", place=f"{args.host}:{args.port}", error=error)
        return 1
    except KeyboardInterrupt:  # the recorder ends it so, at a limit or where the other container has gone
        return 130
    return 0


if __name__ == "__main__":
    signal.signal(signal.SIGINT, interrupted)
    sys.exit(main())
