"""The end of a pod's containers: the hook before it, and the order."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Sequence
from typing import Protocol

from runner.practice.containers.container_config import Exit, NoSuchContainer
from runner.practice.controllers.cluster_context import ClusterContext
from runner.practice.controllers.object_helpers import name_of, namespace_of, uid_of
from runner.practice.node.container_runtime import ContainerRuntime
from runner.practice.node.container_status import Container
from runner.practice.node.image_pull import PodLife
from runner.practice.node.lifecycle_hooks import HookFailed, failure_message, run_hook

LEAST_GRACE = 2.0
"""Seconds that a container has to end after its hook, however long that took (kubernetes: minimumGracePeriodInSeconds)."""


class StoppedPod(PodLife, Protocol):
    """What the end needs of the pod's worker."""

    def end(self, container: Container, exit_: Exit) -> None: ...

    async def stop_gently(
        self, container: Container, grace: float, turn: Awaitable[object] | None = None
    ) -> Exit: ...


async def stop_in_order(worker: StoppedPod, containers: Sequence[Container], grace: float) -> None:
    """End running containers within `grace` seconds: sidecars after the others, the last one of them first."""
    before: list[asyncio.Task[None]] = []
    stops: list[asyncio.Task[None]] = []
    loop = asyncio.get_running_loop()

    async def stop(container: Container, turn: Sequence[asyncio.Task[None]]) -> None:
        waits = asyncio.wait(turn) if turn else None
        worker.end(container, await worker.stop_gently(container, grace, waits))

    for container in containers:
        worker.report("Normal", "Killing", f"Stopping container {container.name}", container)
        if not container.sidecar:
            before.append(loop.create_task(stop(container, ())))
    for container in reversed([each for each in containers if each.sidecar]):
        stops.append(loop.create_task(stop(container, (*before, *stops))))
    try:
        await asyncio.gather(*before, *stops)
    finally:
        for task in (*before, *stops):
            task.cancel()


class Stopper:
    """Ends containers of one pod. `exits` has how containers ended, by their ids, until somebody has seen it."""

    def __init__(
        self, worker: PodLife, cluster: ClusterContext, runtime: ContainerRuntime, exits: dict[str, Exit]
    ) -> None:
        self._worker, self._cluster, self._runtime, self._exits = worker, cluster, runtime, exits

    async def stop(self, container: Container, grace: float, turn: Awaitable[object] | None = None) -> Exit:
        """Run its hook preStop, wait for its `turn`, and end it; gives how it ended. All of it within `grace` seconds."""
        loop = asyncio.get_running_loop()
        end = loop.time() + self._cluster.container_seconds(grace)
        if grace > 0 and self._runtime.runs:
            await self._run_hook(container, grace)
            if turn is not None:
                await asyncio.wait([asyncio.ensure_future(turn)], timeout=max(0.0, end - loop.time()))
            end = max(end, loop.time() + self._cluster.container_seconds(LEAST_GRACE))
        return await self._in_runtime(container, max(0.0, end - loop.time()))

    async def kill(self, container: Container) -> None:
        """End it at once."""
        await self._in_runtime(container, 0.0)

    async def _in_runtime(self, container: Container, grace: float) -> Exit:
        exit_ = self._exits.get(container.container_id, Exit(137, "Error"))
        with contextlib.suppress(NoSuchContainer, ConnectionError):
            exit_ = await self._runtime.stop(container.container_id, grace)
        self._exits.pop(container.container_id, None)
        return exit_

    async def _run_hook(self, container: Container, grace: float) -> None:
        """preStop, at most `grace` seconds long."""
        spec, cluster = self._worker.spec(container), self._cluster
        hook = (spec.get("lifecycle") or {}).get("preStop")
        if not hook:
            return
        try:
            async with asyncio.timeout(cluster.container_seconds(grace)):
                speed = cluster.container_speed
                await run_hook(self._runtime, container.container_id, spec, hook, cluster.minor, speed)
        except TimeoutError:
            return
        except HookFailed as error:
            pod = self._worker.pod
            shown = f"{name_of(pod)}_{namespace_of(pod)}({uid_of(pod)})"
            message = failure_message("PreStop", hook, container.name, shown, error, cluster.minor)
            self._worker.report("Warning", "FailedPreStopHook", message, container)
