"""ValidatingAdmissionPolicy: what is refused at admission, in CEL."""

from __future__ import annotations

from typing import Any

from runner.practice.kinds.admission_policy_rules import policy
from runner.practice.kinds.default_values import fill
from runner.practice.kinds.match_resources import default_match_resources
from runner.practice.machinery.kind import FOREVER, STATUS, Kind, Version
from runner.practice.machinery.tables.cells import UNSET
from runner.practice.machinery.tables.columns import Object, View, printer


def set_defaults(obj: Object, minor: int) -> None:
    spec = obj.setdefault("spec", {})
    fill(spec, failurePolicy="Fail")
    if spec.get("matchConstraints"):
        default_match_resources(spec["matchConstraints"])


def cells(obj: Object, view: View) -> list[Any]:
    spec = obj.get("spec") or {}
    kind = spec.get("paramKind")
    shown = f"{kind.get('apiVersion', '')}/{kind.get('kind', '')}" if kind else UNSET
    return [obj["metadata"]["name"], len(spec.get("validations") or ()), shown, view.age(obj)]


VALIDATING_ADMISSION_POLICY = Kind(
    group="admissionregistration.k8s.io",
    name="ValidatingAdmissionPolicy",
    plural="validatingadmissionpolicies",
    versions=(Version("v1", since=30),),
    categories=("api-extensions",),
    namespaced=False,
    subresources=(STATUS,),
    set_defaults=set_defaults,
    validate=policy,
    versioned_updates_until=FOREVER,
    generation_since=0,
    printer=printer(cells, "Name", "Validations:integer", "ParamKind", "Age"),
)
