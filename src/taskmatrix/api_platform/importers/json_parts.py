"""Looking into JSON that somebody else wrote, where every part may be of another kind than it should be."""

from collections.abc import Mapping
from typing import cast

from pydantic import JsonValue

Node = Mapping[str, JsonValue]
_NOTHING: Node = {}


def node(value: object) -> Node:
    """Return an object as it is, and anything else as an empty one."""
    return cast(Node, value) if isinstance(value, dict) else _NOTHING


def part(parent: Node, key: str) -> Node:
    """Return the object under a key; an empty one where there is none."""
    value = parent.get(key)
    return value if isinstance(value, dict) else _NOTHING


def text(parent: Node, key: str) -> str:
    """Return the text under a key; an empty one where there is none."""
    value = parent.get(key)
    return value if isinstance(value, str) else ""


def texts(parent: Node, key: str) -> list[str]:
    """Return the texts of the list under a key."""
    value = parent.get(key)
    return [v for v in value if isinstance(v, str)] if isinstance(value, list) else []
