"""The lifecycle of one pod on its node, from the first status to the last."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable
from typing import Protocol

from runner.practice.containers.container_config import Exit
from runner.practice.controllers.cluster_context import ClusterContext
from runner.practice.controllers.event_recorder import kubelet as kubelet_of
from runner.practice.controllers.event_recorder import reference
from runner.practice.controllers.object_helpers import age, going, now, uid_of
from runner.practice.machinery.store import Object, key_of
from runner.practice.machinery.users import node_user
from runner.practice.node import container_status as status
from runner.practice.node.accepted_spec import statuses
from runner.practice.node.container_readiness import Readiness
from runner.practice.node.container_runtime import ContainerRuntime
from runner.practice.node.container_start import Starter
from runner.practice.node.container_status import Container, waiting
from runner.practice.node.ephemeral_containers import EphemeralContainers
from runner.practice.node.image_pull import Puller
from runner.practice.node.network_watcher import NetworkWatcher
from runner.practice.node.pod_limits import PodFailure, PodLimits
from runner.practice.node.pod_pauses import PodPauses
from runner.practice.node.pod_probers import FailedProbe, Probers
from runner.practice.node.pod_stop import Stopper, stop_in_order
from runner.practice.node.restart_back_off import back_off, restarts
from runner.practice.node.volume_keeper import VolumeKeeper
from runner.practice.node.volume_setup import PodVolumes, own_volumes
from runner.practice.node.volume_sources import VolumeProblem

log = logging.getLogger(__name__)

# Seconds of a usual cluster, shortened to what a learner should wait here.
SANDBOX, START, STOP = 0.3, 0.1, 0.3
CONFIG_RETRY = 15.0

CREATED_WITH_COLON_SINCE = 32


class PodsKubelet(Protocol):
    """What a worker needs of its kubelet."""

    @property
    def cluster(self) -> ClusterContext: ...

    def present(self, node: str) -> set[str]:
        """The images that a node has."""
        ...

    @property
    def runtime(self) -> ContainerRuntime: ...

    @property
    def network(self) -> NetworkWatcher: ...

    def volumes(self) -> PodVolumes:
        """Those of a pod, none set up yet."""
        ...

    def addresses(self, pod: Object, *, with_pod: bool) -> Object:
        """The fields of a pod's status that have its addresses."""
        ...


class Worker:
    """What a kubelet does for one pod."""

    def __init__(self, kubelet: PodsKubelet, pod: Object) -> None:
        self._kubelet = kubelet
        self._cluster = kubelet.cluster.acting_as(node_user(pod["spec"]["nodeName"]))
        self._key = key_of("pods", pod)
        self._uid = uid_of(pod)
        self._node = str(pod["spec"]["nodeName"])
        self._pod = pod
        self._sandbox = bool(pod.get("status", {}).get("podIP"))
        self._init = status.all_restored(pod, "initContainers", "initContainerStatuses")
        self._main = status.all_restored(pod, "containers", "containerStatuses")
        self._task: asyncio.Task[None] | None = None
        self._pauses = PodPauses(self._cluster)
        self._write_soon: asyncio.Handle | None = None
        self._runtime = kubelet.runtime
        self.volumes = VolumeKeeper(kubelet.cluster, kubelet.runtime, kubelet.volumes(), lambda: self.pod)
        self._exits: dict[str, Exit] = {}
        """How containers ended, by their ids, until `_serve` has seen it."""
        self._stopper = Stopper(self, self._cluster, self._runtime, self._exits)
        self._starter = Starter(self, self._cluster, self._runtime, self.volumes)
        self._failure: PodFailure | None = None
        self._limits: asyncio.Task[None] | None = None
        self._probers = Probers(self, [*self._init, *self._main], self._cluster, self._runtime)
        self._readiness = Readiness(self, self._probers, self._cluster, runs=self._runtime.runs)
        self._puller = Puller(self, kubelet.present(self._node), kubelet.cluster)
        self.ephemeral = EphemeralContainers(self)
        self.terminating = False
        self.needs_config = False

    def start(self) -> None:
        self._runtime.prepare()
        loop = asyncio.get_running_loop()
        self._task = loop.create_task(self._run())
        self._task.add_done_callback(_log_failure)
        if PodLimits.of(self._pod, runs=self._runtime.runs):
            self._limits = loop.create_task(self._watch_limits())
            self._limits.add_done_callback(_log_failure)

    def terminate(self) -> None:
        """Stop the containers, and then let the pod go."""
        if not self.terminating:
            self.terminating = True
            self.cancel()
            self._task = asyncio.get_running_loop().create_task(self._stop())
            self._task.add_done_callback(_log_failure)

    def cancel(self) -> asyncio.Task[None] | None:
        """Forget the pod where it is; the task, that it can be waited for."""
        self.volumes.close()
        if self._write_soon:
            self._write_soon.cancel()
        self._probers.stop()
        if self._limits:
            self._limits.cancel()
        self.ephemeral.cancel()
        if self._task:
            self._task.cancel()
        return self._task

    def exited(self, container_id: str, exit_: Exit) -> bool:
        """A container has ended; gives whether it is one of this pod's."""
        if container_id not in self._starter.asked:
            return False
        self._exits[container_id] = exit_
        self.look()
        return True

    def runtime_lost(self) -> None:
        """Every container that ran has ended, and nobody saw how."""
        for container in (*self._init, *self._main, *self.ephemeral.containers()):
            if container.running:
                self.exited(container.container_id, Exit(255, "Unknown"))

    def poke(self) -> None:
        """Something that it may wait for has changed."""
        self._pauses.poke()

    def added(self) -> None:
        """The pod has ephemeral containers, new ones perhaps."""
        if self._sandbox and not self.terminating:
            self.ephemeral.begin()
            self.show()

    def look(self) -> None:
        """Something has changed of a container that runs."""
        self._pauses.look()

    @property
    def pod(self) -> Object:
        """As stored now (as last seen where it is gone)."""
        found = self._cluster.store.get(self._key)
        if found is not None and uid_of(found) == self._uid:
            self._pod = found
        return self._pod

    async def pause(self, seconds: float) -> None:
        """Wait `seconds` of a real cluster, or until poked."""
        await self._pauses.pause(seconds)

    async def remove_from_runtime(self) -> None:
        """The pod is gone: end what still runs of it."""
        with contextlib.suppress(ConnectionError):
            await self._runtime.remove_pod(self._uid, own_volumes(self._pod))

    async def _run(self) -> None:
        if not self._sandbox:
            self.show()
        await self._mount()
        if not self._sandbox:
            await self.pause(SANDBOX)
            self._sandbox = True
        self.ephemeral.begin()
        if self._runtime.runs:
            self._probers.start()
        async with asyncio.TaskGroup() as group:
            sidecars: list[asyncio.Task[None]] = []
            if await self._initialize(group, sidecars):
                for container in self._main:
                    if container.state == waiting("PodInitializing"):
                        container.state = waiting("ContainerCreating")
                await self._starter.all_in_turn(self._main, lambda each: group.create_task(self._keep(each)))
            for task in sidecars:
                task.cancel()
        self._probers.stop()
        await self._stop_all(self.grace)
        if self._limits:
            self._limits.cancel()
        self._write()

    async def _initialize(self, group: asyncio.TaskGroup, sidecars: list[asyncio.Task[None]]) -> bool:
        """Run the init containers in order; gives whether all have done their work."""
        for container in self._init:
            if container.sidecar:
                sidecars.append(group.create_task(self._keep(container)))
                while not container.initialized:
                    await self._pauses.watch(None)
            elif not container.initialized:
                await self._keep(container)
                if not container.initialized:
                    return False
        return True

    async def _watch_limits(self) -> None:
        limits = PodLimits(self._cluster, self._runtime, self.volumes.volumes, lambda: self.pod)
        failure = await limits.broken()
        if self.terminating:
            return
        self._probers.stop()
        if self._task:
            self._task.cancel()
        self.report(failure.event, failure.reason, failure.message)
        self._failure = failure
        await self._stop_all(self.grace if failure.grace is None else failure.grace)
        self._write()

    async def _stop_all(self, grace: float) -> None:
        """End the containers that run: first the main ones, then the sidecars, the last one first."""
        running = [each for each in (*self._init, *self._main, *self.ephemeral.containers()) if each.running]
        await stop_in_order(self, running, grace)

    async def _mount(self) -> None:
        while True:
            try:
                return self.volumes.set_up()
            except VolumeProblem as problem:
                self.report("Warning", "FailedMount", str(problem))
                await self.config_retry()

    async def config_retry(self) -> None:
        self.needs_config = True
        await self.pause(CONFIG_RETRY)
        self.needs_config = False

    async def _keep(self, container: Container) -> None:
        """Start a container, and start it again as often as its pod's restartPolicy wants."""
        while True:
            if not container.running:
                if container.ended or container.last_state:
                    if not restarts(self.pod, container):
                        return
                    await back_off(self, container, self._cluster)
                await self._puller.pull(container)
                await self.pause(START)
                if await self._starter.start(container):
                    self._readiness.begin(container)
                    self.show()
                    self.look()
            elif container.container_id not in self._starter.asked:  # it ran before this process started
                ran = age(container.state["running"]["startedAt"])
                began = 0.0 if self._runtime.runs else ran  # what really runs begins anew
                container.began = asyncio.get_running_loop().time() - began
                if await self._starter.start_again(container, ran):
                    self._readiness.begin(container)
            await self._serve(container)

    async def run_once(self, container: Container) -> None:
        """An ephemeral container, from its start to its end."""
        if not container.running:
            await self._puller.pull(container)
            await self.pause(START)
            if await self._starter.start(container):
                self.show()
        elif container.container_id not in self._starter.asked:  # it ran before this process started
            await self._starter.start_again(container, age(container.state["running"]["startedAt"]))
        while container.running:
            exit_ = self._exits.pop(container.container_id, None)
            if exit_ is not None:
                self.end(container, exit_)
            else:
                await self._pauses.watch(None)

    def with_addresses(self) -> Object:
        """The pod with its addresses, which may not be written yet."""
        addresses = self._kubelet.addresses(self.pod, with_pod=True)
        return {**self.pod, "status": {**self.pod.get("status", {}), **addresses}}

    async def network_up_to_date(self) -> None:
        """What its containers start may look for a Service at once: the runtime must know of it."""
        await self._kubelet.network.up_to_date()

    @property
    def grace(self) -> float:
        """Seconds that its containers have to end."""
        return float(self.pod["spec"].get("terminationGracePeriodSeconds") or 0)

    async def _serve(self, container: Container) -> None:
        """Until the container ends; ready as its probes and the active faults say."""
        image = self.spec(container).get("image")
        loop = asyncio.get_running_loop()
        while True:
            spec = self.spec(container)
            if spec.get("image") != image:
                message = f"Container {container.name} definition changed, will be restarted"
                self.report("Normal", "Killing", message, container)
                await self.stop_gently(container, self.grace)
                self.end(container, Exit(0))
                return
            if not container.running:
                return
            exit_ = self._exits.pop(container.container_id, None)
            if exit_ is None and (failed := self._probers.failed(container)):
                exit_ = await self._stop_unwell(container, failed)
            if exit_ is not None:
                self.end(container, exit_)
                return
            elapsed = (loop.time() - container.began) * self._cluster.settings.speed
            end = self._readiness.ending()
            if end and elapsed >= end.seconds:
                await self._stopper.kill(container)
                self.end(container, Exit(end.exit_code, end.reason))
                return
            waits = [end.seconds - elapsed] if end else []
            waits += self._readiness.update(container, elapsed)
            await self._pauses.watch(min(waits) if waits else None)

    async def _stop_unwell(self, container: Container, failed: FailedProbe) -> Exit:
        """A probe says that it must be restarted, or ended where its pod restarts nothing."""
        message = f"Container {container.name} failed {failed.kind} probe"
        if container.sidecar or self.pod["spec"].get("restartPolicy", "Always") != "Never":
            message += ", will be restarted"
        self.report("Normal", "Killing", message, container)
        grace = failed.grace
        if grace is None:
            grace = self.grace
        return await self.stop_gently(container, grace)

    async def stop_gently(
        self, container: Container, grace: float, turn: Awaitable[object] | None = None
    ) -> Exit:
        """See Stopper.stop."""
        return await self._stopper.stop(container, grace, turn)

    def end(self, container: Container, exit_: Exit) -> None:
        container.end(exit_)
        self.show()

    async def _stop(self) -> None:
        await self._kubelet.network.endpoints_up_to_date()
        grace = float(self.pod["metadata"].get("deletionGracePeriodSeconds") or 0)
        await asyncio.gather(self.pause(STOP), self._stop_all(grace))
        if going(self.pod) and self._cluster.store.get(self._key) is self._pod:
            self._cluster.store.delete(self._key, uid=self._uid, grace=0)

    def spec(self, container: Container) -> Object:
        specs = self.pod["spec"].get(container.field) or ()
        return next(spec for spec in specs if spec["name"] == container.name)

    def show(self) -> None:
        """Write the status soon: what changes in the same moment is one change."""
        if self._write_soon is None:
            self._write_soon = asyncio.get_running_loop().call_soon(self._write)

    def _write(self) -> None:
        self._write_soon = None
        if not self.terminating:
            self._cluster.change(self._key, self._with_status, status=True)

    def _with_status(self, pod: Object) -> Object | None:
        if uid_of(pod) != self._uid:
            return None
        new = pod.setdefault("status", {})
        policy = pod["spec"].get("restartPolicy", "Always")
        new["phase"] = status.phase(policy, self._init, self._main)
        if self._failure is not None:
            new |= {"phase": "Failed", "reason": self._failure.reason, "message": self._failure.message}
        new["conditions"] = status.conditions(
            pod, new["phase"], self._init, self._main, self._cluster.minor, sandbox=self._sandbox
        )
        new.setdefault("startTime", now())
        new |= self._kubelet.addresses(pod, with_pod=self._sandbox)
        if self._init:
            new["initContainerStatuses"] = statuses(self._init, self.spec, self._cluster.minor)
        new["containerStatuses"] = statuses(self._main, self.spec, self._cluster.minor)
        if added := self.ephemeral.containers():
            new["ephemeralContainerStatuses"] = [container.as_status() for container in added]
        return pod

    def report(self, kind: str, reason: str, message: str, container: Container | None = None) -> None:
        path = ""
        if container:
            path = f"spec.{container.field}{{{container.name}}}"
        about = reference(self.pod, "v1", "Pod", path)
        self._cluster.recorder.emit(about, kubelet_of(self._node), kind, reason, message)


def _log_failure(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and task.exception():
        log.error("a pod's life broke off", exc_info=task.exception())
