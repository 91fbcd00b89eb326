"""Which ReplicaSet is which revision of a Deployment, as `kubectl rollout history` and `undo` read it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from runner.practice.controllers.deployment.rollout import max_surge
from runner.practice.controllers.object_helpers import name_of
from runner.practice.machinery.json_copy import copied
from runner.practice.machinery.store import Object

REVISION = "deployment.kubernetes.io/revision"
REVISION_HISTORY = "deployment.kubernetes.io/revision-history"
DESIRED = "deployment.kubernetes.io/desired-replicas"
MAXIMUM = "deployment.kubernetes.io/max-replicas"
HASH = "pod-template-hash"

NOT_COPIED = frozenset(
    {
        "kubectl.kubernetes.io/last-applied-configuration",
        REVISION,
        REVISION_HISTORY,
        DESIRED,
        MAXIMUM,
        "deprecated.deployment.rollback.to",
    }
)


def by_age(sets: Sequence[Object]) -> list[Object]:
    return sorted(sets, key=lambda rs: (rs["metadata"]["creationTimestamp"], name_of(rs)))


def split(deployment: Object, sets: Sequence[Object]) -> tuple[Object | None, list[Object]]:
    """The ReplicaSet of the Deployment's present template (None: not made yet), and the others, oldest first."""
    wanted = _without_hash(deployment["spec"]["template"])
    ordered = by_age(sets)
    new = next((rs for rs in ordered if _without_hash(rs["spec"]["template"]) == wanted), None)
    return new, [rs for rs in ordered if rs is not new]


def _without_hash(template: Object) -> Object:
    labels = (template.get("metadata") or {}).get("labels") or {}
    meta = {key: value for key, value in (template.get("metadata") or {}).items() if value}
    meta["labels"] = {key: value for key, value in labels.items() if key != HASH}
    meta.pop("creationTimestamp", None)
    return {**template, "metadata": meta}


def revision_of(obj: Object) -> int:
    """0 if it has none."""
    message = (obj["metadata"].get("annotations") or {}).get(REVISION, "0")
    return int(message) if message.isdigit() else 0


def newest_revision(sets: Sequence[Object]) -> int:
    return max((revision_of(rs) for rs in sets), default=0)


def annotations_of_new(
    deployment: Object, present: Mapping[str, str], revision: int, *, existing: bool
) -> dict[str, str]:
    """The annotations of the current ReplicaSet: the Deployment's own, its revision, what it is to grow to."""
    result = dict(present)
    for name, value in (deployment["metadata"].get("annotations") or {}).items():
        if name not in NOT_COPIED:
            result[name] = value
    old = result.get(REVISION, "")
    if int(old or 0) < revision:
        result[REVISION] = str(revision)
        if old:
            history = [part for part in result.get(REVISION_HISTORY, "").split(",") if part]
            result[REVISION_HISTORY] = ",".join([*history, old])
    if not existing:
        result |= replica_annotations(deployment)
    return result


def replica_annotations(deployment: Object) -> dict[str, str]:
    """What an active ReplicaSet notes of the size of its Deployment."""
    replicas = deployment["spec"].get("replicas", 1)
    return {DESIRED: str(replicas), MAXIMUM: str(replicas + max_surge(deployment))}


def replica_set(deployment: Object, template_hash: str, reference: Object, replicas: int) -> Object:
    """The ReplicaSet of the present template."""
    spec = deployment["spec"]
    template = copied(spec["template"])
    meta = template.setdefault("metadata", {})
    meta["labels"] = {**(meta.get("labels") or {}), HASH: template_hash}
    selector = copied(spec["selector"])
    selector["matchLabels"] = {**(selector.get("matchLabels") or {}), HASH: template_hash}
    made: Object = {
        "apiVersion": "apps/v1",
        "kind": "ReplicaSet",
        "metadata": {
            "name": f"{name_of(deployment)}-{template_hash}",
            "namespace": deployment["metadata"]["namespace"],
            "labels": dict(meta["labels"]),
            "ownerReferences": [reference],
        },
        "spec": {"replicas": replicas, "selector": selector, "template": template},
    }
    if spec.get("minReadySeconds"):
        made["spec"]["minReadySeconds"] = spec["minReadySeconds"]
    return made
