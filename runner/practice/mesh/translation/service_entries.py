"""ServiceEntries as services of the registry."""

from __future__ import annotations

from typing import Any

from runner.practice.mesh.mesh_view import Json, MeshView, MeshWorkload
from runner.practice.mesh.translation.envoy_types import in_range
from runner.practice.mesh.translation.ineffective import Ineffective
from runner.practice.mesh.translation.port_protocols import declared_protocol
from runner.practice.mesh.translation.service_registry import (
    RegistryEndpoint,
    RegistryPort,
    RegistryService,
    Resolution,
)

_RESOLUTIONS: dict[str, Resolution] = {
    "NONE": "none",
    "STATIC": "static",
    "DNS": "dns",
    "DNS_ROUND_ROBIN": "dns",
}


def service_entries(view: MeshView, ineffective: Ineffective) -> list[RegistryService]:
    """A service for each host of each ServiceEntry."""
    by_ip = {workload.ip: workload for workload in view.workloads}
    found: list[RegistryService] = []
    for entry in view.istio.get("ServiceEntry", ()):
        with ineffective.guard(entry):
            found += _services(view, entry, by_ip)
    return found


def _services(view: MeshView, entry: Json, by_ip: dict[str, MeshWorkload]) -> list[RegistryService]:
    """Of one ServiceEntry. Raises what malformed fields lead to."""
    metadata, spec = entry["metadata"], entry["spec"]
    namespace = metadata["namespace"]
    resolution = _RESOLUTIONS[spec.get("resolution", "NONE")]
    ports = tuple(
        RegistryPort(
            in_range(port["number"], 1, 65535, "port"),
            port.get("name", ""),
            declared_protocol(port.get("protocol", "")),
        )
        for port in spec.get("ports", [])
    )
    targets = {
        port.get("name", ""): int(port.get("targetPort") or port["number"]) for port in spec.get("ports", [])
    }
    hosts: list[str] = list(spec["hosts"])
    export_to = frozenset(spec.get("exportTo") or ["*"])
    return [
        RegistryService(
            hostname=host,
            namespace=namespace,
            name=host,
            ports=tuple(port for port in ports if port.protocol != "udp"),
            addresses=tuple(spec.get("addresses") or ()),
            resolution=resolution,
            endpoints=tuple(_endpoints(view, spec, namespace, host, resolution, targets, by_ip)),
            external=spec.get("location", "MESH_EXTERNAL") == "MESH_EXTERNAL",
            kubernetes=False,
            export_to=export_to,
            labels=metadata.get("labels") or {},
            created=metadata.get("creationTimestamp") or "",
            accounts=tuple(spec.get("subjectAltNames") or ()),
        )
        for host in hosts
    ]


def _endpoints(
    view: MeshView,
    spec: Json,
    namespace: str,
    host: str,
    resolution: Resolution,
    targets: dict[str, int],
    by_ip: dict[str, MeshWorkload],
) -> list[RegistryEndpoint]:
    """Those that are written down, those that a selector finds, or the host itself."""
    selector: dict[str, str] | None = (spec.get("workloadSelector") or {}).get("labels")
    if selector:
        return _selected(view, selector, namespace, targets)
    if resolution == "none":
        return []
    written = [_endpoint(endpoint, targets, by_ip) for endpoint in spec.get("endpoints") or []]
    if written or resolution == "static" or host.startswith("*"):
        return written
    return [RegistryEndpoint(host, targets, {})]


def _selected(
    view: MeshView, selector: dict[str, str], namespace: str, targets: dict[str, int]
) -> list[RegistryEndpoint]:
    """Pods and WorkloadEntries of the namespace with those labels."""
    found = [
        RegistryEndpoint(workload.ip, targets, workload.labels, workload)
        for workload in view.workloads
        if workload.namespace == namespace and selector.items() <= workload.labels.items()
    ]
    by_ip = {workload.ip: workload for workload in view.workloads}
    for entry in view.istio.get("WorkloadEntry", ()):
        spec: Json = entry.get("spec") or {}
        labels = spec.get("labels") or {}
        if (
            entry["metadata"]["namespace"] == namespace
            and selector.items() <= labels.items()
            and spec.get("address")
        ):
            found.append(_endpoint(spec, targets, by_ip))
    return found


def _endpoint(
    endpoint: dict[str, Any], targets: dict[str, int], by_ip: dict[str, MeshWorkload]
) -> RegistryEndpoint:
    """One that is written down."""
    ports = endpoint.get("ports") or {}
    address = endpoint["address"]
    return RegistryEndpoint(
        address,
        {name: int(ports.get(name) or target) for name, target in targets.items()},
        endpoint.get("labels") or {},
        by_ip.get(address),
        int(endpoint.get("weight") or 1),
    )
