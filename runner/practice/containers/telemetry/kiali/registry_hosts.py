"""Which Service a host in an Istio resource means."""

from __future__ import annotations

from runner.practice.containers.telemetry.kiali.shown_objects import (
    MeshObjects,
    Object,
    labels_of_object,
    name_of,
    namespace_of,
)


def full_host(host: str, namespace: str) -> str:
    """reviews, reviews.default and reviews.default.svc are all reviews.default.svc.cluster.local; others stay."""
    parts = host.split(".")
    if "*" in host:
        return host
    if len(parts) == 1:
        return f"{host}.{namespace}.svc.cluster.local"
    if len(parts) == 2:
        return f"{host}.svc.cluster.local"
    if len(parts) == 3 and parts[2] == "svc":
        return f"{host}.cluster.local"
    return host


def service_of(objects: MeshObjects, host: str, namespace: str) -> Object | None:
    full = full_host(host, namespace)
    return next((each for each in objects.services if _host(each) == full), None)


def is_known(objects: MeshObjects, host: str, namespace: str) -> bool:
    """Whether the mesh has it: a Service, or a host of a ServiceEntry."""
    full = full_host(host, namespace)
    known = [_host(each) for each in objects.services]
    known += [
        str(each) for entry in objects.istio_of("ServiceEntry") for each in entry["spec"].get("hosts") or ()
    ]
    return any(
        _covers(pattern, full) or _covers(pattern, host) or _covers(full, pattern) for pattern in known
    )


def pods_behind(objects: MeshObjects, service: Object) -> list[Object]:
    wanted = (service["spec"].get("selector") or {}).items()
    return [
        pod
        for pod in objects.pods
        if wanted and namespace_of(pod) == namespace_of(service) and wanted <= labels_of_object(pod).items()
    ]


def _host(service: Object) -> str:
    return f"{name_of(service)}.{namespace_of(service)}.svc.cluster.local"


def _covers(pattern: str, host: str) -> bool:
    return pattern == host or (pattern.startswith("*") and host.endswith(pattern[1:]))
