"""A store with everything that lives in it, fast, without an API before it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from runner.practice.control_plane import ControlPlane
from runner.practice.controllers.cluster_context import Settings
from runner.practice.kinds import registry_of
from runner.practice.machinery.served_resources import Registry
from runner.practice.machinery.store import Key, Object, Store

FAST = 200.0
PATIENCE = 60.0


class World:
    """One living store, and how tests speak to it."""

    def __init__(self, store: Store, registry: Registry, control_plane: ControlPlane) -> None:
        self.store = store
        self.registry = registry
        self.control_plane = control_plane
        self.faults = control_plane.faults

    def create(self, resource: str, obj: Object) -> Object:
        """As the API does it: defaults, admission, store."""
        return self.control_plane.context.create(resource, obj)

    def get(self, resource: str, name: str, namespace: str = "default") -> Object:
        found = self.find(resource, name, namespace)
        assert found is not None, f"{resource} {namespace}/{name} is not there"
        return found

    def find(self, resource: str, name: str, namespace: str = "default") -> Object | None:
        return self.store.get(Key(resource, namespace, name))

    def pods(self, namespace: str = "default", **labels: str) -> list[Object]:
        return [
            pod
            for pod in self.store.list("pods", namespace)
            if all((pod["metadata"].get("labels") or {}).get(k) == v for k, v in labels.items())
        ]

    def edit(
        self, resource: str, name: str, change: Callable[[Object], Any], namespace: str = "default"
    ) -> None:
        def edited(obj: Object) -> Object:
            change(obj)
            return obj

        assert self.control_plane.context.change(Key(resource, namespace, name), edited) is not None

    def delete(self, resource: str, name: str, namespace: str = "default", **how: Any) -> None:
        self.store.delete(Key(resource, namespace, name), **how)

    def events(self, reason: str = "", namespace: str = "default") -> list[str]:
        return [e["message"] for e in self.store.list("events", namespace) if reason in ("", e["reason"])]

    async def until(self, holds: Callable[[], Any], why: Callable[[], Any] | None = None) -> Any:
        """Wait until `holds`; `why` says what is missing where it never does."""
        end = asyncio.get_running_loop().time() + PATIENCE
        while True:
            found = holds()
            if found:
                return found
            if asyncio.get_running_loop().time() > end:
                raise AssertionError(f"never came: {why() if why else holds}")
            await asyncio.sleep(0.005)


@asynccontextmanager
async def living(
    folder: Path | None = None, version: str = "1.32", speed: float = FAST, **more: Any
) -> AsyncIterator[World]:
    registry = registry_of(version)
    store = Store(folder, registry)
    control_plane = ControlPlane(store, registry, Settings(speed=speed, version=version, **more))
    control_plane.start()
    try:
        yield World(store, registry, control_plane)
    finally:
        await control_plane.stop()
        store.close()


@pytest.fixture
async def world() -> AsyncIterator[World]:
    async with living() as made:
        yield made


@pytest.fixture
def alive() -> Callable[..., Any]:
    return living
