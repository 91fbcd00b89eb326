"""A pod's status, computed from the states of its containers as a kubelet does it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from runner.practice.containers.container_config import Exit
from runner.practice.controllers.object_helpers import condition, now
from runner.practice.machinery.store import Object

SANDBOX_CONDITION_SINCE = 29
HOST_IPS_SINCE = 28


@dataclass(slots=True)
class Container:
    """The state of one container; `state` and `last_state` are as the API has them."""

    name: str
    image: str
    state: Object
    init: bool = False
    sidecar: bool = False  # an init container that keeps running
    ephemeral: bool = False
    last_state: Object = field(default_factory=dict)
    started: bool = False
    """Whether its startup probe has succeeded; without one it has with the container."""
    ready: bool = False
    began: float = 0.0
    """When it started last, in the loop's time."""
    restarts: int = 0
    back_offs: int = 0
    """How often it was started again since it last ran well."""
    container_id: str = ""
    image_id: str = ""

    @property
    def field(self) -> str:
        """Where the pod's spec has it."""
        return "ephemeralContainers" if self.ephemeral else "initContainers" if self.init else "containers"

    @property
    def running(self) -> bool:
        return "running" in self.state

    @property
    def ended(self) -> Object | None:
        """The `terminated` state."""
        return self.state.get("terminated")

    @property
    def initialized(self) -> bool:
        """Whether an init container lets the next one begin."""
        if self.sidecar:
            return self.running and self.started
        return self.ended is not None and self.ended["exitCode"] == 0

    def end(self, exit_: Exit) -> None:
        """It ran, and has ended."""
        terminated: Object = {
            "containerID": self.container_id,
            "exitCode": exit_.code,
            "finishedAt": now(),
            "reason": exit_.reason or ("Error" if exit_.code else "Completed"),
            "startedAt": self.state["running"]["startedAt"],
        }
        self.state = {"terminated": terminated | ({"message": exit_.message} if exit_.message else {})}
        self.ready = self.started = False

    def as_status(self) -> Object:
        status: Object = {
            "name": self.name,
            "state": self.state,
            "lastState": self.last_state,
            "ready": self.initialized if self.init and not self.sidecar else self.ready,
            "restartCount": self.restarts,
            "image": self.image,
            "imageID": self.image_id,
            "started": self.running and self.started,
        }
        if self.container_id:
            status["containerID"] = self.container_id
        return dict(sorted(status.items()))


def waiting(reason: str, message: str = "") -> Object:
    return {"waiting": {"message": message, "reason": reason} if message else {"reason": reason}}


def restored(spec: Object, status: Object | None, *, init: bool, first: str) -> Container:
    """A container as its last status has it, or new with the reason `first`."""
    sidecar = init and spec.get("restartPolicy") == "Always"
    if status is None:
        return Container(spec["name"], spec.get("image", ""), waiting(first), init, sidecar)
    return Container(
        name=spec["name"],
        image=str(status.get("image", spec.get("image", ""))),
        state=status.get("state") or waiting(first),
        init=init,
        sidecar=sidecar,
        last_state=status.get("lastState") or {},
        started=bool(status.get("started")),
        ready=bool(status.get("ready")),
        restarts=int(status.get("restartCount", 0)),
        back_offs=int(status.get("restartCount", 0)),
        container_id=status.get("containerID", ""),
        image_id=status.get("imageID", ""),
    )


def all_restored(pod: Object, specs: str, field: str) -> list[Container]:
    """The containers of a pod's `specs` by their last statuses in `field`."""
    known = {entry["name"]: entry for entry in pod.get("status", {}).get(field) or ()}
    first = "PodInitializing" if pod["spec"].get("initContainers") else "ContainerCreating"
    return [
        restored(spec, known.get(spec["name"]), init=specs == "initContainers", first=first)
        for spec in pod["spec"].get(specs) or ()
    ]


def phase(policy: str, init: Sequence[Container], main: Sequence[Container]) -> str:
    """Pending, Running, Succeeded or Failed. `policy` is the pod's restartPolicy."""
    failed = [c for c in init if not c.sidecar and c.ended and c.ended["exitCode"]]
    accompanied = any(c.running for c in init)
    if failed and policy == "Never":
        return "Pending" if accompanied else "Failed"
    if any(not c.initialized for c in init if not c.sidecar):
        return "Pending"
    if any("waiting" in c.state and not c.last_state for c in main):
        return "Pending"
    if any(c.running for c in main) or accompanied or policy == "Always":
        return "Running"
    ends = [c.ended or c.last_state.get("terminated") for c in main]
    if all(end and end["exitCode"] == 0 for end in ends):
        return "Succeeded"
    return "Failed" if policy == "Never" else "Running"


def conditions(
    pod: Object,
    pod_phase: str,
    init: Sequence[Container],
    main: Sequence[Container],
    minor: int,
    *,
    sandbox: bool,
) -> list[Object]:
    """All conditions of a pod on a node, in the order in which a kubelet of `minor` has them."""
    found = _found(pod_phase, init, main)
    found = [made | _gates(pod) if made == {"type": "Ready", "status": "True"} else made for made in found]
    if minor >= SANDBOX_CONDITION_SINCE:
        up = sandbox and pod_phase not in ("Succeeded", "Failed")
        found = [{"type": "PodReadyToStartContainers", "status": "True" if up else "False"}, *found]
    found.append({"type": "PodScheduled", "status": "True"})
    mine = {made["type"] for made in found}
    others = [c for c in pod.get("status", {}).get("conditions") or () if c["type"] not in mine]
    return [_since(pod, made) for made in found] + others


def _found(pod_phase: str, init: Sequence[Container], main: Sequence[Container]) -> list[Object]:
    if pod_phase == "Succeeded":
        done = {"reason": "PodCompleted"}
        return [
            {"type": "Initialized", "status": "True", **done},
            {"type": "Ready", "status": "False", **done},
            {"type": "ContainersReady", "status": "False", **done},
        ]
    incomplete = [c.name for c in init if not c.initialized]
    initialized: Object = {"type": "Initialized", "status": "True"}
    if incomplete:
        message = f"containers with incomplete status: [{' '.join(incomplete)}]"
        initialized |= {"status": "False", "reason": "ContainersNotInitialized", "message": message}
    unready = [c.name for c in main if not c.ready] + [c.name for c in init if c.sidecar and not c.ready]
    why: Object = {"status": "True"}
    if pod_phase == "Failed":
        why = {"status": "False", "reason": "PodFailed"}
    elif unready:
        message = f"containers with unready status: [{' '.join(unready)}]"
        why = {"status": "False", "reason": "ContainersNotReady", "message": message}
    return [initialized, {"type": "Ready", **why}, {"type": "ContainersReady", **why}]


def gate_conditions(pod: Object) -> list[Object | None]:
    """The condition for each of the pod's readiness gates, None if it is not set."""
    return [condition(pod, gate["conditionType"]) for gate in pod["spec"].get("readinessGates") or ()]


def _gates(pod: Object) -> Object:
    """What keeps a pod whose containers are ready from being ready itself (kubelet: status.GeneratePodReadyCondition)."""
    messages = []
    for gate, status in zip(pod["spec"].get("readinessGates") or (), gate_conditions(pod), strict=True):
        name = gate["conditionType"]
        if status is None:
            messages.append(f'corresponding condition of pod readiness gate "{name}" does not exist.')
        elif status["status"] != "True":
            messages.append(
                f'the status of pod readiness gate "{name}" is not "True", but {status["status"]}'
            )
    if not messages:
        return {}
    return {"status": "False", "reason": "ReadinessGatesNotReady", "message": ", ".join(messages)}


def _since(pod: Object, made: Mapping[str, str]) -> Object:
    old = condition(pod, made["type"])
    kept = old is not None and old["status"] == made["status"]
    moment = old["lastTransitionTime"] if old and kept else now()
    return {"lastProbeTime": None, "lastTransitionTime": moment, **made}
