"""The Docker Engine as one thread of ours sees it: each call has a deadline, each failure one exception.

Theory of operation. Docker's client is not safe for several threads and its timeouts are per socket operation, so an
`Engine` belongs to one thread and makes its calls through one worker (worker.py), which owns the client. No other
module imports the Docker SDK.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing, suppress
from typing import Any

import docker.errors
import docker.utils
import requests.exceptions
from docker.constants import DEFAULT_DOCKER_API_VERSION

import docker
from proclab.clock import Deadline
from proclab.engine import labels
from proclab.engine.worker import DeadlineMissed, Worker
from proclab.errors import EngineDown, Gone, missing, refused, unreachable

CALL = 30.0  # seconds that one engine call may take; a create on a busy two-core machine took 3


class Engine:
    """The Docker Engine as one thread of ours sees it."""

    def __init__(
        self,
        owner: labels.Owner,
        *,
        call_seconds: float = CALL,
        address: str | None = None,
        on_create: Callable[[Engine, str], None] | None = None,
    ) -> None:
        self.owner = owner
        self.call_seconds = call_seconds
        self.on_create = on_create  # the suite inspects every container here
        self._address = address
        self._worker = Worker(self._client, f"proclab-engine-{owner.run}")

    def __enter__(self) -> Engine:
        return self

    def __exit__(self, *exc: object) -> None:
        self._worker.close()

    def _client(self) -> docker.APIClient:
        """A client whose own timeout is longer than our deadline: it only ends threads left behind."""
        place = {"base_url": self._address} if self._address else docker.utils.kwargs_from_env()
        options: dict[str, Any] = {"timeout": int(self.call_seconds) + 5, **place}
        with closing(docker.APIClient(version=DEFAULT_DOCKER_API_VERSION, **options)) as first:
            version = first.version(api_version=False)["ApiVersion"]  # version="auto" leaks its socket on failure
        return docker.APIClient(version=version, **options)

    def call(
        self,
        what: str,
        function: Callable[[Any], Any],
        *,
        seconds: float | None = None,
        shielded: bool = False,
    ) -> Any:
        """function(client) before the deadline, or an InfraError that says what was being done."""
        limit = self.call_seconds if seconds is None else seconds
        try:
            return self._worker.call(function, Deadline.after(limit), shielded)
        except DeadlineMissed:
            raise EngineDown(
                f"the engine did not answer within {limit:g} s ({what})", "is the Docker daemon hanging?"
            ) from None
        except docker.errors.NotFound as error:
            raise missing(what, str(error.explanation)) from error
        except docker.errors.APIError as error:
            raise refused(what, str(error.explanation)) from error
        except (docker.errors.DockerException, requests.exceptions.RequestException, OSError) as error:
            raise unreachable(what, str(error)) from error

    def remove(self, kind: str, name: str) -> None:
        """Remove a container (by force), network or volume. One that is gone already, or going, is fine."""

        def ask(client: docker.APIClient) -> None:
            if kind == "container":
                client.remove_container(name, force=True, v=True)
            elif kind == "network":
                client.remove_network(name)
            else:
                client.remove_volume(name)

        with suppress(Gone):
            try:
                self.call(f"remove {kind} {name}", ask, shielded=True)
            except EngineDown:  # the worker may have hung in an earlier call: once more, with a new one
                self.call(f"remove {kind} {name}", ask, shielded=True)

    def inspect(self, container: str) -> dict[str, Any]:
        """What the engine knows of a container."""
        found: dict[str, Any] = self.call(f"inspect {container}", lambda client: client.inspect_container(container))
        return found
