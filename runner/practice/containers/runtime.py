"""The container runtime: what a kubelet asks of containerd, in one object."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Sequence
from functools import partial
from pathlib import Path

from runner.practice.containers.cluster_view import NetworkChange
from runner.practice.containers.container import Container
from runner.practice.containers.container_config import (
    ContainerConfig,
    Exit,
    LogLine,
    NoSuchContainer,
    StartError,
    VolumeConfig,
)
from runner.practice.containers.container_limits import LOGS_OF_A_POD
from runner.practice.containers.container_log import ContainerLog
from runner.practice.containers.container_probes import probe
from runner.practice.containers.kept_logs import KeptLogs
from runner.practice.containers.lab_images import LabImages
from runner.practice.containers.mesh.mesh import Mesh
from runner.practice.containers.mesh.mesh_messages import MeshChange
from runner.practice.containers.network_messages import Destination, Place
from runner.practice.containers.node_machine import NodeMachine
from runner.practice.containers.pod_network import PodNetwork
from runner.practice.containers.pod_sandbox import PodSandbox
from runner.practice.containers.probe_messages import ProbeAction, ProbeResult
from runner.practice.containers.standard_streams import Streams
from runner.practice.containers.telemetry.mesh_traffic import record_access
from runner.practice.containers.volumes import Volumes

DIAL_SECONDS = 30.0
"""After which a load balancer or a proxy gives up a connection that is not answered."""


class Runtime:
    """All containers of a cluster, whatever their node. `exited` is called with a container's id and how it ended.
    With `logs`, a folder, the logs of containers that have ended outlive this object; `folder` has sockets (a short path),
    and whoever gave it removes it where this process can't."""

    def __init__(
        self, exited: Callable[[str, Exit], None], logs: Path | None = None, folder: Path | None = None
    ) -> None:
        self._exited = exited
        self._kept_logs = KeptLogs(logs)
        self._pods: dict[str, PodSandbox] = {}
        self._logs: dict[str, tuple[str, ContainerLog]] = {}
        """(the pod's uid, the log) by the container's id; also of those that have ended."""
        self._containers: dict[str, Container] = {}
        self.volumes = Volumes()
        self.images = LabImages()
        self.network = PodNetwork(self._pods)
        self.mesh = Mesh(self.network, self._pods, folder)
        self.mesh.on_entry.append(partial(record_access, self.network))
        self._nodes: dict[str, NodeMachine] = defaultdict(NodeMachine)
        """By name."""

    async def start(self, config: ContainerConfig, volumes: Sequence[VolumeConfig]) -> None:
        """Start a container; returns once its main process runs. Raises StartError."""
        for volume in volumes:
            self.volumes.put(volume)
        pod = self._pods.setdefault(config.pod.uid, PodSandbox(config.pod, self.volumes, self.network))
        pod.node = self._nodes[config.pod.node]
        container = Container(config, pod, self.images.find(config.image))
        self._remember_log(config, container.log)
        pod.containers[config.id] = self._containers[config.id] = container
        if container.image.is_stand_in:
            pod.unknown.add(config.id)
        container.exited.add_done_callback(
            lambda done: None if done.cancelled() else self._ended(container, done.result())
        )
        self.mesh.container_started(container)
        try:
            await container.start()
        except StartError:
            container.exited.cancel()
            self._forget(container)
            raise

    async def stop(self, container: str, grace: float) -> Exit:
        """End a container within `grace` seconds; gives how it ended. Raises NoSuchContainer."""
        return await self._found(container).stop(grace)

    async def probe(self, container: str, action: ProbeAction) -> ProbeResult:
        """Make a probe of a container once. Raises NoSuchContainer."""
        return await probe(self._found(container), action)

    async def exec(self, container: str, argv: Sequence[str], streams: Streams) -> int:
        """Run a command in a container; gives its exit code. Raises NoSuchContainer, StartError."""
        return await self._found(container).exec(argv, streams)

    async def attach(self, container: str, streams: Streams) -> None:
        """Take part in the streams of a container's main process until it ends. Raises NoSuchContainer."""
        await self._found(container).attach(streams)

    async def logs(
        self, container: str, *, follow: bool = False, tail: int | None = None
    ) -> AsyncIterator[list[LogLine]]:
        """The lines of a container's log, at most the last `tail` of those that are there; with `follow` those to come
        too. Raises NoSuchContainer."""
        if container not in self._logs:
            kept = self._kept_logs.read(container)
            if kept is None:
                raise NoSuchContainer(container)
            yield kept if tail is None else kept[max(0, len(kept) - tail) :]
            return
        async for lines in self._logs[container][1].read(follow=follow, tail=tail):
            yield lines

    def put_volume(self, config: VolumeConfig) -> None:
        """New content of a volume that containers may have mounted."""
        self.volumes.put(config)

    async def dial(self, place: Place) -> Destination:
        """What answers there for somebody outside the cluster. Raises ConnectError."""
        return await self.network.dial(place, DIAL_SECONDS)

    def change_network(self, change: NetworkChange) -> None:
        """What is new of the cluster's objects."""
        self.network.change(change)

    async def change_mesh(self, change: MeshChange) -> None:
        """What is new of the mesh's configuration."""
        await self.mesh.configure(change)

    def remove_volume(self, volume: str) -> None:
        """The volume is gone, and nothing mounts it any more."""
        self.volumes.remove(volume)

    def volume_sizes(self, volumes: Sequence[str]) -> dict[str, int]:
        """Bytes that are in volumes, by their ids."""
        return self.volumes.sizes(volumes)

    async def remove_pod(self, uid: str, volumes: Sequence[str]) -> None:
        """The pod is gone: end what still runs in it, and forget its logs and volumes."""
        pod = self._pods.pop(uid, None)
        for container in [each for each in self._containers.values() if each.pod is pod]:
            container.kill()
            container.end(Exit(137, "Error"))
        for id_, (owner, _) in list(self._logs.items()):
            if owner == uid:
                del self._logs[id_]
        self._kept_logs.forget(uid)
        self.mesh.pod_gone(uid)
        self.network.proxy_metrics.forget(uid)
        for volume in volumes:
            self.volumes.remove(volume)

    async def usage(self) -> dict[str, tuple[float, int]]:
        """What each running container uses: (seconds of a processor since its start, bytes of memory) by its id."""
        return {id_: container.usage() for id_, container in self._containers.items()}

    async def close(self) -> None:
        self._kept_logs = KeptLogs(None)  # those that end now begin anew with the next process
        for uid in list(self._pods):
            await self.remove_pod(uid, ())
        await self.mesh.close()
        await asyncio.sleep(0)
        await self.network.close()

    def containers(self) -> list[Container]:
        """Those that run."""
        return list(self._containers.values())

    def container(self, id_: str) -> Container:
        """A running container. Raises NoSuchContainer."""
        return self._found(id_)

    def _found(self, container: str) -> Container:
        try:
            return self._containers[container]
        except KeyError:
            raise NoSuchContainer(container) from None

    def _ended(self, container: Container, exit_: Exit) -> None:
        self._forget(container)
        if container.config.id in self._logs:
            self._kept_logs.keep(container.config.pod.uid, container.config.id, container.log.lines())
        self._exited(container.config.id, exit_)

    def _forget(self, container: Container) -> None:
        container.pod.containers.pop(container.config.id, None)
        self.mesh.container_ended(container)
        self._containers.pop(container.config.id, None)

    def _remember_log(self, config: ContainerConfig, log: ContainerLog) -> None:
        self._logs[config.id] = (config.pod.uid, log)
        of_pod = [id_ for id_, (owner, _) in self._logs.items() if owner == config.pod.uid]
        for id_ in of_pod[:-LOGS_OF_A_POD]:
            if id_ not in self._containers:
                del self._logs[id_]
