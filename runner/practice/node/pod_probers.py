"""The probes of one pod, made again and again by the kubelet's rules (k8s.io/kubernetes, pkg/kubelet/prober/worker.go)."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from dataclasses import dataclass
from typing import Protocol

from runner.practice.containers.container_config import NoSuchContainer
from runner.practice.containers.probe_messages import ProbeResult
from runner.practice.controllers.cluster_context import ClusterContext
from runner.practice.machinery.store import Object
from runner.practice.node.container_runtime import ContainerRuntime
from runner.practice.node.container_status import Container
from runner.practice.node.probe_actions import NoSuchPort, probe_action

log = logging.getLogger(__name__)

KINDS = ("startup", "liveness", "readiness")
TIMEOUT_SECONDS_NAMED_SINCE, RESULT_NAMED_SINCE = 30, 33


class ProbedPod(Protocol):
    """What probers need of the pod's worker."""

    def spec(self, container: Container) -> Object: ...

    def report(self, kind: str, reason: str, message: str, container: Container | None = None) -> None: ...

    def show(self) -> None: ...

    def look(self) -> None:
        """Something has changed of a container that runs."""
        ...


class Changed(Protocol):
    """Is told that a probe of a container has a new result."""

    def __call__(self, container: Container, kind: str, *, good: bool) -> None: ...


@dataclass(frozen=True, slots=True)
class FailedProbe:
    """Why a container must be restarted."""

    kind: str
    grace: float | None
    """The probe's own terminationGracePeriodSeconds."""


class Probers:
    """A prober for each container and kind of probe; `containers` are those of the pod, sidecars included."""

    def __init__(
        self, pod: ProbedPod, containers: list[Container], cluster: ClusterContext, runtime: ContainerRuntime
    ) -> None:
        self._tasks: list[asyncio.Task[None]] = []
        self._pod = pod
        self._probers = {
            (container.name, kind): Prober(pod, container, kind, probe, cluster, runtime, self._changed)
            for container in containers
            for kind in KINDS
            if (probe := pod.spec(container).get(f"{kind}Probe"))
        }

    def start(self) -> None:
        loop = asyncio.get_running_loop()
        for prober in self._probers.values():
            task = loop.create_task(prober.run())
            task.add_done_callback(_log_failure)
            self._tasks.append(task)

    def stop(self) -> None:
        for task in self._tasks:
            task.cancel()
        self._tasks.clear()

    def begin(self, container: Container) -> None:
        """The container has started, or started again: whether it is ready is asked at once."""
        container.started = (container.name, "startup") not in self._probers
        self._ask_readiness(container)

    def ready(self, container: Container) -> bool:
        """Whether its readiness probe says so; without one it is as soon as it has started."""
        readiness = self._probers.get((container.name, "readiness"))
        return container.started and (readiness is None or readiness.result is True)

    def failed(self, container: Container) -> FailedProbe | None:
        """The probe because of which it must be restarted."""
        for kind in ("startup", "liveness"):
            prober = self._probers.get((container.name, kind))
            if prober is not None and prober.on_hold:
                return FailedProbe(kind, prober.grace)
        return None

    def _changed(self, container: Container, kind: str, *, good: bool) -> None:
        """A probe has a new result."""
        if kind == "startup" and good:
            container.started = True
            self._pod.show()
            self._ask_readiness(container)
        self._pod.look()

    def _ask_readiness(self, container: Container) -> None:
        if container.started and (prober := self._probers.get((container.name, "readiness"))):
            prober.now.set()


class Prober:
    """One probe of one container, from the pod's beginning to its end, over all restarts."""

    def __init__(
        self,
        pod: ProbedPod,
        container: Container,
        kind: str,
        probe: Object,
        cluster: ClusterContext,
        runtime: ContainerRuntime,
        changed: Changed,
    ) -> None:
        self._changed = changed
        self._pod, self._container, self._kind, self._probe = pod, container, kind, probe
        self._cluster, self._runtime = cluster, runtime
        self._speed = cluster.settings.speed if kind == "readiness" else cluster.container_speed
        """A readiness probe kills nothing: to ask more often finds sooner what is true."""
        self._id = ""
        self._last: bool | None = None
        self._run_of_last = 0
        self._result: bool | None = None
        self._on_hold = False
        self.now = asyncio.Event()
        """Set: probe at once, not only with the next period."""

    @property
    def result(self) -> bool | None:
        """What holds of the container that runs now; None before there is a result."""
        return self._result if self._id == self._container.container_id else None

    @property
    def on_hold(self) -> bool:
        """Whether the container failed it for good and is to be restarted."""
        return self._on_hold and self._id == self._container.container_id

    @property
    def grace(self) -> float | None:
        found = self._probe.get("terminationGracePeriodSeconds")
        return None if found is None else float(found)

    async def run(self) -> None:
        """Probe with each period since the pod's beginning, as the kubelet's ticker has it, and when asked."""
        loop = asyncio.get_running_loop()
        period = float(self._probe.get("periodSeconds", 10)) / self._speed
        due = loop.time()
        while True:
            await self._once()
            while due <= loop.time():
                due += period
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout_at(due):
                    await self.now.wait()
            self.now.clear()

    async def _once(self) -> None:
        container = self._container
        if container.running and self._id != container.container_id:
            self._id, self._on_hold, self._result = container.container_id, False, None
        if not container.running or self._on_hold or container.started == (self._kind == "startup"):
            return
        ran = (asyncio.get_running_loop().time() - container.began) * self._speed
        if int(ran) < self._probe.get("initialDelaySeconds", 0):
            return
        probed = self._id
        good = await self._ask()
        if good is not None and container.running and container.container_id == probed:
            self._count(good=good)

    def _count(self, *, good: bool) -> None:
        self._run_of_last = self._run_of_last + 1 if self._last is good else 1
        self._last = good
        threshold = self._probe.get("successThreshold", 1) if good else self._probe.get("failureThreshold", 3)
        if self._run_of_last < threshold:
            return
        changed = self._result is not good
        self._result = good
        if not good and self._kind != "readiness":
            self._on_hold, self._run_of_last = True, 0
        if changed or self._on_hold:
            self._changed(self._container, self._kind, good=good)

    async def _ask(self) -> bool | None:
        """Whether it is well; None where that can't be known. Reports what is not well."""
        timeout = self._cluster.container_seconds(float(self._probe.get("timeoutSeconds", 1)))
        try:
            spec = self._pod.spec(self._container)
            action = probe_action(self._probe, spec, self._cluster.minor, timeout)
            if action is None:
                return None
            result = await self._runtime.probe(self._container.container_id, action)
        except NoSuchPort as error:
            result = ProbeResult("error", str(error))
        except (NoSuchContainer, ConnectionError):  # it ended meanwhile
            return None
        return self._reported(result)

    def _reported(self, result: ProbeResult) -> bool | None:
        kind, output = self._kind.capitalize(), result.output
        if result.outcome == "warning":
            self._pod.report("Warning", "ProbeWarning", f"{kind} probe warning: {output}", self._container)
        if result.outcome in ("success", "warning"):
            return True
        if result.outcome == "error":
            words = "errored"
            if self._cluster.minor >= RESULT_NAMED_SINCE:
                words = "errored and resulted in unknown state"
            if self._probe.get("exec"):
                output = (
                    "rpc error: code = Unknown desc = failed to exec in container: failed to start exec "
                    f'"{self._id.rpartition("/")[2]}": OCI runtime exec failed: exec failed: {output}'
                )
            self._report_unhealthy(f"{kind} probe {words}: {output}")
            return None
        self._report_unhealthy(f"{kind} probe failed: {self._timed_out(result) or output}")
        return False

    def _timed_out(self, result: ProbeResult) -> str:
        if result.outcome != "timed out":
            return ""
        command = " ".join(self._probe["exec"].get("command") or ())
        if self._cluster.minor >= TIMEOUT_SECONDS_NAMED_SINCE:
            seconds = self._probe.get("timeoutSeconds", 1)
            return f'command timed out: "{command}" timed out after {seconds}s'
        return f'command "{command}" timed out'

    def _report_unhealthy(self, message: str) -> None:
        self._pod.report("Warning", "Unhealthy", message, self._container)


def _log_failure(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and task.exception():
        log.error("a probe broke off", exc_info=task.exception())
