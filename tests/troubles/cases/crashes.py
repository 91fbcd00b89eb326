"""Containers that end again and again."""

from __future__ import annotations

from tests.troubles.case import Case
from tests.troubles.scene import Scene

READY = {"deployment": "web", "ready": True}


async def deployed(scene: Scene) -> None:
    await scene.kubectl("create", "deployment", "web", "--image=nginx:1.21")


async def out_of_memory(scene: Scene) -> None:
    scene.troubles.add("crash-loop", "web", reason="OOMKilled", exit_code=137)
    await deployed(scene)


async def cleared(scene: Scene) -> None:
    scene.troubles.clear()


CASES = (Case("out-of-memory", "", READY, out_of_memory, cleared, evidence="OOMKilled", about="pod/web-"),)
