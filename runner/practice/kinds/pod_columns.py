"""The columns of pods: the one word that sums up what its containers do."""

from __future__ import annotations

from typing import Any

from runner.practice.machinery.tables.cells import NONE, ago, moment
from runner.practice.machinery.tables.columns import Object, View, printer

RESTARTS_WITH_TIME = 22


SIDECARS = 28


def pod(obj: Object, view: View) -> list[Any]:
    spec, status = obj.get("spec") or {}, obj.get("status") or {}
    summary = _Summary(obj, view)
    gates = spec.get("readinessGates") or ()
    met = sum(1 for gate in gates if _is_true(status, gate.get("conditionType", "")))
    return [
        obj["metadata"]["name"],
        f"{summary.ready}/{summary.total}",
        summary.reason,
        summary.restarts_cell(),
        view.age(obj),
        status.get("podIP") or NONE,
        spec.get("nodeName") or NONE,
        status.get("nominatedNodeName") or NONE,
        f"{met}/{len(gates)}" if gates else NONE,
    ]


def row_conditions(obj: Object) -> list[Object]:
    """What a row says beside its cells: that the pod has ended, so that kubectl can leave it out."""
    phase = (obj.get("status") or {}).get("phase")
    if phase not in ("Succeeded", "Failed"):
        return []
    text = "The pod has completed successfully." if phase == "Succeeded" else "The pod failed."
    return [{"type": "Completed", "status": "True", "reason": phase, "message": text}]


CONDITION_COUNTS_SINCE = 28
"""The minor since which a pod that is initialized shows its containers, however its sidecars ended."""


class _Summary:
    """Walks the statuses of a pod's containers; the last word wins as in the real printer."""

    def __init__(self, obj: Object, view: View) -> None:
        self._spec, self._status = obj.get("spec") or {}, obj.get("status") or {}
        self._view = view
        self.total = len(self._spec.get("containers") or ())
        self.ready = self.restarts = 0
        self._last_restart: list[str] = []
        self.reason = self._status.get("reason") or self._status.get("phase") or ""
        if view.minor >= SIDECARS and _gated(self._status):
            self.reason = "SchedulingGated"
        if not self._initializing() or (
            view.minor >= CONDITION_COUNTS_SINCE and _is_true(self._status, "Initialized")
        ):
            self._running()
        self._deleted(obj["metadata"])

    def restarts_cell(self) -> int | str:
        """The count; since 1.22 with how long ago the last one was."""
        if self._view.minor < RESTARTS_WITH_TIME:
            return self.restarts
        ended = [at for at in map(moment, self._last_restart) if at]
        if not ended or not self.restarts:
            return str(self.restarts)
        return f"{self.restarts} ({ago(self._view.now - max(ended))} ago)"

    def _initializing(self) -> bool:
        containers = self._spec.get("initContainers") or ()
        sidecars = {c["name"] for c in containers if c.get("restartPolicy") == "Always"}
        self.total += len(sidecars)
        kept: list[Object] = []
        for index, one in enumerate(self._status.get("initContainerStatuses") or ()):
            self._count(one)
            sidecar = one.get("name") in sidecars
            if sidecar and one.get("started"):
                kept.append(one)
                self.ready += bool(one.get("ready"))
                continue
            word = _init_word(one.get("state") or {}, index, len(containers))
            if word is not None:
                self.reason = f"Init:{word}"
                return True
        self.restarts, self._last_restart = 0, []
        for one in kept:
            self._count(one)
        return False

    def _running(self) -> None:
        has_running = False
        for one in reversed(self._status.get("containerStatuses") or ()):
            self._count(one)
            state = one.get("state") or {}
            waiting, ended = state.get("waiting"), state.get("terminated")
            if waiting and waiting.get("reason"):
                self.reason = waiting["reason"]
            elif ended is not None:
                self.reason = ended.get("reason") or _exit_word(ended)
            elif one.get("ready") and state.get("running") is not None:
                has_running = True
                self.ready += 1
        if self.reason == "Completed" and has_running:
            self.reason = "Running" if _is_true(self._status, "Ready") else "NotReady"

    def _count(self, one: Object) -> None:
        self.restarts += one.get("restartCount") or 0
        last = ((one.get("lastState") or {}).get("terminated") or {}).get("finishedAt")
        if last:
            self._last_restart.append(last)

    def _deleted(self, meta: Object) -> None:
        if "deletionTimestamp" not in meta:
            return
        if self._status.get("reason") == "NodeLost":
            self.reason = "Unknown"
        elif self._view.minor < SIDECARS or self._status.get("phase") not in ("Succeeded", "Failed"):
            self.reason = "Terminating"


def _init_word(state: Object, index: int, count: int) -> str | None:
    """What an init container is about; None if it has done its work."""
    ended, waiting = state.get("terminated"), state.get("waiting")
    if ended is not None:
        if not ended.get("exitCode"):
            return None
        return ended.get("reason") or _exit_word(ended)
    if waiting and waiting.get("reason") not in (None, "", "PodInitializing"):
        return str(waiting["reason"])
    return f"{index}/{count}"


def _exit_word(ended: Object) -> str:
    if ended.get("signal"):
        return f"Signal:{ended['signal']}"
    return f"ExitCode:{ended.get('exitCode', 0)}"


def _is_true(status: Object, kind: str) -> bool:
    return any(c.get("type") == kind and c.get("status") == "True" for c in status.get("conditions") or ())


def _gated(status: Object) -> bool:
    return any(
        c.get("type") == "PodScheduled" and c.get("reason") == "SchedulingGated"
        for c in status.get("conditions") or ()
    )


POD_PRINTER = printer(
    pod,
    "Name",
    "Ready",
    "Status",
    "Restarts",
    "Age",
    wide=("IP", "Node", "Nominated Node", "Readiness Gates"),
    row_conditions=row_conditions,
)
