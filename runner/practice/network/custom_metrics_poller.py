"""Asks adapters for the metrics that autoscalers name, again and again: the autoscalers themselves never wait."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
from collections.abc import Iterator

from runner.practice.controllers.cluster_context import ClusterContext
from runner.practice.controllers.custom_metrics import KINDS, MetricAnswer, MetricServer, selector_text
from runner.practice.controllers.object_helpers import namespace_of
from runner.practice.kinds.horizontalpodautoscaler_kind import HORIZONTAL_POD_AUTOSCALER
from runner.practice.machinery.quantity import quantity
from runner.practice.machinery.store import Key, Object
from runner.practice.network.aggregated_servers import AggregatedServers, ServerLost

log = logging.getLogger(__name__)
PERIOD = 5.0
SHORTEST = 0.5
"""Seconds, however quick the cluster is: adapters work in real time."""


class CustomMetricsPoller:
    """Fills `cluster.custom_metrics.answers`."""

    def __init__(self, cluster: ClusterContext, servers: AggregatedServers) -> None:
        self._cluster, self._servers = cluster, servers
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._task = asyncio.get_running_loop().create_task(self._run())

    def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()

    async def _run(self) -> None:
        metrics = self._cluster.custom_metrics
        while True:
            if metrics.servers:
                wanted = dict(self._wanted())
                answers = {path: await self._answer(server, path) for path, server in wanted.items()}
                metrics.answers.clear()
                metrics.answers.update(answers)
            await asyncio.sleep(max(SHORTEST, self._cluster.seconds(PERIOD)))

    def _wanted(self) -> Iterator[tuple[str, MetricServer]]:
        """(path, server) of every metric of an autoscaler that somebody serves."""
        custom = self._cluster.custom_metrics
        for autoscaler in self._cluster.store.list(HORIZONTAL_POD_AUTOSCALER.key):
            selector = self._selector(autoscaler)
            for metric in autoscaler["spec"].get("metrics") or ():
                path = custom.path(metric, namespace_of(autoscaler), self._cluster.registry, selector)
                if path:
                    yield path, custom.servers[KINDS[str(metric["type"])]]

    def _selector(self, autoscaler: Object) -> str:
        ref = autoscaler["spec"]["scaleTargetRef"]
        resource = self._cluster.registry.by_kind(ref.get("apiVersion", ""), ref["kind"])
        if resource is None:
            return ""
        target = self._cluster.store.get(Key(resource.storage_key, namespace_of(autoscaler), ref["name"]))
        return selector_text((target or {}).get("spec", {}).get("selector") or {})

    async def _answer(self, server: MetricServer, path: str) -> MetricAnswer:
        try:
            answer = await self._servers.get(server, path)
            found = json.loads(answer.body)
        except ServerLost as error:
            log.info("%s: %s", path, error)
            return MetricAnswer(problem="the server is currently unable to handle the request")
        except ValueError:
            return MetricAnswer(problem=f"the server answered {answer.status} without JSON")
        if answer.status != 200:
            return MetricAnswer(problem=str(found.get("message") or f"status {answer.status}"))
        values = []
        for item in found.get("items") or ():
            with contextlib.suppress(ValueError, KeyError):
                about = item.get("describedObject") or {}
                values.append((str(about.get("name", "")), int(quantity(item["value"]) * 1000)))
        return MetricAnswer(values)
