"""How the lists and maps of a kind merge: by key, as a set, or whole.

For built-in kinds from the patchMergeKey, patchStrategy and listMapKey notes of the API reference; for custom
resources from x-kubernetes-list-type and x-kubernetes-map-type of their schema.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

Path = tuple[str, ...]
"""Names of fields from the object down, without places in lists: ("spec", "containers", "env")."""


@dataclass(frozen=True, slots=True)
class ListRule:
    """A list whose items have identities: by `keys` (maps), or by themselves where there are no keys (a set).

    `patch_key` is the one key of strategic merge patches ("": they replace a keyed list as a whole); server-side
    apply goes by all of `keys`, with `defaults` for those that an item leaves out.
    """

    patch_key: str = ""
    keys: tuple[str, ...] = ()
    defaults: tuple[tuple[str, Any], ...] = ()


class Typing(Protocol):
    @property
    def custom(self) -> bool:
        """Whether no Go type stands behind it, so that no struct exists before somebody writes it."""
        ...

    def list_rule(self, path: Path) -> ListRule | None:
        """None: the list is replaced as a whole."""
        ...

    def is_atomic(self, path: Path) -> bool:
        """Whether the map at `path` is owned and replaced as a whole by server-side apply."""
        ...


def keyed(*keys: str, **defaults: Any) -> ListRule:
    """A list of maps that are identified by `keys`; the first one is the key of strategic merge patches."""
    return ListRule(keys[0], keys, tuple(defaults.items()))


SET = ListRule()
BY_NAME, BY_TYPE = keyed("name"), keyed("type")

METADATA_LISTS: dict[Path, ListRule] = {
    ("metadata", "ownerReferences"): keyed("uid"),
    ("metadata", "finalizers"): SET,
}

_ATOMIC_MAPS = {
    "selector",
    "nodeSelector",
    "labelSelector",
    "configMapKeyRef",
    "secretKeyRef",
    "fieldRef",
    "resourceFieldRef",
    "claimRef",
    "roleRef",
    "involvedObject",
    "podSelector",
}
"""Fields whose maps server-side apply owns whole (x-kubernetes-map-type: atomic)."""


class BuiltInTyping:
    """The rules of a built-in kind: its own lists, and those that every kind has."""

    custom = False

    def __init__(self, lists: Mapping[Path, ListRule]) -> None:
        self._lists = lists

    def list_rule(self, path: Path) -> ListRule | None:
        if path in METADATA_LISTS:
            return METADATA_LISTS[path]
        if path == ("status", "conditions"):
            return BY_TYPE
        return self._lists.get(path)

    def is_atomic(self, path: Path) -> bool:
        # A selector that is a plain map of labels is atomic as well.
        return bool(path) and path[-1] in _ATOMIC_MAPS


class SchemaTyping:
    """The rules of a custom resource, from its schema (None: nothing is known, lists are whole)."""

    custom = True

    def __init__(self, schema: Mapping[str, Any] | None) -> None:
        self._schema = schema or {}

    def list_rule(self, path: Path) -> ListRule | None:
        if path in METADATA_LISTS:
            return METADATA_LISTS[path]
        schema = self._at(path)
        kind = schema.get("x-kubernetes-list-type")
        if kind == "set":
            return SET
        if kind == "map":
            keys = tuple(schema.get("x-kubernetes-list-map-keys") or ())
            properties = (schema.get("items") or {}).get("properties") or {}
            defaults = tuple(
                (key, properties[key]["default"]) for key in keys if "default" in properties.get(key, {})
            )
            return ListRule(keys[0] if keys else "", keys, defaults)
        return None

    def is_atomic(self, path: Path) -> bool:
        return self._at(path).get("x-kubernetes-map-type") == "atomic"

    def _at(self, path: Path) -> Mapping[str, Any]:
        schema: Mapping[str, Any] = self._schema
        for name in path:
            if schema.get("type") == "array":
                schema = schema.get("items") or {}
            known = schema.get("properties") or {}
            more = schema.get("additionalProperties")
            schema = known.get(name) or (more if isinstance(more, Mapping) else {})
        return schema
