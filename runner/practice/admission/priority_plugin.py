"""Priority: what a pod's PriorityClass stands for, and that there is one default."""

from __future__ import annotations

from typing import Any

from runner.practice.admission.admission_chain import Plugin, enter
from runner.practice.machinery.admission_request import Request
from runner.practice.machinery.store import Key, Store

Object = dict[str, Any]

RESOURCE = "priorityclasses.scheduling.k8s.io"
PREEMPTS = "PreemptLowerPriority"


@enter
class Priority(Plugin):
    """Resolves `priorityClassName` of new pods; of PriorityClasses it refuses a second default."""

    name = "Priority"
    resources = frozenset({"pods", RESOURCE})

    def admit(self, request: Request) -> None:
        if request.resource != "pods" or request.operation == "DELETE":
            return
        spec = dict(request.object.get("spec") or {})
        if request.operation == "UPDATE":
            self._keep(request, spec)
            return
        found = self._class_of(request, spec)
        value, policy = int(found.get("value", 0)), found.get("preemptionPolicy") or PREEMPTS
        if found and not spec.get("priorityClassName"):
            spec["priorityClassName"] = found["metadata"]["name"]
        if spec.get("priority", value) != value:
            raise request.forbidden(
                f"the integer value of priority ({spec['priority']}) must not be provided in pod spec;"
                f" priority admission controller computed {value} from the given PriorityClass name"
            )
        if spec.get("preemptionPolicy", policy) != policy:
            raise request.forbidden(
                f"the string value of PreemptionPolicy ({spec['preemptionPolicy']}) must not be provided in pod"
                f" spec; priority admission controller computed {policy} from the given PriorityClass name"
            )
        spec["priority"], spec["preemptionPolicy"] = value, policy
        request.object = {**request.object, "spec": spec}

    def _keep(self, request: Request, spec: Object) -> None:
        """An update that leaves them out leaves them as they are."""
        before = (request.old or {}).get("spec") or {}
        for field in ("priority", "preemptionPolicy"):
            if field not in spec and field in before:
                spec[field] = before[field]
        request.object = {**request.object, "spec": spec}

    def _class_of(self, request: Request, spec: Object) -> Object:
        name = spec.get("priorityClassName")
        if not name:
            return default_class(request.store) or {}
        found = request.store.get(Key(RESOURCE, "", name))
        if found is None:
            raise request.forbidden(f"no PriorityClass with name {name} was found")
        return found

    def check(self, request: Request) -> None:
        if request.resource != RESOURCE or not request.object.get("globalDefault"):
            return
        default = default_class(request.store)
        if default is not None and default["metadata"]["name"] != request.name:
            raise request.forbidden(
                f"PriorityClass {default['metadata']['name']} is already marked as default."
                " Only one default can exist"
            )


def default_class(store: Store) -> Object | None:
    """The class of pods that name none: of several the one with the lowest value."""
    found = [each for each in store.list(RESOURCE) if each.get("globalDefault")]
    return min(found, key=lambda each: int(each.get("value", 0)), default=None)
