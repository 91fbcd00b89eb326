"""What the containers of a pod share: address, host name, volumes, and ports on which something listens."""

from __future__ import annotations

import itertools

from runner.practice.containers.container_config import PodConfig
from runner.practice.containers.network_messages import Listener
from runner.practice.containers.node_machine import NodeMachine
from runner.practice.containers.pod_network import PodNetwork
from runner.practice.containers.volumes import Volumes

EPHEMERAL_PORTS = range(32768, 61000)
"""Those that a connection is made from (Linux: net.ipv4.ip_local_port_range)."""


class AddressInUse(OSError):
    """Something in the pod listens on that port already."""


class PodSandbox:
    """One pod. Its listeners are by port; those of a container end with it."""

    def __init__(self, config: PodConfig, volumes: Volumes, network: PodNetwork) -> None:
        self.config, self.volumes, self.network = config, volumes, network
        self.node = NodeMachine()
        self.containers: dict[str, object] = {}
        """By id, those that run."""
        self.unknown: set[str] = set()
        """The ids of those of whose image nothing is known."""
        self._listeners: dict[tuple[int, bool], tuple[object, Listener]] = {}
        """By port, and whether it is one of UDP."""
        self._next_port = itertools.cycle(EPHEMERAL_PORTS)

    @property
    def hostname(self) -> str:
        return self.config.hostname or self.config.name

    @property
    def stands_in(self) -> bool:
        """Whether nothing is known of the program of one of its containers."""
        return not self.unknown.isdisjoint(self.containers)

    @property
    def full_hostname(self) -> str:
        """The names that /etc/hosts has for the pod's own address."""
        config = self.config
        if not config.subdomain:
            return self.hostname
        return f"{self.hostname}.{config.subdomain}.{config.namespace}.svc.cluster.local\t{self.hostname}"

    @property
    def resolv_conf(self) -> str:
        """The content of /etc/resolv.conf."""
        config = self.config
        search = f"{config.namespace}.svc.cluster.local svc.cluster.local cluster.local"
        return config.resolv_conf or f"search {search}\nnameserver 10.96.0.10\noptions ndots:5\n"

    def listen(self, container: object, port: int, listener: Listener) -> None:
        """Have a port answered until the container ends. Raises AddressInUse."""
        if (port, listener.udp) in self._listeners or self.network.taken_on_node(
            self, port, udp=listener.udp
        ):
            raise AddressInUse(98, f"Address already in use: {port}")
        self._listeners[port, listener.udp] = (container, listener)
        self.network.listeners_changed(self)

    def unlisten(self, port: int, *, udp: bool = False) -> None:
        if self._listeners.pop((port, udp), None) is not None:
            self.network.listeners_changed(self)

    def ephemeral_port(self) -> int:
        """The port that the next connection of the pod is made from."""
        return next(port for port in self._next_port if (port, False) not in self._listeners)

    def listener(self, port: int, *, udp: bool = False) -> Listener | None:
        found = self._listeners.get((port, udp))
        return found[1] if found else None

    def listening(self) -> dict[int, Listener]:
        """By port; of a port with TCP and UDP that of TCP."""
        by_port = sorted(self._listeners.items(), key=lambda item: (item[0][0], not item[0][1]))
        return {port: listener for (port, _), (_, listener) in by_port}

    def close_listeners(self, container: object) -> None:
        for at, (owner, _) in list(self._listeners.items()):
            if owner is container:
                del self._listeners[at]
        self.network.listeners_changed(self)
