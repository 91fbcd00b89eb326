"""StatefulSet: pods with names and storage that stay."""

from __future__ import annotations

from typing import Any

from runner.practice.kinds.default_values import NULL_TIMES_UNTIL, fill
from runner.practice.kinds.pod_lists import template_lists
from runner.practice.kinds.pod_spec_defaults import template_defaults
from runner.practice.kinds.status_rules import replica_counts
from runner.practice.kinds.workload_columns import parts, template_cells
from runner.practice.kinds.workload_rules import workload
from runner.practice.machinery.kind import FOREVER, SCALE, STATUS, Kind
from runner.practice.machinery.tables.columns import Object, View, printer
from runner.practice.machinery.validation.problems import Problems, Raw


def set_defaults(obj: Object, minor: int) -> None:
    spec = obj.setdefault("spec", {})
    fill(spec, podManagementPolicy="OrderedReady", replicas=1, revisionHistoryLimit=10, updateStrategy={})
    spec.setdefault("serviceName", "")
    strategy = spec["updateStrategy"]
    fill(strategy, type="RollingUpdate")
    if strategy["type"] == "RollingUpdate":
        fill(strategy, rollingUpdate={})
        fill(strategy["rollingUpdate"], partition=0)
    if minor >= 27:
        fill(spec, persistentVolumeClaimRetentionPolicy={})
        fill(spec["persistentVolumeClaimRetentionPolicy"], whenDeleted="Retain", whenScaled="Retain")
    for claim in spec.get("volumeClaimTemplates") or ():
        claim.update(apiVersion="v1", kind="PersistentVolumeClaim")
        if minor < NULL_TIMES_UNTIL:
            claim.setdefault("metadata", {}).setdefault("creationTimestamp", None)
        fill(claim.setdefault("spec", {}), volumeMode="Filesystem")
        claim["status"] = {"phase": "Pending"}
    template_defaults(spec, minor)


STATEFUL_FREE = ("replicas", "template", "updateStrategy")


STATEFUL_FREE_LATER = (
    *STATEFUL_FREE,
    "ordinals",
    "revisionHistoryLimit",
    "persistentVolumeClaimRetentionPolicy",
    "minReadySeconds",
)


def validate(problems: Problems, obj: Object, old: Object | None) -> None:
    spec = obj.get("spec") or {}
    workload(problems, spec, "statefulset")
    policies = ("OrderedReady", "Parallel")
    if spec.get("podManagementPolicy") not in policies:
        why = f"must be '{policies[0]}' or '{policies[1]}'"
        problems.invalid("spec.podManagementPolicy", spec.get("podManagementPolicy"), why)
    strategy = spec.get("updateStrategy") or {}
    rolling, kind, at = strategy.get("rollingUpdate"), strategy.get("type"), "spec.updateStrategy"
    if not kind:
        problems.required(at)
    elif kind == "OnDelete":
        if rolling is not None:
            why = "only allowed for updateStrategy 'RollingUpdate'"
            problems.invalid(f"{at}.rollingUpdate", Raw("apps.RollingUpdateStatefulSetStrategy{…}"), why)
    elif kind == "RollingUpdate":
        problems.not_negative(f"{at}.rollingUpdate.partition", (rolling or {}).get("partition"))
    else:
        problems.invalid(
            at, Raw("apps.StatefulSetUpdateStrategy{…}"), "must be 'RollingUpdate' or 'OnDelete'"
        )
    for field in ("whenScaled", "whenDeleted"):
        policy = (spec.get("persistentVolumeClaimRetentionPolicy") or {}).get(field, "Retain")
        if policy not in ("Retain", "Delete"):
            problems.unsupported(
                f"spec.persistentVolumeClaimRetentionPolicy.{field}", policy, ("Delete", "Retain")
            )
    if old is None:
        return
    later = problems.minor >= 27
    free = STATEFUL_FREE_LATER if later else STATEFUL_FREE
    before = old.get("spec") or {}
    if any(spec.get(f) != before.get(f) for f in {*spec, *before} if f not in free):
        message = (
            "'replicas', 'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit', "
            "'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds'"
            if later
            else "'replicas', 'template', and 'updateStrategy'"
        )
        problems.forbidden(
            "spec", f"updates to statefulset spec for fields other than {message} are forbidden"
        )


def cells(obj: Object, view: View) -> list[Any]:
    name, spec, status = parts(obj)
    ready = f"{status.get('readyReplicas', 0)}/{spec.get('replicas', 0)}"
    return [name, ready, view.age(obj), *template_cells(spec)]


STATEFUL_SET = Kind(
    group="apps",
    name="StatefulSet",
    plural="statefulsets",
    short_names=("sts",),
    categories=("all",),
    subresources=(SCALE, STATUS),
    set_defaults=set_defaults,
    initial_status=lambda obj: {"replicas": 0},
    validate=validate,
    validate_status=replica_counts("readyReplicas", "currentReplicas", "updatedReplicas"),
    generation_since=0,
    printer=printer(cells, "Name", "Ready", "Age", wide=("Containers", "Images")),
    list_types=template_lists("spec", "template"),
    required_in={("spec",): (35, FOREVER), ("spec", "serviceName"): (0, 32)},
)
