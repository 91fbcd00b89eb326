"""DefaultIngressClass: an Ingress that names no class gets the cluster's default one."""

from __future__ import annotations

from runner.practice.admission.admission_chain import Plugin, enter
from runner.practice.kinds.ingressclass_kind import INGRESS_CLASS
from runner.practice.machinery.admission_request import Request

DEFAULT = "ingressclass.kubernetes.io/is-default-class"
NAMED_BEFORE = "kubernetes.io/ingress.class"
"""The annotation from before there were classes."""
NEWEST_SINCE = 26
"""The minor since which several default classes are no mistake."""


@enter
class DefaultIngressClass(Plugin):
    """Of several default ones the newest is taken, of those of one moment the first by name."""

    name = "DefaultIngressClass"
    resources = frozenset({"ingresses.networking.k8s.io"})

    def admit(self, request: Request) -> None:
        if request.operation != "CREATE":
            return
        spec = request.object.get("spec") or {}
        annotations = request.object["metadata"].get("annotations") or {}
        if NAMED_BEFORE in annotations or spec.get("ingressClassName") is not None:
            return
        classes = [
            one
            for one in request.store.list(INGRESS_CLASS.key)
            if (one["metadata"].get("annotations") or {}).get(DEFAULT) == "true"
        ]
        if not classes:
            return
        if len(classes) > 1 and request.minor < NEWEST_SINCE:
            raise request.forbidden(
                f"Internal error occurred: {len(classes)} default IngressClasses were found, only 1 allowed"
            )
        newest = max(one["metadata"]["creationTimestamp"] for one in classes)
        chosen = next(one for one in classes if one["metadata"]["creationTimestamp"] == newest)
        spec = {**spec, "ingressClassName": chosen["metadata"]["name"]}
        request.object = {**request.object, "spec": spec}
