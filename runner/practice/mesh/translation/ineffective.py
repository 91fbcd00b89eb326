"""What of the mesh's objects has no effect: collected while the rest is translated."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from runner.practice.mesh.mesh_view import Json
from runner.practice.mesh.proxy_config import IneffectiveObject


class Ineffective:
    """Grows while a configuration is made; each thing once."""

    def __init__(self) -> None:
        self._found: dict[IneffectiveObject, None] = {}

    def add(self, obj: Json, why: str) -> None:
        """`why` is a sentence as istiod would write it."""
        metadata = obj.get("metadata") or {}
        found = IneffectiveObject(
            obj.get("kind", ""), metadata.get("namespace", ""), metadata.get("name", ""), why
        )
        self._found[found] = None

    @contextmanager
    def guard(self, obj: Json) -> Iterator[None]:
        """A malformed object costs itself, not the configuration that it would be part of."""
        try:
            yield
        except (KeyError, TypeError, ValueError, AttributeError, IndexError) as error:
            what = f"field {error} is missing" if isinstance(error, KeyError) else str(error)
            self.add(obj, f"invalid configuration: {what}")

    def extend(self, found: tuple[IneffectiveObject, ...]) -> None:
        """What another part of the configuration found."""
        self._found.update(dict.fromkeys(found))

    def all(self) -> tuple[IneffectiveObject, ...]:
        """In the order in which it was found."""
        return tuple(self._found)
