"""What ends a pod as a whole, whatever its containers do: its deadline, and too much in its volumes."""

from __future__ import annotations

import asyncio
import contextlib
import math
from collections.abc import Callable
from dataclasses import dataclass

from runner.practice.containers.container_limits import MOST_ON_DISK
from runner.practice.controllers.cluster_context import ClusterContext
from runner.practice.controllers.object_helpers import age
from runner.practice.machinery.store import Object
from runner.practice.node.container_runtime import ContainerRuntime
from runner.practice.node.volume_setup import PodVolumes, size_limits, volume_id

SIZES_EVERY = 2.0
"""Seconds, real ones at any speed; a real kubelet looks every ten."""


@dataclass(frozen=True, slots=True)
class PodFailure:
    """Why a pod failed: the reason and message of its status and its event."""

    reason: str
    message: str
    event: str = "Warning"
    grace: float | None = None
    """Seconds that its containers get; None: those of the pod."""


class PodLimits:
    """Of one pod. `pod` gives it as it is now."""

    def __init__(
        self,
        cluster: ClusterContext,
        runtime: ContainerRuntime,
        volumes: PodVolumes,
        pod: Callable[[], Object],
    ) -> None:
        self._cluster, self._runtime, self._volumes, self._pod = cluster, runtime, volumes, pod

    @staticmethod
    def of(pod: Object, *, runs: bool) -> bool:
        """Whether a pod has any; `runs`: whether something really runs in it."""
        return _has_deadline(pod) or (runs and _may_fill(pod))

    async def broken(self) -> PodFailure:
        """Waits until one of them is."""
        limits = []
        if _has_deadline(self._pod()):
            limits.append(self._past_deadline())
        if self._runtime.runs and _may_fill(self._pod()):
            limits.append(self._too_full())
        waits = [asyncio.ensure_future(limit) for limit in limits]
        try:
            done, _ = await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
            return done.pop().result()
        finally:
            for wait in waits:
                wait.cancel()

    async def _past_deadline(self) -> PodFailure:
        while True:
            seconds = float(self._pod()["spec"].get("activeDeadlineSeconds") or math.inf)
            start = (self._pod().get("status") or {}).get("startTime")
            left = seconds - age(start) * self._cluster.container_speed if start else seconds
            if left <= 0:
                message = "Pod was active on the node longer than the specified deadline"
                return PodFailure("DeadlineExceeded", message, "Normal")
            await asyncio.sleep(self._cluster.container_seconds(min(left, 60.0)))

    async def _too_full(self) -> PodFailure:
        while True:
            await asyncio.sleep(SIZES_EVERY)
            limits = {
                volume_id(self._pod(), name): (name, *limit)
                for name, limit in size_limits(self._pod()).items()
            }
            kept = [config.id for config in self._volumes.configs if config.folder]
            sizes: dict[str, int] = {}
            with contextlib.suppress(ConnectionError):
                sizes = await self._runtime.volume_sizes([*limits, *kept])
            for id_, (name, limit, most) in limits.items():
                if sizes.get(id_, 0) > most:
                    message = f'Usage of EmptyDir volume "{name}" exceeds the limit "{limit}". '
                    return PodFailure("Evicted", message, grace=0.0)
            if any(sizes.get(id_, 0) > MOST_ON_DISK for id_ in kept):
                message = "The node was low on resource: ephemeral-storage. "
                return PodFailure("Evicted", message, grace=0.0)


def _has_deadline(pod: Object) -> bool:
    return pod["spec"].get("activeDeadlineSeconds") is not None


def _may_fill(pod: Object) -> bool:
    volumes = pod["spec"].get("volumes") or ()
    kept = ("hostPath", "persistentVolumeClaim", "ephemeral")
    return bool(size_limits(pod)) or any(part in volume for volume in volumes for part in kept)
