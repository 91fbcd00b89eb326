"""Rules about a lab as a whole, which no single value can break."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from runner.labs.yaml_nodes import Path
from runner.words import Phrase, phrase

Broken = tuple[Path, Phrase]
"""Where a rule is broken, and what it says."""


OWN_IDS = ("setup", "cleanup")
"""What events and records call the parts of a lab that are no steps."""


def broken_rules(data: Any, lab_id: str) -> Iterator[Broken]:
    """Every rule that the lab breaks. `data` may have values that stand for broken ones."""
    if not isinstance(data, dict):
        return
    if data.get("after") == lab_id:
        yield ("after",), phrase("a lab can't come after itself")
    steps = list(_items(data.get("steps"), ("steps",)))
    for path, step in steps:
        if step.get("id") in OWN_IDS:
            yield (*path, "id"), phrase("the id is kept for the lab's own parts: {id}", id=step["id"])
    yield from _unique(((*path, "id"), step.get("id")) for path, step in steps)
    yield from _unique(_questions(data, steps))


def _questions(
    data: dict[str, Any], steps: list[tuple[Path, dict[str, Any]]]
) -> Iterator[tuple[Path, object]]:
    parts = [*steps]
    if isinstance(data.get("cleanup"), dict):
        parts.append((("cleanup",), data["cleanup"]))
    for path, part in parts:
        for at, check in _items(part.get("checks"), (*path, "checks")):
            if "quiz" in check:
                yield (*at, "id"), check.get("id")


def _unique(ids: Iterator[tuple[Path, object]]) -> Iterator[Broken]:
    seen = set()
    for path, each in ids:
        if not isinstance(each, str):
            continue
        if each in seen:
            yield path, phrase("the id is used twice: {id}", id=each)
        seen.add(each)


def _items(value: object, path: Path) -> Iterator[tuple[Path, dict[str, Any]]]:
    for index, item in enumerate(value if isinstance(value, list) else ()):
        if isinstance(item, dict):
            yield (*path, index), item
