"""A network of our own for one run, under a name that nobody else has."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from proclab.compose import Network
from proclab.engine.engine import Engine


@contextmanager
def network(engine: Engine, wanted: Network, lifetime: float = 3600) -> Iterator[str]:
    """Make the network; yield its real name; remove it in every case (its containers must be gone by then).

    The subnet is the engine's choice: a fixed one would collide with another checkout's, or with the site's
    own.
    """
    name = engine.owner.unique(wanted.name)
    tags = engine.owner.labels(lifetime)
    with ExitStack() as stack:
        stack.callback(engine.remove, "network", name)
        engine.call(
            f"create network {name}",
            lambda client: client.create_network(
                name,
                driver="bridge",
                options=dict(wanted.options),
                internal=wanted.internal,
                labels=tags,
            ),
        )
        yield name
