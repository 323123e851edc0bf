"""compose.yaml, the only statement of the confinement, read into frozen container specifications.

Pure but for `load`, which reads the file. What is not understood is an error that names it: a key that were
dropped in silence could be the one that confines.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from proclab import values
from proclab.errors import ComposeError
from proclab.service import checked, refuse_unknown, service
from proclab.spec import ContainerSpec, Network


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


class _StrictLoader(yaml.SafeLoader):
    """YAML in which a key may stand once: of two `cap_drop` PyYAML would silently keep the second."""

    def compose_mapping_node(self, anchor: Any) -> yaml.MappingNode:
        """Checked before merge keys are flattened into the node: an own key may override a merged one."""
        node = super().compose_mapping_node(anchor)
        keys = [key.value for key, _ in node.value]
        if len(set(keys)) < len(keys):
            twice = next(key for key in keys if keys.count(key) > 1)
            raise yaml.composer.ComposerError(None, None, f"{twice!r} stands twice", node.start_mark)
        return node


def load(file: Path, environment: Mapping[str, str] | None = None) -> Project:
    """Read a compose.yaml; variables come from the environment, then from the .env beside the file."""
    env_file = file.parent / ".env"
    try:
        variables = values.environment_file(env_file.read_text()) if env_file.exists() else {}
        text = file.read_text()
    except (OSError, ValueError) as error:
        raise ComposeError(str(file), str(error)) from error
    return parse(text, file.parent.resolve(), {**variables, **(os.environ if environment is None else environment)})


def parse(text: str, folder: Path, variables: Mapping[str, str]) -> Project:
    """The text of a compose.yaml -> Project."""
    try:
        data = yaml.load(text, _StrictLoader)
    except yaml.YAMLError as error:
        raise ComposeError("compose.yaml", str(error)) from error
    data = _interpolated(data, "compose.yaml", variables)
    if not isinstance(data, dict) or not isinstance(data.get("services"), dict):
        raise ComposeError("compose.yaml", "no services")
    refuse_unknown(data, {"version", "name", "services", "networks"}, "compose.yaml")
    networks = {n: _network(n, body or {}) for n, body in (data.get("networks") or {}).items()}
    networks.setdefault("default", Network("default"))
    services = {n: service(n, body, folder, networks) for n, body in data["services"].items()}
    name = variables.get("COMPOSE_PROJECT_NAME") or data.get("name") or folder.name
    return Project(folder, str(name), services)


def _interpolated(node: Any, where: str, variables: Mapping[str, str]) -> Any:
    """The tree with every string value interpolated, as compose does it: after parsing, keys left alone."""
    if isinstance(node, dict):
        return {k: _interpolated(v, f"{where}: {k}", variables) for k, v in node.items()}
    if isinstance(node, list):
        return [_interpolated(v, where, variables) for v in node]
    return checked(where, lambda v: values.interpolate(v, variables), node) if isinstance(node, str) else node


def _network(name: str, body: Any) -> Network:
    where = f"networks: {name}"
    refuse_unknown(body, {"internal", "driver", "driver_opts"}, where)
    driver = checked(where, values.text, body.get("driver", "bridge"))
    if driver != "bridge":
        raise ComposeError(where, f"driver {driver!r} is not understood, only bridge is")
    internal = checked(f"{where}: internal", values.boolean, body.get("internal", False))
    return Network(name, internal, driver, checked(where, values.pairs, body.get("driver_opts", {})))
