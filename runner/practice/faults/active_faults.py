"""Fault injection: what goes wrong in real clusters, added and cleared on demand.

A fault only says what is wrong and with what. Kubelet, scheduler, load balancer and API ask here, and then
set the fields and events that a real cluster shows. Faults are kept in the store, under a resource that
no API serves: they outlive a restart and are gone after a reset.
"""

from __future__ import annotations

import fnmatch
import math
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from runner.practice.authorization.rbac import denial
from runner.practice.faults.fault_kinds import KINDS, FaultScope
from runner.practice.machinery.errors import ApiError, internal, service_unavailable, unauthorized
from runner.practice.machinery.request_attributes import Attributes
from runner.practice.machinery.store import Key, Object, Store
from runner.practice.machinery.users import User

RESOURCE = "faults.practice.labgate.dev"
_FORMER_RESOURCE = "troubles.practice.labgate.dev"

OF_IMAGES = ("image-pull", "pull-rate-limit")
WRITES = ("create", "update", "patch", "delete", "deletecollection")

INJECTOR_SILENT = (
    'failed calling webhook "namespace.sidecar-injector.istio.io": failed to call webhook: Post '
    '"https://istiod.istio-system.svc:443/inject?timeout=10s": context deadline exceeded'
)
UNAVAILABLE = "the server is currently unable to handle the request"


@dataclass(frozen=True, slots=True)
class Fault:
    """One active fault.

    `target` is a pattern (`*`, `?`): the name of the workload, pod, service or image, or namespace/name of
    it; of a forbidden one the resource (`deployments.apps`, `pods`); "" is everything. `options`, by kind:
    image-pull `because` (not-found) or `message` (the runtime's own error); crash-loop `because` (error),
    `exit_code`, `reason` and `log` (lines); not-ready `because` (503) and `probe` (readiness); slow-start
    `seconds` until ready (60); unschedulable `because` (cpu); creation-refused `message`; load-balancer-pending
    `message` and `reason` of the event (none: as where nothing provides load balancers); forbidden `verbs` (all
    writes); api-unavailable and unauthorized `seconds` until it ends (0: until cleared), api-slow `seconds` that
    each answer takes (3).
    """

    kind: str
    target: str = ""
    options: Mapping[str, Any] = field(default_factory=dict)

    @property
    def id(self) -> str:
        return f"{self.kind}:{self.target}"

    def number(self, option: str, default: float) -> float:
        return float(self.options.get(option, default))

    def text(self, option: str, default: str = "") -> str:
        return str(self.options.get(option) or default)

    def means(self, *names: str) -> bool:
        """Whether its target is one of `names`."""
        return not self.target or any(fnmatch.fnmatchcase(name, self.target) for name in names)


class UnknownFaultError(ValueError):
    """An unknown kind, option or value."""


class Faults:
    """The active faults of one cluster."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._take_over()

    def add(self, kind: str, target: str = "", **options: Any) -> Fault:
        """Add a fault; one of the same kind and target is replaced.

        Raises UnknownFaultError.
        """
        _check(kind, options)
        if kind in ("api-unavailable", "unauthorized") and options.get("seconds"):
            options["until"] = time.time() + float(options["seconds"])
        fault = Fault(kind, target, options)
        key = Key(RESOURCE, "", fault.id)
        if self._store.get(key):
            self._store.delete(key)
        spec = {"kind": kind, "target": target, "options": dict(options)}
        self._store.create(RESOURCE, {"metadata": {"name": fault.id}, "spec": spec})
        return fault

    def _take_over(self) -> None:
        """Keep what an earlier release stored under the resource's former name."""
        for obj in self._store.list(_FORMER_RESOURCE):
            self._store.delete(Key(_FORMER_RESOURCE, "", obj["metadata"]["name"]))
            self._store.create(RESOURCE, {"metadata": {"name": obj["metadata"]["name"]}, "spec": obj["spec"]})

    def read(self, kind: str, target: str) -> Fault:
        """The fault that `add` would make. Raises UnknownFaultError."""
        _check(kind, {})
        return Fault(kind, target)

    def clear(self, kind: str = "", target: str | None = None) -> int:
        """Clear all, those of a kind, or one; returns how many."""
        gone = [
            fault
            for fault in self.active()
            if (not kind or fault.kind == kind) and (target is None or fault.target == target)
        ]
        for fault in gone:
            self._store.delete(Key(RESOURCE, "", fault.id))
        return len(gone)

    def active(self) -> list[Fault]:
        """The active faults, by kind and target."""
        return [fault_of(obj) for obj in self._store.list(RESOURCE)]

    def of_image(self, image: str, pod: Object) -> Fault | None:
        """Why `image` can't be pulled for a pod."""
        names = (image, *_names(pod))
        return next((t for t in self.active() if t.kind in OF_IMAGES and t.means(*names)), None)

    def of_pod(self, kind: str, pod: Object) -> Fault | None:
        """The fault of `kind` that a pod has, by its own name or its workload's."""
        return next((t for t in self.active() if t.kind == kind and t.means(*_names(pod))), None)

    def of_service(self, service: Object) -> Fault | None:
        """Why a load balancer gets no address."""
        wanted = (t for t in self.active() if t.kind == "load-balancer-pending")
        return next((t for t in wanted if _of_service(t, service)), None)

    def of_node(self, name: str) -> Fault | None:
        """Why a node is not ready."""
        return next((t for t in self.active() if t.kind == "node-not-ready" and t.means(name)), None)

    def affected(self, fault: Fault) -> list[str]:
        """The existing objects that have it: `namespace/name` of pods and Services, names of nodes."""
        scope = KINDS[fault.kind].scope
        if scope is FaultScope.PODS:
            pods = [pod for pod in self._store.list("pods") if self._of(fault, pod)]
            return [_full_name(pod) for pod in pods]
        if scope is FaultScope.SERVICE:
            return [_full_name(each) for each in self._store.list("services") if _of_service(fault, each)]
        if scope is FaultScope.NODE:
            return [
                name for each in self._store.list("nodes") if fault.means(name := each["metadata"]["name"])
            ]
        return []

    def _of(self, fault: Fault, pod: Object) -> bool:
        images = [c.get("image", "") for c in pod["spec"].get("containers") or ()]
        return fault.means(*_names(pod), *(images if fault.kind in OF_IMAGES else ()))

    def pods_to_replace(self, fault: Fault) -> list[Object]:
        """Running pods that must be replaced to have the fault."""
        if not KINDS[fault.kind].replaces:
            return []
        return [pod for pod in self._store.list("pods") if self._of(fault, pod)]

    def creation_refusal(self, pod: Object) -> ApiError | None:
        """Why a pod can't be created; the words are the API server's for a webhook that does not answer."""
        fault = self.of_pod("creation-refused", pod)
        return None if fault is None else internal(fault.text("message", INJECTOR_SILENT))

    @property
    def delay(self) -> float:
        """Seconds that every answer of the API takes now."""
        return max((t.number("seconds", 3) for t in self.active() if t.kind == "api-slow"), default=0.0)

    def refusal(self, verb: str, resource: str, namespace: str, name: str, user: str) -> ApiError | None:
        """Why the API refuses a request; None if it does not. `resource` "" is discovery."""
        for fault in self.active():
            if fault.kind == "api-unavailable" and _lasts(fault):
                return service_unavailable(UNAVAILABLE)
            if fault.kind == "unauthorized" and _lasts(fault):
                return unauthorized()
            if fault.kind == "forbidden" and resource and _forbids(fault, verb, resource):
                return _denial(verb, resource, namespace, name, user)
        return None


def _check(kind: str, options: Mapping[str, Any]) -> None:
    if kind not in KINDS:
        raise UnknownFaultError(f"there is no such kind of fault: {kind}; there are: {', '.join(KINDS)}")
    known = KINDS[kind].options
    for name, value in options.items():
        if name not in known:
            there = ", ".join(known) or "none"
            raise UnknownFaultError(f"{kind} has no option {name}; its options: {there}")
        if known[name] and str(value) not in known[name]:
            raise UnknownFaultError(f"{name} of {kind} is one of: {', '.join(known[name])}; not {value}")


def _full_name(obj: Object) -> str:
    return f"{obj['metadata'].get('namespace', '')}/{obj['metadata']['name']}"


def _of_service(fault: Fault, service: Object) -> bool:
    return fault.means(service["metadata"]["name"], _full_name(service))


def fault_of(obj: Object) -> Fault:
    """The fault that is kept in an object of RESOURCE."""
    spec = obj["spec"]
    return Fault(spec["kind"], spec["target"], spec["options"])


def _lasts(fault: Fault) -> bool:
    return time.time() < fault.number("until", math.inf)


def _forbids(fault: Fault, verb: str, resource: str) -> bool:
    verbs = fault.options.get("verbs") or WRITES
    return verb in verbs and fault.means(resource, resource.partition(".")[0])


def _denial(verb: str, resource: str, namespace: str, name: str, user: str) -> ApiError:
    """The error for a request that no role allows."""
    full, _, group = resource.partition(".")
    plural, _, subresource = full.partition("/")
    return denial(User(user), Attributes(verb, group, plural, subresource, namespace, name))


def _names(pod: Object) -> list[str]:
    """The names by which a fault of a pod can be given: the pod, and the workload that its name begins with."""
    meta = pod["metadata"]
    names = [meta["name"]]
    for owner in meta.get("ownerReferences") or ():
        names.append(owner["name"])
        template = (meta.get("labels") or {}).get("pod-template-hash")
        if template and owner["name"].endswith(f"-{template}"):
            names.append(owner["name"].removesuffix(f"-{template}"))
    return names + [f"{meta.get('namespace', '')}/{name}" for name in names]
