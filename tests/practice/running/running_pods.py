"""Pods whose containers run, and what tests ask of them."""

from __future__ import annotations

from typing import Any

from runner.practice.containers.standard_streams import Streams
from runner.practice.machinery.store import Object


class RunningPods:
    """Pods of a world with containers; those of tests have containers of busybox."""

    def __init__(self, world: Any) -> None:
        self.world = world
        self.kubelet = world.control_plane._kubelet

    def create(self, name: str, script: str = "sleep 1000", **spec: Any) -> Object:
        """`script` is that of the container main; further fields of it are `container`."""
        main = {**container("main", script), **spec.pop("container", {})}
        made: Object = self.world.create(
            "pods",
            {
                "apiVersion": "v1",
                "kind": "Pod",
                "metadata": {"name": name, "namespace": "default", "labels": {"app": name}},
                "spec": {
                    "containers": [main, *spec.pop("others", ())],
                    "terminationGracePeriodSeconds": 20,
                    **spec,
                },
            },
        )
        return made

    def status(self, name: str) -> Object:
        found: Object = (self.world.find("pods", name) or {}).get("status") or {}
        return found

    def of(self, name: str, container: str = "main") -> Object:
        """The status of a container."""
        status = self.status(name)
        every = [*(status.get("initContainerStatuses") or ()), *(status.get("containerStatuses") or ())]
        found: Object = next((one for one in every if one["name"] == container), {"state": {}})
        return found

    def state(self, name: str, container: str = "main") -> Object:
        found: Object = self.of(name, container)["state"]
        return found

    async def running(self, name: str, container: str = "main") -> None:
        await self.world.until(lambda: "running" in self.state(name, container), lambda: self.status(name))

    async def phase(self, name: str, phase: str) -> None:
        await self.world.until(lambda: self.status(name).get("phase") == phase, lambda: self.status(name))

    async def sh(self, name: str, script: str, container: str = "main") -> str:
        """Everything that a script writes in a container."""
        written: list[bytes] = []

        async def write(data: bytes) -> None:
            written.append(data)

        id_ = self.of(name, container)["containerID"]
        await self.kubelet.runtime.exec(id_, ["sh", "-c", script], Streams(stdout=write, stderr=write))
        return b"".join(written).decode()

    async def log(self, name: str, container: str = "main") -> str:
        id_ = self.of(name, container)["containerID"]
        return "".join([f"{line.text}\n" async for lines in self.kubelet.runtime.logs(id_) for line in lines])

    def events(self, name: str) -> list[tuple[str, str]]:
        """(reason, message) of a pod, in their order."""
        events = self.world.store.list("events", "default")
        return [(e["reason"], e["message"]) for e in events if e["involvedObject"]["name"] == name]


def container(name: str, script: str, **more: Any) -> Object:
    return {"name": name, "image": "busybox", "command": ["sh", "-c", script], **more}
