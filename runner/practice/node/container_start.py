"""The start of a container: its configuration, the runtime, and the hook after it."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable, Sequence
from typing import Protocol

from runner.practice.containers.container_config import Exit, StartError
from runner.practice.controllers.cluster_context import ClusterContext
from runner.practice.controllers.object_helpers import name_of, namespace_of, now, uid_of
from runner.practice.machinery.store import Object
from runner.practice.node.container_environment import skipped_names
from runner.practice.node.container_runtime import ContainerRuntime
from runner.practice.node.container_setup import configuration_problem, container_config
from runner.practice.node.container_status import Container, waiting
from runner.practice.node.image_pull import PodLife
from runner.practice.node.lifecycle_hooks import HookFailed, failure_message, run_hook
from runner.practice.node.volume_keeper import VolumeKeeper

CREATED_WITH_COLON_SINCE = 32
HOOK_LOOK_SECONDS = 0.05
NEVER = "1970-01-01T00:00:00Z"
"""When a container began that could not be started."""
REFUSED = ("CreateContainerConfigError", "CreateContainerError")
"""Reasons of a StartError after which the kubelet tries again, without counting a restart."""


class StartedPod(PodLife, Protocol):
    """What a start needs of the pod's worker."""

    async def config_retry(self) -> None:
        """Wait until it is worth trying again."""
        ...

    def with_addresses(self) -> Object:
        """The pod with its addresses, which may not be written yet."""
        ...

    async def network_up_to_date(self) -> None: ...

    def end(self, container: Container, exit_: Exit) -> None: ...

    async def stop_gently(self, container: Container, grace: float) -> Exit: ...

    @property
    def grace(self) -> float:
        """Seconds that its containers have to end."""
        ...


class Starter:
    """Starts the containers of one pod."""

    def __init__(
        self, worker: StartedPod, cluster: ClusterContext, runtime: ContainerRuntime, volumes: VolumeKeeper
    ) -> None:
        self._worker, self._cluster, self._runtime, self._volumes = worker, cluster, runtime, volumes
        self.asked: set[str] = set()
        """The ids of the containers that the runtime was asked to start."""

    async def all_in_turn(
        self, containers: Sequence[Container], keep: Callable[[Container], asyncio.Task[None]]
    ) -> None:
        """Have a pod's main containers begin, and wait for their ends. One with a postStart hook holds up those after it
        until the hook has ended, or it can't be started: the kubelet starts them one after the other."""
        kept = []
        for container in containers:
            kept.append(keep(container))
            if (self._worker.spec(container).get("lifecycle") or {}).get("postStart") and self._runtime.runs:
                while container.state == waiting("ContainerCreating"):  # noqa: ASYNC110 (it is left in many places)
                    await asyncio.sleep(HOOK_LOOK_SECONDS)
        await asyncio.gather(*kept)

    async def start(self, container: Container) -> bool:
        """Start it anew; gives whether it runs now. Waits as long as its configuration can't be made."""
        await self._configure(container)
        if container.ended:
            container.last_state = container.state
        if container.last_state:
            container.restarts += 1
        seed = f"{uid_of(self._worker.pod)}/{container.name}/{container.restarts}"
        container.container_id = f"containerd://{hashlib.sha256(seed.encode()).hexdigest()}"
        try:
            await self._started_by_runtime(container)
        except StartError as error:
            self._report_created(container)
            self._worker.report("Warning", "Failed", f"Error: {error.message}", container)
            container.state = {"running": {"startedAt": NEVER}}
            self._worker.end(container, Exit(error.code, error.reason, error.message))
            return False
        began = now()
        container.began = asyncio.get_running_loop().time()
        self._report_created(container)
        self._worker.report("Normal", "Started", f"Started container {container.name}", container)
        well = await self._after_start(container)
        container.state = {"running": {"startedAt": began}}
        if not well:
            self._worker.end(container, await self._worker.stop_gently(container, self._worker.grace))
        return well

    async def start_again(self, container: Container, ran_for: float) -> bool:
        """Have one run that ran before this process did, as if it had never stopped; gives whether it could be."""
        try:
            await self._in_runtime(container, ran_for)
        except StartError as error:
            self._worker.report("Warning", "Failed", f"Error: {error.message}", container)
            self._worker.end(container, Exit(error.code, error.reason, error.message))
            return False
        return True

    def _report_created(self, container: Container) -> None:
        colon = ":" if self._cluster.minor >= CREATED_WITH_COLON_SINCE else ""
        self._worker.report("Normal", "Created", f"Created container{colon} {container.name}", container)

    async def _configure(self, container: Container) -> None:
        """Until everything that it refers to is there."""
        store, minor = self._cluster.store, self._cluster.minor
        while problem := configuration_problem(
            store, minor, self._worker.with_addresses(), self._worker.spec(container)
        ):
            await self._refused(container, "CreateContainerConfigError", problem)
        for skipped in skipped_names(store, self._worker.pod, self._worker.spec(container), minor):
            self._worker.report("Warning", "InvalidEnvironmentVariableNames", skipped)

    async def _started_by_runtime(self, container: Container) -> None:
        """Ask the runtime until it takes the configuration. Raises StartError where it took it and could not start."""
        while True:
            try:
                return await self._in_runtime(container, 0.0)
            except StartError as error:
                if error.reason not in REFUSED:
                    raise
                await self._refused(container, error.reason, error.message)

    async def _refused(self, container: Container, reason: str, message: str) -> None:
        if container.state != waiting(reason, message):
            container.state = waiting(reason, message)
            self._worker.show()
        self._worker.report("Warning", "Failed", f"Error: {message}", container)
        await self._worker.config_retry()

    async def _in_runtime(self, container: Container, ran_for: float) -> None:
        pod, volumes = self._worker.with_addresses(), self._volumes.volumes
        config = container_config(
            self._cluster.store,
            self._cluster.minor,
            pod,
            self._worker.spec(container),
            container.container_id,
            volumes,
        )
        self.asked.add(container.container_id)
        self._runtime.prepare()
        await self._worker.network_up_to_date()
        try:
            await self._runtime.start(config, volumes.configs, pod, ran_for)
        except ConnectionError as error:
            raise StartError("the container runtime has ended", "Unknown", 255) from error

    async def _after_start(self, container: Container) -> bool:
        """Run the hook postStart; gives whether the container may go on."""
        spec = self._worker.spec(container)
        hook = (spec.get("lifecycle") or {}).get("postStart")
        if not hook or not self._runtime.runs:
            return True
        self._worker.show()  # its id is seen while the hook runs
        minor = self._cluster.minor
        try:
            speed = self._cluster.container_speed
            await run_hook(self._runtime, container.container_id, spec, hook, minor, speed)
        except HookFailed as error:
            pod = self._worker.pod
            shown = f"{name_of(pod)}_{namespace_of(pod)}({uid_of(pod)})"
            message = failure_message("PostStart", hook, container.name, shown, error, minor)
            self._worker.report("Warning", "FailedPostStartHook", message, container)
            self._worker.report("Normal", "Killing", "FailedPostStartHook", container)
            return False
        return True
