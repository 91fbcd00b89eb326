"""ControllerRevisions: the templates that a StatefulSet or DaemonSet has had, as `kubectl rollout` reads them."""

from __future__ import annotations

from collections.abc import Iterable

from runner.practice.controllers.cluster_context import ClusterContext
from runner.practice.controllers.object_helpers import controller_of, name_of, namespace_of, uid_of
from runner.practice.controllers.pod_control import create
from runner.practice.machinery.generated_names import template_hash
from runner.practice.machinery.json_copy import copied
from runner.practice.machinery.store import Object, key_of

RESOURCE = "controllerrevisions.apps"
TEMPLATE_LABEL = "controller-revision-hash"


def number(revision: Object) -> int:
    return int(revision.get("revision", 0))


def all_of(cluster: ClusterContext, owner: Object) -> list[Object]:
    """The revisions of a workload, oldest first."""
    found = [
        revision
        for revision in cluster.store.list(RESOURCE, namespace_of(owner))
        if (controller_of(revision) or {}).get("uid") == uid_of(owner)
    ]
    return sorted(found, key=number)


def newest(cluster: ClusterContext, owner: Object, reference: Object, hash_label: str) -> Object:
    """The revision of the present template, made or numbered anew where it isn't the newest one."""
    data = {"spec": {"template": {**copied(owner["spec"]["template"]), "$patch": "replace"}}}
    known = all_of(cluster, owner)
    same = next((revision for revision in known if revision["data"] == data), None)
    if same is None:
        return _create(cluster, owner, reference, data, hash_label, number(known[-1]) + 1 if known else 1)
    if same is known[-1]:
        return same
    next_number = number(known[-1]) + 1
    renewed = cluster.change(key_of(RESOURCE, same), lambda obj: {**obj, "revision": next_number})
    return renewed or same


def _create(
    cluster: ClusterContext, owner: Object, reference: Object, data: Object, hash_label: str, revision: int
) -> Object:
    hashed = template_hash(owner["spec"]["template"])
    labels = dict((owner["spec"]["template"].get("metadata") or {}).get("labels") or {})
    made: Object = {
        "apiVersion": "apps/v1",
        "kind": "ControllerRevision",
        "metadata": {
            "name": f"{name_of(owner)}-{hashed}",
            "namespace": namespace_of(owner),
            "labels": {**labels, hash_label: hashed},
            "ownerReferences": [reference],
        },
        "data": data,
        "revision": revision,
    }
    notes = owner["metadata"].get("annotations")
    if notes:  # the change-cause of `kubectl rollout history` is among them
        made["metadata"]["annotations"] = dict(notes)
    return create(cluster, RESOURCE, made)


def template_of(revision: Object) -> Object:
    """The template that a revision keeps."""
    kept = revision["data"]["spec"]["template"]
    return {name: value for name, value in kept.items() if name != "$patch"}


def trim(cluster: ClusterContext, owner: Object, used: Iterable[str]) -> None:
    """Delete the oldest revisions that no pod has, beyond revisionHistoryLimit."""
    kept = set(used)
    idle = [revision for revision in all_of(cluster, owner) if name_of(revision) not in kept]
    limit = owner["spec"].get("revisionHistoryLimit", 10)
    for revision in idle[: max(len(idle) - limit, 0)]:
        cluster.store.delete(key_of(RESOURCE, revision))
