"""The objects of a list that match a label selector, and a mark that changes when they do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from checks.base import Object
from checks.selectors import matches

Place = tuple[str, str]
"""Namespace ("" for none) and name."""


class Selection:
    """What one selector takes of one list; "" takes everything.

    Nothing is gone through again for an event that touches other objects: lists of events are long and busy.
    """

    def __init__(self, selector: str) -> None:
        self._selector = selector
        self._found: list[Object] | None = None
        self.mark = 0  # another one after each change

    def of(self, objects: Mapping[Place, Object]) -> Sequence[Object]:
        """By namespace and name."""
        if self._found is None:
            self._found = [objects[place] for place in sorted(objects) if self._takes(objects[place])]
        return self._found

    def happened(self, before: Object | None, now: Object) -> None:
        """One object was added, changed or deleted."""
        if self._takes(before) or self._takes(now):
            self._changed()

    def replaced(self, before: Mapping[Place, Object], now: Mapping[Place, Object]) -> None:
        """All objects were listed again."""
        if self._versions(before) != self._versions(now):
            self._changed()
        self._found = None

    def _changed(self) -> None:
        self._found = None
        self.mark += 1

    def _takes(self, obj: Object | None) -> bool:
        return obj is not None and (
            not self._selector or matches(self._selector, obj["metadata"].get("labels"))
        )

    def _versions(self, objects: Mapping[Place, Object]) -> dict[Place, str]:
        return {place: version(obj) for place, obj in objects.items() if self._takes(obj)}


def version(obj: Object | None) -> str:
    """What tells one state of an object from all others; "absent" for none."""
    if obj is None:
        return "absent"
    metadata = obj["metadata"]
    return f"{metadata.get('uid')}/{metadata.get('resourceVersion')}"
