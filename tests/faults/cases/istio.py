"""Istio: pods without a sidecar, and traces that do not come."""

from __future__ import annotations

import asyncio
from typing import Any

from tests.faults.case import Case
from tests.faults.manifests import deployment, service
from tests.faults.scene import Scene

INSIDE = {"pods": 1, "in": "default", "selector": "app=web", "containers": 2}
SIDECAR = {"name": "istio-proxy", "image": "docker.io/istio/proxyv2:1.11.3"}
WEB = {"name": "web", "image": "nginx:1.21"}
NOT_REFUSED = {"key": "sidecar.istio.io/inject", "operator": "NotIn", "values": ["false"]}


def hook(name: str, *namespace: Any, pod: Any = NOT_REFUSED) -> Any:
    """A webhook of Istio's injector (1.11 and later), for these namespaces."""
    return {
        "name": f"{name}.sidecar-injector.istio.io",
        "clientConfig": {"service": {"name": "istiod", "namespace": "istio-system", "path": "/inject"}},
        "rules": [
            {"operations": ["CREATE"], "apiGroups": [""], "apiVersions": ["v1"], "resources": ["pods"]}
        ],
        "failurePolicy": "Ignore",  # nobody answers in the name of istiod here
        "sideEffects": "None",
        "admissionReviewVersions": ["v1"],
        "namespaceSelector": {"matchExpressions": list(namespace)},
        "objectSelector": {"matchExpressions": [pod]},
    }


def injector(*hooks: Any) -> Any:
    return {
        "apiVersion": "admissionregistration.k8s.io/v1",
        "kind": "MutatingWebhookConfiguration",
        "metadata": {"name": "istio-sidecar-injector"},
        "webhooks": list(hooks),
    }


def revision(name: str) -> list[Any]:
    return [
        {"key": "istio.io/rev", "operator": "In", "values": [name]},
        {"key": "istio-injection", "operator": "DoesNotExist"},
    ]


ENABLED = {"key": "istio-injection", "operator": "In", "values": ["enabled"]}
INJECTOR = injector(hook("rev.namespace", *revision("default")), hook("namespace", ENABLED))
CANARY = injector(hook("rev.namespace", *revision("1-11-3")))
"""Of an installation with a revision, which istio-injection=enabled says nothing to."""
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


async def switched_on_late(scene: Scene) -> None:
    await scene.apply(deployment())
    await asyncio.sleep(1.1)  # times have no more than seconds
    await scene.kubectl("label", "namespace", "default", "istio-injection=enabled")


async def canaries(scene: Scene) -> None:
    await scene.apply(CANARY)


async def canary(scene: Scene) -> None:
    await scene.apply(CANARY)
    await scene.kubectl("label", "namespace", "default", "istio-injection=enabled")


async def of_the_host(scene: Scene) -> None:
    await scene.apply(deployment(pod={"hostNetwork": True}))


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
    Case("injection-off", "revision", INSIDE, bare, injected, before=canaries, evidence="istio-injection="),
    Case(
        "injection-for-others", "", INSIDE, bare, injected, before=canary, evidence="istio-injection=enabled"
    ),
    Case(
        "made-before-injection",
        "",
        INSIDE,
        switched_on_late,
        injected,
        before=installed,
        facts=("F43",),
        about="pod/web-",
    ),
    Case("injection-not-for-host-network", "", INSIDE, of_the_host, injected, before=labelled),
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
