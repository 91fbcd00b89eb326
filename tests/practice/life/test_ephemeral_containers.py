"""`kubectl debug`: the container that it adds is seen to run."""

from __future__ import annotations

from typing import Any

from runner.practice.machinery.store import Key


async def test_an_ephemeral_container_runs(world: Any) -> None:
    spec = {"containers": [{"name": "web", "image": "nginx"}]}
    meta = {"name": "web", "namespace": "default"}
    world.create("pods", {"apiVersion": "v1", "kind": "Pod", "metadata": meta, "spec": spec})
    await world.until(lambda: world.get("pods", "web")["status"].get("phase") == "Running")
    added = {"name": "debugger", "image": "busybox", "targetContainerName": "web"}

    def debug(pod: Any) -> Any:
        return {**pod, "spec": {**pod["spec"], "ephemeralContainers": [added]}}

    world.control_plane.context.change(
        Key("pods", "default", "web"), debug, subresource="ephemeralcontainers"
    )

    def shown() -> Any:
        return world.get("pods", "web")["status"].get("ephemeralContainerStatuses")

    await world.until(lambda: shown() and "running" in shown()[0]["state"])
    (status,) = shown()
    assert (status["name"], status["image"]) == ("debugger", "docker.io/library/busybox:latest")
    world.edit("pods", "web", lambda pod: pod["metadata"].setdefault("labels", {}).update(a="b"))
    await world.until(lambda: world.control_plane.idle)
    assert shown() == [status]
