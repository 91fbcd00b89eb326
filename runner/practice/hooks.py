"""Bridges to parts that are still being built."""

from __future__ import annotations

from typing import Any

Object = dict[str, Any]


def _default(key: str, obj: Object) -> Object:
    return obj


try:
    from runner.practice.defaults import apply_defaults
except ImportError:
    apply_defaults = _default
try:
    from runner.practice.validation import check_fields, validate
except ImportError:

    def validate(key: str, obj: Object, old: Object | None = None) -> None: ...
    def check_fields(key: str, api_version: str, obj: Object) -> list[str]:
        return []


try:
    from runner.practice.validation import prune
except ImportError:
    prune = _default
try:
    from runner.practice.tables import table
except ImportError:

    def table(key: str, objects: list[Object], now: Any, *, columns: Any = (), minor=32) -> Object:
        return {
            "columnDefinitions": [
                {"name": "Name", "type": "string", "format": "name", "description": "", "priority": 0},
                {"name": "Age", "type": "string", "format": "", "description": "", "priority": 0},
            ],
            "rows": [{"cells": [o["metadata"]["name"], "0s"]} for o in objects],
        }


try:
    from runner.practice.controllers.services import allocate
except ImportError:

    def allocate(store: Any, obj: Object, old: Object | None) -> Object:
        return obj


try:
    import runner.practice.balancer
    import runner.practice.controllers.all
    import runner.practice.pages
    import runner.practice.seed
    from runner.practice.controllers import Controllers, Settings
except ImportError as error:
    print("no life yet:", error)

    class Settings:
        def __init__(self, **kw): ...

    class Controllers:
        def __init__(self, store, *a):
            self.troubles = self.pages = None
            self.store = store

        def start(self):
            store = self.store
            from runner.practice.store import Key

            for n in ("default", "kube-system", "kube-public", "kube-node-lease"):
                if store.get(Key("namespaces", "", n)) is None:
                    store.create(
                        "namespaces",
                        {
                            "apiVersion": "v1",
                            "kind": "Namespace",
                            "metadata": {"name": n, "labels": {"kubernetes.io/metadata.name": n}},
                            "spec": {"finalizers": ["kubernetes"]},
                            "status": {"phase": "Active"},
                        },
                    )
                    store.create(
                        "serviceaccounts",
                        {
                            "apiVersion": "v1",
                            "kind": "ServiceAccount",
                            "metadata": {"name": "default", "namespace": n},
                        },
                    )

        async def stop(self): ...
