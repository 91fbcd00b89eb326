"""Small manifests to break, and the doings that most cases are made of."""

from __future__ import annotations

from typing import Any

from checks.base import Object
from tests.faults.case import Doing
from tests.faults.scene import Scene

READY = {"deployment": "web", "ready": True}
"""The check of most cases, as a lab writes it."""
IMAGE = "nginx:1.21"


def deployment(name: str = "web", *, kind: str = "Deployment", image: str = IMAGE, **parts: Any) -> Object:
    """A workload of one container. `container`, `pod` and `spec` are put into those parts of it."""
    labels = {"app": name}
    container = {"name": name, "image": image, **parts.get("container", {})}
    pod = {"containers": [container], **parts.get("pod", {})}
    spec: Object = {
        "selector": {"matchLabels": labels},
        "template": {"metadata": {"labels": labels}, "spec": pod},
        **parts.get("spec", {}),
    }
    if kind == "Deployment":
        spec.setdefault("replicas", 1)
    return {"apiVersion": "apps/v1", "kind": kind, "metadata": {"name": name}, "spec": spec}


def service(name: str = "web", **spec: Any) -> Object:
    """A Service of port 80 in front of the pods with the label app=<name>."""
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": name},
        "spec": {"selector": {"app": name}, "ports": [{"port": 80}], **spec},
    }


def applied(*objects: Object) -> Doing:
    """kubectl apply."""

    async def do(scene: Scene) -> None:
        await scene.apply(*objects)

    return do


def rolled_out(*objects: Object) -> Doing:
    """kubectl apply of Deployments, and waiting until they are ready."""

    async def do(scene: Scene) -> None:
        await scene.apply(*objects)
        for each in objects:
            await scene.kubectl(
                "rollout", "status", f"deployment/{each['metadata']['name']}", "--timeout=60s"
            )

    return do


def kubectl(*arguments: str) -> Doing:
    """One kubectl command, which must succeed."""

    async def do(scene: Scene) -> None:
        await scene.kubectl(*arguments)

    return do


def with_fault(kind: str, *objects: Object, target: str = "web", **options: Any) -> Doing:
    """The fault is switched on, and the objects are applied."""

    async def do(scene: Scene) -> None:
        scene.faults.add(kind, target, **options)
        if objects:
            await scene.apply(*objects)

    return do


async def cleared(scene: Scene) -> None:
    """All faults are switched off."""
    scene.faults.clear()
