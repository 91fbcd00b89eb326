"""YAML as a tree that knows where everything was written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from runner.labs.lab_problems import Place

Path = tuple[str | int, ...]
"""Keys and indexes from the top of a file down to a value."""

BROKEN: Final = object()
"""Stands for a value whose problem was reported already."""


@dataclass(frozen=True, slots=True)
class Scalar:
    """One value. `text` is how it was written; a quoted value is always a string."""

    place: Place
    value: object  # str, int, float, bool, None, or BROKEN
    text: str


@dataclass(frozen=True, slots=True)
class Mapping:
    place: Place
    entries: dict[str, tuple[Place, Node]]  # the key's place, and the value


@dataclass(frozen=True, slots=True)
class List:
    place: Place
    items: tuple[Node, ...]


Node = Scalar | Mapping | List


def locate(root: Node, path: Sequence[str | int], *, key: bool = False) -> Place:
    """Where the value at `path` is written (with `key`: its key), or the nearest thing around it."""
    node, place = root, root.place
    for step in path:
        if isinstance(node, Mapping) and step in node.entries:
            at_key, node = node.entries[str(step)]
            place = at_key if key else node.place
        elif isinstance(node, List) and isinstance(step, int) and step < len(node.items):
            node = node.items[step]
            place = node.place
        else:
            break
    return place
