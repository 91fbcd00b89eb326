"""Checks that a StatefulSet exists and is rolled out, with the right number of replicas and image."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import Field

from checks.base import Object, Verdict
from checks.object_fields import Name, number_at, text_at
from checks.phrase import phrase
from checks.workload import State, WorkloadCheck, all_ready, counted, on_delete, too_many, unseen


class StatefulSet(WorkloadCheck):
    """A StatefulSet exists, and with `ready` is rolled out (up to its partition).

    Ready as for `kubectl rollout status`, and more: every replica is available, not only ready (they differ with
    minReadySeconds), there are no extra replicas, and with updateStrategy OnDelete every pod has the newest template,
    too.
    """

    subject: ClassVar[str] = "statefulset"
    examples: ClassVar[str] = """
- {statefulset: db, in: shop, ready: true}
"""
    kind: ClassVar[str] = "StatefulSet"

    statefulset: Annotated[Name, Field(description="The StatefulSet's name.")]

    def asked_for(self, obj: Object) -> int | None:
        replicas = number_at(obj, "spec", "replicas")
        return 1 if replicas is None else replicas

    def rollout(self, obj: Object) -> State:
        asked = self.asked_for(obj) or 0
        if asked == 0 and self.replicas != 0:
            return Verdict.FAILED, phrase("Scaled to 0 replicas")
        if waiting := unseen(obj):
            return waiting
        available = _available(obj)
        if available < asked:
            return counted(available, asked)
        return too_many(obj, asked) or _updating(obj, asked) or all_ready(asked)


def _available(obj: Object) -> int:
    """Before Kubernetes 1.22 only ready replicas are counted, which is the same without minReadySeconds."""
    ready = number_at(obj, "status", "readyReplicas") or 0
    if not number_at(obj, "spec", "minReadySeconds"):
        return ready
    return min(ready, number_at(obj, "status", "availableReplicas") or 0)


def _updating(obj: Object, asked: int) -> State | None:
    if text_at(obj, "status", "currentRevision") == text_at(obj, "status", "updateRevision"):
        return None
    updated = number_at(obj, "status", "updatedReplicas") or 0
    if text_at(obj, "spec", "updateStrategy", "type") == "OnDelete":
        return on_delete(updated, asked)
    partition = number_at(obj, "spec", "updateStrategy", "rollingUpdate", "partition") or 0
    wanted = max(0, asked - partition)
    if (
        partition and updated >= wanted
    ):  # without one, the controller makes the new revision the current one in the end
        return None
    return Verdict.PENDING, phrase("updated replicas: {updated} of {wanted}", updated=updated, wanted=wanted)
