"""What is the same for all proxies of a view, worked out once."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping

from runner.practice.mesh.mesh_view import Json, MeshProxy, MeshView, MeshWorkload
from runner.practice.mesh.translation.destination_rules import DestinationRules
from runner.practice.mesh.translation.ineffective import Ineffective
from runner.practice.mesh.translation.peer_authentication import PeerAuthentications
from runner.practice.mesh.translation.service_entries import service_entries
from runner.practice.mesh.translation.service_registry import (
    RegistryPort,
    RegistryService,
    ServiceRegistry,
    kubernetes_services,
)
from runner.practice.mesh.translation.virtual_services import age, virtual_services

_OWN_FILTERS = re.compile(r"(?:tcp-)?(?:stats-filter|metadata-exchange)-\d+\.\d+(?:-.*)?")
"""Istio's own, of which the effect is there."""


class MeshIndex:
    """Of one view."""

    def __init__(self, view: MeshView) -> None:
        self.view = view
        self.config = view.config
        found = Ineffective()
        self.registry = ServiceRegistry([*kubernetes_services(view), *service_entries(view, found)])
        self.virtual_services = virtual_services(view.istio.get("VirtualService", ()), view.config, found)
        self.destination_rules = DestinationRules(view.istio.get("DestinationRule", ()), view.config, found)
        self.peer_authentications = PeerAuthentications(
            view.istio.get("PeerAuthentication", ()), view.config, found
        )
        for obj in view.istio.get("EnvoyFilter", ()):
            if not _OWN_FILTERS.fullmatch(obj["metadata"]["name"]):
                found.add(obj, "EnvoyFilters have no effect on the practice cluster")
        self.ineffective = found.all()
        self.proxies_by_ip = {proxy.workload.ip: proxy for proxy in view.proxies}
        self.service_ports = _service_ports(self.registry)

    def of_workload(self, kind: str, workload: MeshWorkload) -> list[Json]:
        """The objects of a kind that select a workload, the oldest first: the mesh's, then the namespace's, then its own."""
        levels: tuple[list[Json], list[Json], list[Json]] = ([], [], [])
        for obj in sorted(self.view.istio.get(kind, ()), key=age):
            namespace, spec = obj["metadata"]["namespace"], obj.get("spec") or {}
            if namespace not in (workload.namespace, self.config.root_namespace):
                continue
            labels = selected_labels(spec)
            if labels is None or not labels.items() <= workload.labels.items():
                continue
            levels[2 if labels else 0 if namespace == self.config.root_namespace else 1].append(obj)
        return [obj for level in levels for obj in level]

    def sidecar_proxy(self, workload: MeshWorkload) -> MeshProxy | None:
        """The proxy of a pod."""
        return self.proxies_by_ip.get(workload.ip)


def selected_labels(spec: Json) -> Mapping[str, str] | None:
    """`selector.matchLabels`: empty for all workloads; None where it names something else (a Gateway API's `targetRefs`)."""
    if spec.get("targetRef") or spec.get("targetRefs"):
        return None
    return (spec.get("selector") or {}).get("matchLabels") or {}


def _service_ports(
    registry: ServiceRegistry,
) -> Mapping[str, list[tuple[int, RegistryService, RegistryPort]]]:
    """By a pod's IP: the ports at which services reach it, as (number in the pod, service, port)."""
    found: dict[str, list[tuple[int, RegistryService, RegistryPort]]] = defaultdict(list)
    for service in registry.services:
        for port in service.ports:
            for endpoint in service.endpoints:
                number = endpoint.ports.get(port.name)
                if endpoint.workload is not None and number:
                    found[endpoint.workload.ip].append((number, service, port))
    return found


_latest: list[MeshIndex] = []
"""The index of the view that was asked for last: proxies are translated one after the other."""


def index_of(view: MeshView) -> MeshIndex:
    """The index of a view, made once while the same view is asked for."""
    known = _latest[:]
    if known and known[0].view is view:
        return known[0]
    index = MeshIndex(view)
    _latest[:] = [index]
    return index
