"""A pod's volumes while it lives: set up before its containers, and written anew when what they show has changed."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Callable

from runner.practice.controllers.cluster_context import ClusterContext
from runner.practice.machinery.store import Object
from runner.practice.node.container_runtime import ContainerRuntime
from runner.practice.node.volume_setup import PodVolumes

log = logging.getLogger(__name__)

SYNC = 5.0
"""Seconds until changed ConfigMaps and Secrets are seen in volumes; a real kubelet takes up to a minute and more."""


class VolumeKeeper:
    """Of one pod. `pod` gives it as it is now."""

    def __init__(
        self,
        cluster: ClusterContext,
        runtime: ContainerRuntime,
        volumes: PodVolumes,
        pod: Callable[[], Object],
    ) -> None:
        self._cluster, self._runtime, self.volumes, self._pod = cluster, runtime, volumes, pod
        self._sync: asyncio.TimerHandle | None = None
        self._renewal: asyncio.TimerHandle | None = None
        self._writing: asyncio.Task[None] | None = None

    def set_up(self) -> None:
        """Raises VolumeProblem."""
        self.volumes.set_up(self._pod())
        self._renew_tokens()

    def objects_changed(self) -> None:
        """Something that volumes may show has changed: write it soon."""
        if self._sync is None and self._runtime.runs and self.volumes.configs:
            loop = asyncio.get_running_loop()
            self._sync = loop.call_later(self._cluster.seconds(SYNC), self._write)

    def close(self) -> None:
        for handle in (self._sync, self._renewal, self._writing):
            if handle is not None:
                handle.cancel()

    def _write(self) -> None:
        self._sync = None
        self._writing = asyncio.get_running_loop().create_task(self._write_changed())
        self._writing.add_done_callback(_log_failure)

    async def _write_changed(self) -> None:
        for config in self.volumes.changed(self._pod()):
            with contextlib.suppress(ConnectionError):
                await self._runtime.put_volume(config)
        self._renew_tokens()

    def _renew_tokens(self) -> None:
        if self._renewal is not None:
            self._renewal.cancel()
        if (at := self.volumes.renewal) is not None:
            loop = asyncio.get_running_loop()
            self._renewal = loop.call_later(max(1.0, at - time.time()), self._write)


def _log_failure(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and task.exception():
        log.error("a pod's volumes", exc_info=task.exception())
