"""Services that no ready pod stands behind."""

from __future__ import annotations

import json

from checks.base import Object
from tests.faults.case import Case, Doing
from tests.faults.scene import Scene

BEHIND = {"service": "web", "endpoints": True}
SELECTOR, TARGET = "/spec/selector", "/spec/ports/0/targetPort"


async def web(scene: Scene) -> None:
    """A Deployment of one nginx, its port named, and a right Service before it."""
    port = {"name": "http", "containerPort": 8080}
    labels = {"app": "web"}
    template: Object = {
        "metadata": {"labels": labels},
        "spec": {"containers": [{"name": "web", "image": "nginx:1.21", "ports": [port]}]},
    }
    await scene.apply(
        {
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "metadata": {"name": "web", "labels": labels},
            "spec": {"selector": {"matchLabels": labels}, "template": template},
        },
        {
            "apiVersion": "v1",
            "kind": "Service",
            "metadata": {"name": "web"},
            "spec": {
                "selector": labels,
                "ports": [{"name": "http", "port": 80, "targetPort": "http"}],
            },
        },
    )


async def ready(scene: Scene) -> None:
    await web(scene)
    await scene.kubectl("rollout", "status", "deployment/web", "--timeout=60s")


def replaced(path: str, value: object) -> Doing:
    """A part of the Service, changed."""

    async def bring(scene: Scene) -> None:
        patch = json.dumps([{"op": "replace", "path": path, "value": value}])
        await scene.kubectl("patch", "service", "web", "--type=json", "-p", patch)

    return bring


async def no_replicas(scene: Scene) -> None:
    await scene.kubectl("scale", "deployment", "web", "--replicas=0")


async def a_replica(scene: Scene) -> None:
    await scene.kubectl("scale", "deployment", "web", "--replicas=1")


async def bad_image(scene: Scene) -> None:
    scene.faults.add("image-pull", "default/web")
    await scene.kubectl("delete", "pod", "-l", "app=web", "--wait=false")


async def cleared(scene: Scene) -> None:
    scene.faults.clear()


CASES = (
    Case(
        "selector-matches-nothing",
        "typo",
        BEHIND,
        replaced(SELECTOR, {"app": "wbe"}),
        replaced(SELECTOR, {"app": "web"}),
        before=ready,
        evidence="has: app=web",
        about="service/web",
        facts=("F39",),
    ),
    Case(
        "selector-matches-nothing",
        "other-key",
        BEHIND,
        replaced(SELECTOR, {"name": "web"}),
        replaced(SELECTOR, {"app": "web"}),
        before=ready,
        evidence="selector: name=web",
        about="service/web",
    ),
    Case(
        "target-port-unknown",
        "",
        BEHIND,
        replaced(TARGET, "http-web"),
        replaced(TARGET, "http"),
        before=ready,
        evidence="http=8080",
        about="service/web",
    ),
    Case(
        "scaled-to-zero",
        "",
        BEHIND,
        no_replicas,
        a_replica,
        before=ready,
        evidence="replicas: 0",
        about="deployment/web",
        facts=("F39",),
    ),
    Case(
        "port-name-differs",
        "",
        {"service": "web", "ports": ["http:80"]},
        replaced("/spec/ports/0/name", "web"),
        replaced("/spec/ports/0/name", "http"),
        before=web,
        evidence="name: web",
        about="service/web",
        real=True,
    ),
    Case(
        "port-number-differs",
        "",
        {"service": "web", "ports": ["http:80"]},
        replaced("/spec/ports/0/port", 8000),
        replaced("/spec/ports/0/port", 80),
        before=web,
        evidence="port: 8000",
        about="service/web",
        real=True,
    ),
)
