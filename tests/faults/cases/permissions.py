"""What the learner may not read."""

from __future__ import annotations

from typing import Any

from tests.faults.case import Case, Doing
from tests.faults.manifests import cleared
from tests.faults.scene import Scene


def refused(kind: str, target: str, **options: Any) -> Doing:
    """The fault, met by a new connection: a watch that runs goes on, here as on a real server."""

    async def do(scene: Scene) -> None:
        scene.faults.add(kind, target, **options)
        await scene.practice.stop()
        await scene.practice.start()

    return do


CASES = (
    Case(
        "forbidden",
        "",
        {"resource": "ConfigMap", "name": "settings"},
        refused("forbidden", "configmaps", verbs=["get", "list", "watch"]),
        cleared,
        evidence='resource "configmaps" in API group',
        facts=("F19",),
        passes=False,
    ),
    Case(
        "unauthorized",
        "",
        {"resource": "ConfigMap", "name": "settings"},
        refused("unauthorized", ""),
        cleared,
        passes=False,
    ),
)
