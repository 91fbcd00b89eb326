"""The end of a pod's containers: the hook before it, and the order."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Sequence
from typing import Protocol

from runner.practice.containers.container_config import Exit
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


async def before_stop(
    worker: PodLife, container: Container, runtime: ContainerRuntime, cluster: ClusterContext, grace: float
) -> None:
    """Run the hook preStop, at most `grace` seconds long."""
    spec = worker.spec(container)
    hook = (spec.get("lifecycle") or {}).get("preStop")
    if not hook:
        return
    try:
        async with asyncio.timeout(cluster.seconds(grace)):
            speed = cluster.settings.speed
            await run_hook(runtime, container.container_id, spec, hook, cluster.minor, speed)
    except TimeoutError:
        return
    except HookFailed as error:
        pod = worker.pod
        shown = f"{name_of(pod)}_{namespace_of(pod)}({uid_of(pod)})"
        message = failure_message("PreStop", hook, container.name, shown, error, cluster.minor)
        worker.report("Warning", "FailedPreStopHook", message, container)
