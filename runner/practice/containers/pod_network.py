"""Who reaches whom: names, addresses, Services and policies between pods."""

from __future__ import annotations

from collections.abc import Mapping

from runner.practice.containers.network_messages import (
    ConnectError,
    Destination,
    NetworkView,
    Request,
    Response,
)
from runner.practice.containers.pod_sandbox import PodSandbox


class PodNetwork:
    """The network of a cluster. `pods` are the running sandboxes by uid."""

    def __init__(self, pods: Mapping[str, PodSandbox]) -> None:
        self._pods = pods
        self.view = NetworkView()

    def set_view(self, view: NetworkView) -> None:
        self.view = view

    async def resolve(self, source: PodSandbox | None, name: str) -> list[str]:
        """The addresses of a name, as CoreDNS gives them to that pod. Raises ConnectError."""
        raise ConnectError("unknown host", name)

    async def connect(self, source: PodSandbox | None, host: str, port: int) -> Destination:
        """What answers at a name or address for that pod (None: for somebody outside the cluster). Raises ConnectError."""
        for pod in self._pods.values():
            if host in (pod.config.ip, "127.0.0.1", "localhost") and (source is pod or host == pod.config.ip):
                listener = pod.listener(port)
                if listener is None:
                    break
                return Destination(pod.config.ip, port, listener, pod.config.uid)
        raise ConnectError("refused", host, port)

    async def request(self, source: PodSandbox | None, host: str, port: int, request: Request) -> Response:
        """Send an HTTP request there. Raises ConnectError."""
        found = await self.connect(source, host, port)
        if found.listener.http is None:
            raise ConnectError("reset", host, port)
        return await found.listener.http(request)
