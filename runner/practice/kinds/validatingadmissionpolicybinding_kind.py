"""ValidatingAdmissionPolicyBinding: to what a policy applies."""

from __future__ import annotations

from typing import Any

from runner.practice.kinds.admission_policy_rules import binding
from runner.practice.kinds.match_resources import default_match_resources
from runner.practice.machinery.kind import FOREVER, Kind, Version
from runner.practice.machinery.tables.cells import UNSET
from runner.practice.machinery.tables.columns import Object, View, printer


def set_defaults(obj: Object, minor: int) -> None:
    found = obj.setdefault("spec", {}).get("matchResources")
    if found:
        default_match_resources(found)


def cells(obj: Object, view: View) -> list[Any]:
    spec = obj.get("spec") or {}
    found, shown = spec.get("paramRef"), UNSET
    if found:
        shown = "/".join(part for part in (found.get("namespace"), found.get("name")) if part)
    return [obj["metadata"]["name"], spec.get("policyName", ""), shown, view.age(obj)]


VALIDATING_ADMISSION_POLICY_BINDING = Kind(
    group="admissionregistration.k8s.io",
    name="ValidatingAdmissionPolicyBinding",
    plural="validatingadmissionpolicybindings",
    versions=(Version("v1", since=30),),
    categories=("api-extensions",),
    namespaced=False,
    set_defaults=set_defaults,
    validate=binding,
    versioned_updates_until=FOREVER,
    generation_since=0,
    printer=printer(cells, "Name", "PolicyName", "ParamRef", "Age"),
)
