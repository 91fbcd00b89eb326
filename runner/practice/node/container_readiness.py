"""Whether a container is ready: as its probes say where it really runs, after a while where it only seems to, and as
the active faults want it."""

from __future__ import annotations

from runner.practice.controllers.cluster_context import ClusterContext
from runner.practice.node import fault_messages
from runner.practice.node.container_behavior import Ending
from runner.practice.node.container_status import Container
from runner.practice.node.image_pull import PodLife
from runner.practice.node.pod_probers import Probers

PROBE = 0.3
LONGEST_INITIAL_DELAY = 1.0
LIVENESS_KILLS_AFTER = 1.5


class Readiness:
    """Of the containers of one pod. `runs`: whether something really runs in them."""

    def __init__(self, worker: PodLife, probers: Probers, cluster: ClusterContext, *, runs: bool) -> None:
        self._worker, self._probers, self._cluster, self._runs = worker, probers, cluster, runs

    def begin(self, container: Container) -> None:
        """It has started."""
        if self._runs:
            self._probers.begin(container)
        else:
            container.started = True

    def ending(self) -> Ending | None:
        """How an active fault ends a container: it crashes, or its liveness probe fails as often as that is allowed."""
        crash = self._cluster.faults.of_pod("crash-loop", self._worker.pod)
        if crash:
            return fault_messages.crash(crash)
        fault = self._cluster.faults.of_pod("not-ready", self._worker.pod)
        if fault is None or fault.text("probe", "readiness") != "liveness":
            return None
        return Ending(LIVENESS_KILLS_AFTER, 137, "Error")

    def update(self, container: Container, elapsed: float) -> list[float]:
        """Set whether it is ready, `elapsed` seconds after its start; gives the seconds until that may change."""
        spec = self._worker.spec(container)
        probe = spec.get("readinessProbe")
        fault = self._cluster.faults.of_pod("not-ready", self._worker.pod)
        if fault:
            kind = fault.text("probe", "readiness").capitalize()
            self._set(container, ready=kind == "Liveness")
            failing = spec.get("livenessProbe") if kind == "Liveness" else probe
            error = fault_messages.probe_error(fault, failing, self._worker.pod)
            self._worker.report("Warning", "Unhealthy", f"{kind} probe failed: {error}", container)
            return [float((probe or {}).get("periodSeconds", 10))]
        delay = 0.0
        if probe and not self._runs:
            delay = min(float(probe.get("initialDelaySeconds", 0)), LONGEST_INITIAL_DELAY) + PROBE
        slow = self._cluster.faults.of_pod("slow-start", self._worker.pod)
        if slow:
            delay = max(delay, slow.number("seconds", 60))
        well = self._probers.ready(container) if self._runs else True
        self._set(container, ready=well and elapsed >= delay)
        return [] if elapsed >= delay else [delay - elapsed]

    def _set(self, container: Container, *, ready: bool) -> None:
        if container.ready != ready:
            container.ready = ready
            self._worker.show()
