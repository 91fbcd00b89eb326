"""Services that are open and should not be, or the other way round."""

from __future__ import annotations

from checks.base import Object
from tests.faults.case import Case, Doing
from tests.faults.scene import Scene, check

MESH = "istio-system"
JAEGER = {"app": "jaeger"}
TRACING = {"service": "tracing", "in": MESH, "type": "LoadBalancer"}


def service(name: str, selector: dict[str, str], port: int, kind: str = "") -> Object:
    spec: Object = {"selector": selector, "ports": [{"name": "http-query", "port": port}]}
    if kind:
        spec["type"] = kind
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": name, "namespace": MESH},
        "spec": spec,
    }


ADDONS = (
    service("tracing", JAEGER, 80, "ClusterIP"),
    service("zipkin", JAEGER, 9411),
    service("istiod", {"app": "istiod"}, 15010, "ClusterIP"),
)


async def addons(scene: Scene) -> None:
    await scene.kubectl("create", "namespace", MESH)
    await scene.apply(*ADDONS)


def typed(name: str, kind: str) -> Doing:
    async def bring(scene: Scene) -> None:
        patch = f'{{"spec":{{"type":"{kind}"}}}}'
        await scene.kubectl("patch", "service", name, "-n", MESH, "-p", patch)

    return bring


async def opened(scene: Scene) -> None:
    """All is as the lab wants it, once."""
    await addons(scene)
    await typed("tracing", "LoadBalancer")(scene)
    await scene.until(check({**TRACING, "external": True}), lambda seen: seen.passed)


async def applied_again(scene: Scene) -> None:
    await scene.apply(*ADDONS)


async def kiali(scene: Scene) -> None:
    """The end of the lab: Kiali is open, and asks nobody for a password."""
    await scene.kubectl("create", "namespace", MESH)
    config: Object = {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "kiali", "namespace": MESH},
        "data": {"config.yaml": "auth:\n  strategy: anonymous\n"},
    }
    await scene.apply(config, service("kiali", {"app": "kiali"}, 20001))


async def nothing_deleted(scene: Scene) -> None:
    await typed("kiali", "LoadBalancer")(scene)


async def deleted(scene: Scene) -> None:
    await scene.kubectl("delete", "namespace", MESH)


CASES = (
    Case(
        "opening-undone",
        "",
        TRACING,
        applied_again,
        typed("tracing", "LoadBalancer"),
        before=opened,
        evidence="ClusterIP",
        about="service/tracing",
        facts=("F29",),
    ),
    Case(
        "wrong-service-opened",
        "same-pods",
        TRACING,
        typed("zipkin", "LoadBalancer"),
        typed("zipkin", "ClusterIP"),
        before=addons,
        evidence="type: LoadBalancer",
        about="service/zipkin",
        facts=("F30",),
        passes=False,
        real=True,
    ),
    Case(
        "wrong-service-opened",
        "istiod",
        TRACING,
        typed("istiod", "LoadBalancer"),
        typed("istiod", "ClusterIP"),
        before=addons,
        evidence="type: LoadBalancer",
        about="service/istiod",
        facts=("F30",),
        passes=False,
        real=True,
    ),
    Case(
        "wrong-service-opened",
        "itself",
        {"service": "zipkin", "in": MESH, "type": "ClusterIP"},
        typed("zipkin", "LoadBalancer"),
        typed("zipkin", "ClusterIP"),
        before=addons,
        evidence="type: LoadBalancer",
        about="service/zipkin",
        facts=("F30",),
        real=True,
    ),
    Case(
        "still-open",
        "",
        {"namespace": MESH, "absent": True},
        nothing_deleted,
        deleted,
        before=kiali,
        evidence="strategy: anonymous",
        about="service/kiali",
        facts=("F44",),
    ),
)
