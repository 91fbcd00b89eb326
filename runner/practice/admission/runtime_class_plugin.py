"""RuntimeClass: that the one a pod names is there, what it costs, and on which nodes it runs."""

from __future__ import annotations

from typing import Any

from runner.practice.admission.admission_chain import Plugin, enter
from runner.practice.machinery.admission_request import Request
from runner.practice.machinery.store import Key
from runner.practice.machinery.validation.quantity_format import amount

Object = dict[str, Any]

RESOURCE = "runtimeclasses.node.k8s.io"


@enter
class RuntimeClasses(Plugin):
    """Gives a new pod its class's overhead, node selector and tolerations."""

    name = "RuntimeClass"
    resources = frozenset({"pods"})

    def admit(self, request: Request) -> None:
        if request.operation != "CREATE":
            return
        found = _class_of(request)
        if found is None:
            return
        spec = dict(request.object["spec"])
        overhead = (found.get("overhead") or {}).get("podFixed")
        if overhead:
            if spec.get("overhead") and not _same(overhead, spec["overhead"]):
                raise request.forbidden(_OTHER)
            spec["overhead"] = overhead
        scheduling = found.get("scheduling") or {}
        selector = dict(spec.get("nodeSelector") or {})
        for key, value in (scheduling.get("nodeSelector") or {}).items():
            if selector.get(key, value) != value:
                raise request.forbidden(
                    f"conflict: runtimeClass.scheduling.nodeSelector[{key}] = {value};"
                    f" pod.spec.nodeSelector[{key}] = {selector[key]}"
                )
            selector[key] = value
        if selector:
            spec["nodeSelector"] = selector
        added = [t for t in scheduling.get("tolerations") or () if t not in (spec.get("tolerations") or ())]
        if added:
            spec["tolerations"] = [*(spec.get("tolerations") or ()), *added]
        request.object = {**request.object, "spec": spec}

    def check(self, request: Request) -> None:
        if request.operation != "CREATE":
            return
        found = _class_of(request) or {}
        wanted = (found.get("overhead") or {}).get("podFixed")
        given = request.object["spec"].get("overhead")
        if wanted and not _same(wanted, given or {}):
            raise request.forbidden(_OTHER)
        if given and not wanted:
            raise request.forbidden(
                "pod rejected: Pod Overhead set without corresponding RuntimeClass defined Overhead"
            )


_OTHER = "pod rejected: Pod's Overhead doesn't match RuntimeClass's defined Overhead"


def _class_of(request: Request) -> Object | None:
    name = request.object["spec"].get("runtimeClassName")
    if not name:
        return None
    found = request.store.get(Key(RESOURCE, "", name))
    if found is None:
        raise request.forbidden(f'pod rejected: RuntimeClass "{name}" not found')
    return found


def _same(one: Object, other: Object) -> bool:
    return {k: amount(v) for k, v in one.items()} == {k: amount(v) for k, v in other.items()}
