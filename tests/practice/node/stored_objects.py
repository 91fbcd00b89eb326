"""Objects as a store has them, for what only reads them."""

from __future__ import annotations

from typing import Any

from runner.practice.machinery.store import Key, Object


class Objects:
    """The part of a store that is read."""

    def __init__(self, *objects: Object) -> None:
        self._found = {
            Key(f"{one['kind'].lower()}s", one["metadata"].get("namespace", ""), one["metadata"]["name"]): one
            for one in objects
        }

    def get(self, key: Key) -> Object | None:
        return self._found.get(key)

    def list(self, resource: str, namespace: str = "") -> list[Object]:
        return [one for key, one in self._found.items() if key.resource == resource]

    def put(self, one: Object) -> None:
        key = Key(f"{one['kind'].lower()}s", one["metadata"].get("namespace", ""), one["metadata"]["name"])
        self._found[key] = one


def named(kind: str, name: str, namespace: str = "shop", **rest: Any) -> Object:
    return {"kind": kind, "metadata": {"name": name, "namespace": namespace}, **rest}
