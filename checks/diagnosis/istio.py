"""Istio: pods without a sidecar, and traces that do not come."""

from __future__ import annotations

import re
from collections.abc import Sequence

from checks.base import CannotRead, Finding, Object, World
from checks.diagnosis.reading import ref
from checks.objects import at, mappings_at, name_of, text_at
from checks.patterns import excerpt
from checks.words import phrase

SIDECAR = "istio-proxy"
INJECTION, REVISION = "istio-injection", "istio.io/rev"
TRACING_SINCE = (1, 22)
"""The first Istio that sends no traces unless a Telemetry resource asks for them (release notes of 1.22)."""


def has_sidecar(pod: Object) -> bool:
    """Among the containers, or the init containers that go on running (the default from Istio 1.27 on)."""
    listed = [*mappings_at(pod, "spec", "containers"), *mappings_at(pod, "spec", "initContainers")]
    return any(text_at(each, "name") == SIDECAR for each in listed)


async def no_sidecar(world: World, namespace: str, pods: Sequence[Object]) -> Finding | None:
    """For pods that should have a sidecar: injection is not switched on for their namespace, or was so after them."""
    bare = [pod for pod in pods if not has_sidecar(pod)]
    try:
        home = await world.cluster.get("v1", "Namespace", namespace)
        injectors = await world.cluster.list(
            "admissionregistration.k8s.io/v1", "MutatingWebhookConfiguration"
        )
    except CannotRead:
        return None
    if not bare or home is None or not any("sidecar-injector" in name_of(each) for each in injectors):
        return None
    labels = at(home, "metadata", "labels")
    labels = labels if isinstance(labels, dict) else {}
    if labels.get(INJECTION) != "enabled" and not labels.get(REVISION):
        return Finding(
            "injection-off",
            phrase("Sidecar injection is not switched on for the namespace {namespace}", namespace=namespace),
            phrase(
                "Switch it on, and then let the pods be made anew (kubectl rollout restart): {command}",
                command=f"kubectl label namespace {namespace} istio-injection=enabled --overwrite",
            ),
            ref(home),
            f"{INJECTION}={labels.get(INJECTION, '')}",
            f"metadata.labels.{INJECTION}" if INJECTION in labels else "metadata.labels",
        )
    refused = [pod for pod in bare if _refuses(pod)]
    if refused:
        return Finding(
            "injection-refused",
            phrase("The pod's own label or annotation keeps the sidecar away"),
            phrase("Take sidecar.istio.io/inject out of the pod's template, and apply it again."),
            ref(refused[0]),
            "sidecar.istio.io/inject: false",
            "metadata",
        )
    return Finding(
        "made-before-injection",
        phrase(
            "The pods were made before injection was switched on for the namespace {namespace}",
            namespace=namespace,
        ),
        phrase(
            "Have them made anew: {command}", command=f"kubectl rollout restart deployment -n {namespace}"
        ),
        ref(bare[0]),
        text_at(bare[0], "metadata", "creationTimestamp"),
        "metadata.creationTimestamp",
    )


def _refuses(pod: Object) -> bool:
    parts = (at(pod, "metadata", "labels"), at(pod, "metadata", "annotations"))
    return any(isinstance(part, dict) and part.get("sidecar.istio.io/inject") == "false" for part in parts)


async def no_traces(world: World, service: Object) -> Finding | None:
    """For Jaeger's page that lacks what it should show: nobody sends traces, and why."""
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
            phrase("No application has a sidecar, so nobody sends traces: Jaeger shows no service"),
            phrase(
                "Switch injection on for the application's namespace, deploy it (again), and call it a few times: {command}",
                command="kubectl label namespace default istio-injection=enabled",
            ),
            ref(service),
            "0",
            source="pods with istio-proxy",
        )
    return await _not_configured(world, mesh)


async def _not_configured(world: World, mesh: Object | None) -> Finding | None:
    """Istio of 1.22 or newer without a Telemetry resource that asks for traces."""
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
        phrase("Istio {version} sends traces only where a Telemetry resource asks for them, and there is none",
               version=".".join(map(str, version))),
        phrase("Name Jaeger among meshConfig.extensionProviders, and apply a Telemetry resource with tracing.providers."),
        ref(mesh),
        excerpt(settings, 300) or "mesh",
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
