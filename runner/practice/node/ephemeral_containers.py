"""Ephemeral containers, as `kubectl debug` adds them: each is started once in its pod, and never again."""

from __future__ import annotations

import asyncio
from typing import Protocol

from runner.practice.machinery.store import Object
from runner.practice.node.container_status import Container, restored


class EphemeralLife(Protocol):
    """What a pod's worker does for them."""

    @property
    def pod(self) -> Object: ...

    async def run_once(self, container: Container) -> None:
        """Start a container, and follow it to its end."""


class EphemeralContainers:
    """Those of one pod."""

    def __init__(self, life: EphemeralLife) -> None:
        self._life = life
        self._containers: dict[str, Container] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}

    def begin(self) -> None:
        """Start those that are new in the pod."""
        self._look()
        for name, container in self._containers.items():
            if name not in self._tasks and not container.ended:
                self._tasks[name] = asyncio.get_running_loop().create_task(self._life.run_once(container))

    def containers(self) -> list[Container]:
        """All, in the order in which they were added."""
        self._look()
        return list(self._containers.values())

    def cancel(self) -> None:
        """Follow them no longer."""
        for task in self._tasks.values():
            task.cancel()

    def _look(self) -> None:
        pod = self._life.pod
        known = {
            one["name"]: one for one in (pod.get("status") or {}).get("ephemeralContainerStatuses") or ()
        }
        for spec in pod["spec"].get("ephemeralContainers") or ():
            if spec["name"] not in self._containers:
                container = restored(spec, known.get(spec["name"]), init=False, first="ContainerCreating")
                container.ephemeral = True
                self._containers[spec["name"]] = container
