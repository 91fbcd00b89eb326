"""The annotation in which a DaemonSet still counts its templates; clients can't change it."""

from __future__ import annotations

from runner.practice.admission.admission_chain import Plugin, enter
from runner.practice.admission.admission_request import Request

TEMPLATE_GENERATION = "deprecated.daemonset.template.generation"


@enter
class DaemonSetGeneration(Plugin):
    """No plugin of the real server's, which does this as it stores a DaemonSet."""

    name = "DaemonSetGeneration"
    resources = frozenset({"daemonsets.apps"})

    def admit(self, request: Request) -> None:
        obj, old, count = request.object, request.old, "1"
        if request.operation == "DELETE":
            return
        if old is not None:
            before = (old["metadata"].get("annotations") or {}).get(TEMPLATE_GENERATION, "1")
            parts = ("template", "updateStrategy")
            same = all(obj["spec"].get(part) == old["spec"].get(part) for part in parts)
            count = before if same else str(int(before) + 1)
        annotations = {**(obj["metadata"].get("annotations") or {}), TEMPLATE_GENERATION: count}
        request.object = {**obj, "metadata": {**obj["metadata"], "annotations": annotations}}
