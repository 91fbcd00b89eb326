"""What the containers of a pod share: address, host name, volumes, and ports on which something listens."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runner.practice.containers.container_config import PodConfig
from runner.practice.containers.network_messages import Listener
from runner.practice.containers.volumes import Volumes

if TYPE_CHECKING:
    from runner.practice.containers.container import Container
    from runner.practice.containers.pod_network import PodNetwork


class AddressInUse(OSError):
    """Something in the pod listens on that port already."""


class PodSandbox:
    """One pod. Its listeners are by port; those of a container end with it."""

    def __init__(self, config: PodConfig, volumes: Volumes, network: PodNetwork) -> None:
        self.config, self.volumes, self.network = config, volumes, network
        self.containers: dict[str, Container] = {}
        """By id, those that run."""
        self._listeners: dict[int, tuple[Container, Listener]] = {}

    @property
    def hostname(self) -> str:
        return self.config.hostname or self.config.name

    def listen(self, container: Container, port: int, listener: Listener) -> None:
        """Have a port answered until the container ends. Raises AddressInUse."""
        if port in self._listeners:
            raise AddressInUse(98, f"Address already in use: {port}")
        self._listeners[port] = (container, listener)

    def unlisten(self, port: int) -> None:
        self._listeners.pop(port, None)

    def listener(self, port: int) -> Listener | None:
        found = self._listeners.get(port)
        return found[1] if found else None

    def listening(self) -> dict[int, Listener]:
        return {port: listener for port, (_, listener) in sorted(self._listeners.items())}

    def close_listeners(self, container: Container) -> None:
        for port, (owner, _) in list(self._listeners.items()):
            if owner is container:
                del self._listeners[port]
