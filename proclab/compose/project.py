"""compose.yaml, the only statement of the confinement, read into frozen container specifications.

Pure but for `load` and `dotenv`, which read files. What compose.yaml needs is understood, of Compose's syntax no more:
the rest is an error that names it, since a key that were dropped in silence could be the one that confines.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from proclab.compose import values
from proclab.compose.service import checked, refuse_unknown, service
from proclab.compose.spec import ContainerSpec, Network
from proclab.errors import ComposeError


@dataclass(frozen=True)
class Project:
    """What a compose.yaml describes."""

    folder: Path
    name: str
    services: Mapping[str, ContainerSpec]

    def spec(self, service: str) -> ContainerSpec:
        """The specification of one service."""
        try:
            return self.services[service]
        except KeyError:
            known = ", ".join(sorted(self.services))
            raise ComposeError(str(self.folder), f"no service {service!r}; there is {known}") from None


def load(file: Path, environment: Mapping[str, str] | None = None) -> Project:
    """Read a compose.yaml; variables come from the environment, then from the .env beside the file."""
    variables = {**dotenv(file.parent), **(os.environ if environment is None else environment)}
    try:
        text = file.read_text()
    except (OSError, ValueError) as error:
        raise ComposeError(str(file), str(error)) from error
    return parse(text, file.parent.resolve(), variables)


def dotenv(folder: Path) -> dict[str, str]:
    """The variables of the folder's .env, none where there is no such file."""
    file = folder / ".env"
    try:
        return values.environment_file(file.read_text()) if file.exists() else {}
    except (OSError, ValueError) as error:
        raise ComposeError(str(file), str(error)) from error


def parse(text: str, folder: Path, variables: Mapping[str, str]) -> Project:
    """The text of a compose.yaml -> Project."""
    from proclab.compose.document import tree  # PyYAML: the doctor reads .env where it is not installed yet

    data = _interpolated(tree(text), "compose.yaml", variables)
    if not isinstance(data, dict) or not isinstance(data.get("services"), dict):
        raise ComposeError("compose.yaml", "no services")
    refuse_unknown(data, {"name", "services", "networks"}, "compose.yaml")
    networks = {n: _network(n, body or {}) for n, body in (data.get("networks") or {}).items()}
    networks.setdefault("default", Network("default"))
    services = {n: service(n, body, folder, networks) for n, body in data["services"].items()}
    name = variables.get("COMPOSE_PROJECT_NAME") or data.get("name") or folder.name
    return Project(folder, str(name), _at_home(services, data["services"]))


def _at_home(services: Mapping[str, ContainerSpec], bodies: Mapping[str, Any]) -> dict[str, ContainerSpec]:
    """Every service with the one that its x-session names. (Compose lets x-… keys be, 1.29 and 2.x.)"""
    found = {}
    for name, spec in services.items():
        home = bodies[name].get("x-session")
        if home is not None and home not in services:
            raise ComposeError(f"services: {name}: x-session", f"there is no service {home!r}")
        found[name] = replace(spec, home=services[home]) if home and home != name else spec
    return found


def _interpolated(node: Any, where: str, variables: Mapping[str, str]) -> Any:
    """The tree with every string value interpolated, as compose does it: after parsing, keys left alone."""
    if isinstance(node, dict):
        return {k: _interpolated(v, f"{where}: {k}", variables) for k, v in node.items()}
    if isinstance(node, list):
        return [_interpolated(v, where, variables) for v in node]
    return checked(where, lambda v: values.interpolate(v, variables), node) if isinstance(node, str) else node


def _network(name: str, body: Any) -> Network:
    where = f"networks: {name}"
    refuse_unknown(body, {"internal", "driver_opts", "labels"}, where)  # the SDK's networks have labels of their own
    internal = checked(f"{where}: internal", values.boolean, body.get("internal", False))
    return Network(name, internal, checked(where, values.pairs, body.get("driver_opts", {})))
