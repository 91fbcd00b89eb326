"""Istio: which pods have a sidecar, and why traces are missing."""

from __future__ import annotations

import re

from checks.base import CannotRead, Finding, Object, World
from checks.diagnosis.evidence import ref
from checks.object_fields import at, mappings_at, name_of, text_at
from checks.patterns import quotation
from checks.phrase import phrase

SIDECAR = "istio-proxy"
TRACING_SINCE = (1, 22)
"""The first Istio version that sends no traces unless a Telemetry resource enables them (release notes of 1.22)."""


def has_sidecar(pod: Object) -> bool:
    """Among the containers, or among the init containers that keep running (the default since Istio 1.27)."""
    listed = [*mappings_at(pod, "spec", "containers"), *mappings_at(pod, "spec", "initContainers")]
    return any(text_at(each, "name") == SIDECAR for each in listed)


async def no_traces(world: World, service: Object) -> Finding | None:
    """For a Jaeger page without the expected content: no traces are sent, and why."""
    app = text_at(service, "metadata", "labels", "app")
    if name_of(service) not in ("tracing", "jaeger", "jaeger-query") and app != "jaeger":
        return None
    try:
        pods = await world.cluster.list("v1", "Pod", None)
        mesh = await world.cluster.get("v1", "ConfigMap", "istio", "istio-system")
    except CannotRead:
        return None
    inside = [
        pod for pod in pods if has_sidecar(pod) and text_at(pod, "metadata", "namespace") != "istio-system"
    ]
    if not inside:
        return Finding(
            "nobody-in-the-mesh",
            phrase("No application has a sidecar, so nothing sends traces: Jaeger shows no service"),
            phrase(
                "Enable injection for the application's namespace, deploy it (again), and send it a "
                "few requests: {command}",
                command="kubectl label namespace default istio-injection=enabled",
            ),
            ref(service),
            "0",
            source="pods with istio-proxy",
        )
    return await _not_configured(world, mesh)


async def _not_configured(world: World, mesh: Object | None) -> Finding | None:
    """Istio 1.22 or newer without a Telemetry resource that enables traces."""
    version = await _version(world)
    if mesh is None or version is None or version < TRACING_SINCE:
        return None
    try:
        wanted = await world.cluster.list("telemetry.istio.io/v1", "Telemetry", None)
    except CannotRead:
        wanted = []
    settings = text_at(mesh, "data", "mesh")
    if any(at(each, "spec", "tracing") for each in wanted) or "enableTracing: true" in settings:
        return None
    return Finding(
        "tracing-not-configured",
        phrase("Istio {version} sends traces only if a Telemetry resource requests them, and there "
               "is none",
               version=".".join(map(str, version))),
        phrase("Add Jaeger to meshConfig.extensionProviders, and apply a Telemetry resource with "
               "tracing.providers."),
        ref(mesh),
        quotation(settings) or "mesh",
        "data.mesh",
    )  # fmt: skip


async def _version(world: World) -> tuple[int, int] | None:
    """Istio's version, by istiod's image."""
    try:
        istiod = await world.cluster.list("apps/v1", "Deployment", "istio-system", "app=istiod")
    except CannotRead:
        return None
    for deployment in istiod:
        for container in mappings_at(deployment, "spec", "template", "spec", "containers"):
            found = re.search(r":v?(\d{1,9})\.(\d{1,9})", text_at(container, "image"))
            if found:
                return int(found[1]), int(found[2])
    return None
