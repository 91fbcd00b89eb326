"""A service mesh as the pods' network sees it."""

from __future__ import annotations

from typing import Protocol

from runner.practice.containers.network_messages import Listener
from runner.practice.containers.pod_on_network import PodOnNetwork


class MeshOnNetwork(Protocol):
    """See `mesh/mesh.py`."""

    def leaving(self, source: PodOnNetwork, host: str, address: str, port: int) -> Listener | None:
        """Where a connection out of a pod goes in place of its destination; None: nowhere else. Raises ConnectError."""
        ...

    def entering(self, pod: PodOnNetwork, port: int, client: str) -> Listener | None:
        """Where a connection to a pod goes in place of what listens there; None: nowhere else. Raises ConnectError."""
        ...

    def gateway(self, pod: PodOnNetwork, port: int) -> Listener | None:
        """What the proxy of a gateway has at a port of its pod, for somebody in the pod; None: nothing."""
        ...

    def ready(self, ip: str) -> bool:
        """Whether the proxy in the pod with that address has its configuration and takes connections."""
        ...

    def listeners_changed(self, pod: PodOnNetwork) -> None:
        """Something listens in that pod, or no longer."""
        ...
