"""Istio: pods without a sidecar, and traces that do not come."""

from __future__ import annotations

from typing import Any

from tests.troubles.case import Case
from tests.troubles.manifests import deployment, service
from tests.troubles.scene import Scene

INSIDE = {"pods": 1, "in": "default", "selector": "app=web", "containers": 2}
SIDECAR = {"name": "istio-proxy", "image": "docker.io/istio/proxyv2:1.11.3"}
WEB = {"name": "web", "image": "nginx:1.21"}
INJECTOR = {
    "apiVersion": "admissionregistration.k8s.io/v1",
    "kind": "MutatingWebhookConfiguration",
    "metadata": {"name": "istio-sidecar-injector"},
}
TRACES = {
    "http": {"service": "tracing", "in": "istio-system", "port": 80, "path": "/"},
    "contains": "productpage",
}


def with_sidecar() -> Any:
    return deployment(pod={"containers": [WEB, SIDECAR]})


async def installed(scene: Scene) -> None:
    await scene.apply(INJECTOR)


async def labelled(scene: Scene) -> None:
    await scene.apply(INJECTOR)
    await scene.kubectl("label", "namespace", "default", "istio-injection=enabled")


async def bare(scene: Scene) -> None:
    await scene.apply(deployment())


async def injected(scene: Scene) -> None:
    """What the injector would do: the practice cluster calls no webhooks."""
    await scene.kubectl("label", "namespace", "default", "istio-injection=enabled", "--overwrite")
    await scene.apply(with_sidecar())


async def refusing(scene: Scene) -> None:
    web = deployment()
    web["spec"]["template"]["metadata"]["annotations"] = {"sidecar.istio.io/inject": "false"}
    await scene.apply(web)


async def jaeger(scene: Scene) -> None:
    await scene.kubectl("create", "namespace", "istio-system")
    for each in (deployment("tracing", image="docker.io/jaegertracing/all-in-one:1.23"), service("tracing")):
        await scene.apply({**each, "metadata": {**each["metadata"], "namespace": "istio-system"}})
    await scene.kubectl("rollout", "status", "deployment/tracing", "-n", "istio-system", "--timeout=60s")


async def jaeger_with_app(scene: Scene) -> None:
    await jaeger(scene)
    await scene.apply(with_sidecar())


async def mesh(scene: Scene, version: str) -> None:
    settings = {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "istio"},
        "data": {"mesh": "rootNamespace: x"},
    }
    pilot = deployment("istiod", image=f"docker.io/istio/pilot:{version}")
    pilot["metadata"]["labels"] = {"app": "istiod"}
    for each in (settings, pilot):
        await scene.apply({**each, "metadata": {**each["metadata"], "namespace": "istio-system"}})


async def unconfigured(scene: Scene) -> None:
    await mesh(scene, "1.24.0")


async def older(scene: Scene) -> None:
    await mesh(scene, "1.11.3")


CASES = (
    Case(
        "injection-off",
        "",
        INSIDE,
        bare,
        injected,
        before=installed,
        facts=("F43",),
        evidence="istio-injection",
    ),
    Case(
        "made-before-injection", "", INSIDE, bare, injected, before=labelled, facts=("F43",), about="pod/web-"
    ),
    Case("injection-refused", "", INSIDE, refusing, injected, before=labelled, facts=("F43",)),
    Case("nobody-in-the-mesh", "", TRACES, jaeger, injected, facts=("F40",), passes=False),
    Case(
        "tracing-not-configured",
        "",
        TRACES,
        unconfigured,
        older,
        before=jaeger_with_app,
        facts=("F41",),
        passes=False,
    ),
)
