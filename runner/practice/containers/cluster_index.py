"""The cluster's objects as the network looks them up: by name, by address, by port."""

from __future__ import annotations

from collections.abc import Iterator

from runner.practice.containers.cluster_view import (
    ClusterParts,
    NetworkChange,
    NetworkView,
    PodView,
    ServicePort,
    ServiceView,
)
from runner.practice.containers.lab_pages import from_plain

ServiceAt = tuple[ServiceView, ServicePort]


class ClusterIndex:
    """Follows the changes; the look-up tables are made anew when they are first needed after one."""

    def __init__(self) -> None:
        self.services: dict[tuple[str, str], ServiceView] = {}
        """By namespace and name."""
        self.pods: dict[str, PodView] = {}
        """By uid."""
        self.parts = ClusterParts()
        self.generation = 0
        """Counts the changes."""
        self._made = -1

    def replace(self, view: NetworkView) -> None:
        """Know this and nothing else."""
        self.services, self.pods = {}, {}
        parts = {name: getattr(view, name) for name in ClusterParts.__dataclass_fields__}
        self.change(NetworkChange(view.services, (), view.pods, (), ClusterParts(**parts)))

    def change(self, change: NetworkChange) -> None:
        for key in change.services_gone:
            self.services.pop(key, None)
        for uid in change.pods_gone:
            self.pods.pop(uid, None)
        self.services |= {(service.namespace, service.name): service for service in change.services}
        self.pods |= {pod.uid: pod for pod in change.pods}
        if change.parts is not None:
            self.parts = change.parts
        self.generation += 1

    def refresh(self) -> bool:
        """Make the tables where something has changed; gives whether that was so."""
        if self._made == self.generation:
            return False
        self._made = self.generation
        self.pages = [from_plain(each) for each in self.parts.pages]
        self.node_addresses = dict(self.parts.nodes)
        self.node_at = {ip: name for name, ip in self.parts.nodes}
        self.namespaces = {name: dict(labels) for name, labels in self.parts.namespaces}
        self.by_cluster_ip = {
            service.cluster_ip: service
            for service in self.services.values()
            if service.cluster_ip not in ("", "None")
        }
        self.by_port = dict(self._by_port())
        self.by_external = dict(self._by_external())
        self.external_addresses = {address for address, _, _ in self.by_external}
        self.by_node_port = {
            (port.node_port, port.protocol): (service, port)
            for service in self.services.values()
            for port in service.ports
            if port.node_port
        }
        self.pod_at = {pod.ip: pod for pod in self.pods.values() if not pod.host_network}
        self.host_ports = {
            (pod.node, port.host_port, port.protocol): (pod, port.port)
            for pod in self.pods.values()
            for port in pod.ports
            if port.host_port and not pod.host_network
        }
        return True

    def _by_port(self) -> Iterator[tuple[tuple[str, int, str], ServiceAt]]:
        for address, service in self.by_cluster_ip.items():
            for port in service.ports:
                yield (address, port.port, port.protocol), (service, port)

    def _by_external(self) -> Iterator[tuple[tuple[str, int, str], ServiceAt]]:
        for service in self.services.values():
            for address in service.external_ips:
                for port in service.ports:
                    yield (address, port.port, port.protocol), (service, port)
