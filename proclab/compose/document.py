"""The text of compose.yaml as a tree of Python values. The only module that needs PyYAML."""

from __future__ import annotations

from typing import Any

import yaml

from proclab.errors import ComposeError


class _StrictLoader(yaml.SafeLoader):
    """YAML in which a key may be given once: of two `cap_drop` PyYAML would silently keep the second."""

    def compose_mapping_node(self, anchor: Any) -> yaml.MappingNode:
        """Checked before merge keys are flattened into the node: an own key may override a merged one."""
        node = super().compose_mapping_node(anchor)
        keys = [key.value for key, _ in node.value]
        if len(set(keys)) < len(keys):
            twice = next(key for key in keys if keys.count(key) > 1)
            raise yaml.composer.ComposerError(None, None, f"{twice!r} is given twice", node.start_mark)
        return node


def tree(text: str) -> Any:
    """The tree; a ComposeError where the text is no YAML."""
    try:
        return yaml.load(text, _StrictLoader)
    except yaml.YAMLError as error:
        raise ComposeError("compose.yaml", str(error)) from error
