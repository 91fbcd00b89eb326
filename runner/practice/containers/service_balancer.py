"""Which endpoint of a Service gets a connection, as kube-proxy's iptables rules choose it."""

from __future__ import annotations

import random
import time
from collections.abc import Sequence

from runner.practice.containers.cluster_view import Backend, ServicePort, ServiceView


class Balancer:
    """Remembers the clients of Services with sessionAffinity ClientIP."""

    def __init__(self) -> None:
        self._kept: dict[tuple[str, str, int, str], tuple[str, float]] = {}
        """The endpoint's address, and until when, by Service, port and client."""

    def choose(
        self, service: ServiceView, port: ServicePort, client: str, node: str
    ) -> tuple[Backend, int] | None:
        """An endpoint and its port, one of that node where `node` is not ""; None where there is none."""
        found = [
            (backend, number)
            for backend in _serving(service.backends)
            if node in ("", backend.node)
            for own, number, protocol in backend.ports
            if own == port.port and protocol == port.protocol
        ]
        if not found:
            return None
        if not service.session_affinity:
            return random.choice(found)  # noqa: S311 (balancing, no secret)
        key, now = (service.namespace, service.name, port.port, client), time.monotonic()
        kept, until = self._kept.get(key, ("", 0.0))
        chosen = next((each for each in found if each[0].ip == kept and now < until), None)
        chosen = chosen or random.choice(found)  # noqa: S311
        self._kept[key] = (chosen[0].ip, now + service.affinity_seconds)
        return chosen


def _serving(backends: Sequence[Backend]) -> Sequence[Backend]:
    """The ready ones; where there are none those that end, but serve still."""
    ready = [each for each in backends if each.ready]
    return ready or backends
