"""Sends the requests of traffic checks, at their pace."""

from __future__ import annotations

from dataclasses import replace

from checks.base import ClusterView, TrafficRequest, TrafficSample
from runner.world.live_cluster import LiveCluster
from runner.world.traffic_inside import from_pod
from runner.world.traffic_outside import from_outside
from runner.world.traffic_pace import TrafficPace


class TrafficSender:
    """For one lab's checks on one cluster."""

    def __init__(self, cluster: LiveCluster) -> None:
        self._cluster, self._pace = cluster, TrafficPace()

    async def send(self, request: TrafficRequest, rest: float, view: ClusterView) -> TrafficSample:
        """The answers. `view` is through which the Service is read. Raises CannotRead."""
        async with self._pace.turn(replace(request, count=0, seconds=0.0), rest):
            if request.pod:
                return await from_pod(request, view)
            return await from_outside(request, self._cluster, view)
