"""What a metrics server does: asks the kubelets again and again what is used, and keeps the average between two answers."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime

from runner.practice.controllers.cluster_context import ClusterContext
from runner.practice.controllers.object_helpers import name_of, namespace_of, parse_time
from runner.practice.controllers.resource_metrics import Figure, Measured
from runner.practice.machinery.store import Object
from runner.practice.node.container_runtime import ContainerRuntime
from runner.practice.node.simulated_nodes import CONTROL_PLANE

log = logging.getLogger(__name__)

RESOLUTION = 15.0
"""Seconds from one look to the next (--metric-resolution)."""
FRESH = 10.0
"""Seconds that a new container must have run to be measured from its start on."""
_CONTROL_PLANE = Figure(0.11, 780 * 2**20)
_NODE = Figure(0.03, 340 * 2**20)
"""What runs on nodes besides pods."""


@dataclass(frozen=True, slots=True)
class _Sample:
    moment: float
    """time.monotonic()"""
    worked: float
    """Seconds of a processor since the container's start."""


class MetricsScraper:
    """Fills `cluster.metrics` while a metrics server runs."""

    def __init__(self, cluster: ClusterContext, runtime: ContainerRuntime) -> None:
        self._cluster, self._runtime = cluster, runtime
        self._before: dict[str, _Sample] = {}
        """The last sample of each container, by its id."""
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._task = asyncio.get_running_loop().create_task(self._run())
        self._task.add_done_callback(_log_failure)

    def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()

    async def _run(self) -> None:
        metrics = self._cluster.metrics
        while True:
            if not metrics.wanted.is_set():
                self._before.clear()
                await metrics.wanted.wait()
            try:
                usage = await self._runtime.usage()
            except ConnectionError:  # the runtime is ending
                usage = {}
            if metrics.wanted.is_set():
                self._keep(usage)
            await asyncio.sleep(self._cluster.seconds(RESOLUTION))

    def _keep(self, usage: dict[str, tuple[float, int]]) -> None:
        now = time.monotonic()
        figures = {id_: self._measured(id_, now, *used) for id_, used in usage.items()}
        window = min((now - sample.moment for sample in self._before.values()), default=RESOLUTION)
        self._before = {id_: _Sample(now, worked) for id_, (worked, _) in usage.items()}
        moment = datetime.now(UTC)
        metrics = self._cluster.metrics
        of_node: dict[str, list[Figure]] = defaultdict(list)
        metrics.pods.clear()
        for pod in self._cluster.store.list("pods"):
            found = {name: figures.get(id_) or self._from_start(status, now, usage.get(id_))
                     for name, id_, status in _running(pod)}  # fmt: skip
            known = {name: figure for name, figure in found.items() if figure is not None}
            of_node[str(pod["spec"].get("nodeName", ""))] += known.values()
            if known and len(known) == len(found):
                metrics.pods[namespace_of(pod), name_of(pod)] = Measured(moment, window, known)
        metrics.nodes.clear()
        for node in self._cluster.store.list("nodes"):
            name = name_of(node)
            base = _CONTROL_PLANE if name == CONTROL_PLANE else _NODE
            metrics.nodes[name] = Measured(moment, window, {"": sum(of_node[name], base)})

    def _measured(self, id_: str, now: float, worked: float, memory: int) -> Figure | None:
        """The average since the last look; None for a container that was not there then."""
        before = self._before.get(id_)
        if before is None or now <= before.moment:
            return None
        return Figure(max(0.0, worked - before.worked) / (now - before.moment), memory)

    def _from_start(self, status: Object, now: float, used: tuple[float, int] | None) -> Figure | None:
        """The average since its start, of a container that has begun since the last look and is old enough."""
        ran = (datetime.now(UTC) - parse_time(status["state"]["running"]["startedAt"])).total_seconds()
        if used is None or not self._cluster.seconds(FRESH) <= ran < self._cluster.seconds(RESOLUTION):
            return None
        return Figure(used[0] / ran, used[1])


def _running(pod: Object) -> list[tuple[str, str, Object]]:
    """(name, id, status) of the containers of a pod that run."""
    status = pod.get("status", {})
    listed = [*(status.get("initContainerStatuses") or ()), *(status.get("containerStatuses") or ())]
    return [
        (each["name"], each.get("containerID", ""), each)
        for each in listed
        if "running" in (each.get("state") or {})
    ]


def _log_failure(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and task.exception():
        log.error("the metrics of pods", exc_info=task.exception())
