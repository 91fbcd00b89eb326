"""A StatefulSet: there, rolled out, of the right size and image."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import Field

from checks.base import Object, Verdict
from checks.objects import Name, number_at, text_at
from checks.words import phrase
from checks.workload import State, WorkloadCheck, all_ready, counted, unseen


class StatefulSet(WorkloadCheck):
    """A StatefulSet exists, and is rolled out where `ready` asks for it (up to its partition)."""

    subject: ClassVar[str] = "statefulset"
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
        ready = number_at(obj, "status", "readyReplicas") or 0
        if ready < asked:
            return counted(ready, asked)
        return _updating(obj, asked) or all_ready(asked)


def _updating(obj: Object, asked: int) -> State | None:
    if (
        text_at(obj, "spec", "updateStrategy", "type") == "OnDelete"
    ):  # its pods change when somebody deletes them
        return None
    revisions = text_at(obj, "status", "currentRevision"), text_at(obj, "status", "updateRevision")
    partition = number_at(obj, "spec", "updateStrategy", "rollingUpdate", "partition") or 0
    updated = number_at(obj, "status", "updatedReplicas") or 0
    wanted = max(0, asked - partition)
    if revisions[0] == revisions[1] or (partition and updated >= wanted):
        return None
    return Verdict.PENDING, phrase("updated replicas: {updated} of {wanted}", updated=updated, wanted=wanted)
