"""What a container is made of: the records that compose.yaml is read into. Nothing but data."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

Pairs = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Mount:
    """A file or folder of the host, seen in the container."""

    source: Path
    target: str
    read_only: bool


@dataclass(frozen=True)
class Ulimit:
    """A resource limit that every process of the container starts with."""

    name: str
    soft: int
    hard: int


@dataclass(frozen=True)
class Network:
    """A network as the file states it. Its real name is made up for each run."""

    name: str
    internal: bool = False
    options: Pairs = ()


@dataclass(frozen=True)
class ContainerSpec:
    """One container, completely: what runs in it and what it is kept from."""

    service: str
    image: str = ""
    command: tuple[str, ...] | None = None
    environment: Pairs = ()
    labels: Pairs = ()
    working_dir: str = ""
    user: str = ""
    init: bool = False
    tty: bool = False
    stdin_open: bool = False
    read_only: bool = False
    cap_drop: tuple[str, ...] = ()
    cap_add: tuple[str, ...] = ()
    security_opt: tuple[str, ...] = ()
    ipc: str = ""
    network_mode: str = ""
    networks: tuple[Network, ...] = ()
    dns_search: tuple[str, ...] = ()
    dns_opt: tuple[str, ...] = ()
    mounts: tuple[Mount, ...] = ()
    sysctls: Pairs = ()
    tmpfs: Pairs = ()  # (target, mount options)
    ulimits: tuple[Ulimit, ...] = ()
    memory: int = 0
    memory_swap: int = 0
    pids: int = 0
    cpus: float = 0.0
    shm_size: int = 0
    logging: tuple[str, Pairs] = ("", ())  # (driver, options); "" is the daemon's default
    home: ContainerSpec | None = None  # x-session: in whose confinement a Session of this service lives

    def running(self, *command: str, **environment: str) -> ContainerSpec:
        """The same container with another command and more environment."""
        merged = {**dict(self.environment), **environment}
        return replace(self, command=command or self.command, environment=tuple(sorted(merged.items())))

    def at_home(self) -> ContainerSpec:
        """The container of a session: what this service shows to programs, and for the rest its home's confinement.

        Without a home it is the service itself; a session there vouches for nothing (proclab/engine/session.py).
        """
        if not self.home:
            return self
        return replace(
            self.home,
            service=self.service,
            environment=tuple(sorted({**dict(self.home.environment), **dict(self.environment)}.items())),
            mounts=self.mounts,
            network_mode=self.network_mode,
            networks=self.networks,
            dns_search=self.dns_search,
            dns_opt=self.dns_opt,
            home=None,
        )
