"""Checks that a DaemonSet exists and runs on its nodes."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import Field

from checks.base import Object, Verdict
from checks.object_fields import Name, number_at, text_at
from checks.phrase import phrase
from checks.workload import State, WorkloadCheck, all_ready, counted, on_delete, unseen


class DaemonSet(WorkloadCheck):
    """A DaemonSet exists, and with `ready` runs its newest pods on every eligible node."""

    subject: ClassVar[str] = "daemonset"
    examples: ClassVar[str] = """
- {daemonset: agent, in: kube-system, ready: true}
"""
    kind: ClassVar[str] = "DaemonSet"

    daemonset: Annotated[Name, Field(description="The DaemonSet's name.")]

    def asked_for(self, obj: Object) -> int | None:
        return number_at(obj, "status", "desiredNumberScheduled")

    def uncounted(self, obj: Object) -> State | None:
        """The controller counts the nodes; its count may belong to an earlier generation."""
        return unseen(obj)

    def rollout(self, obj: Object) -> State:
        if waiting := unseen(obj):
            return waiting
        asked = self.asked_for(obj) or 0
        updated = number_at(obj, "status", "updatedNumberScheduled") or 0
        available = number_at(obj, "status", "numberAvailable") or 0
        if asked == 0:
            return Verdict.FAILED, phrase("There is no node that it can run on")
        if text_at(obj, "spec", "updateStrategy", "type") == "OnDelete" and (
            waiting := on_delete(updated, asked)
        ):
            return waiting
        if updated < asked:
            return Verdict.PENDING, phrase(
                "updated replicas: {updated} of {wanted}", updated=updated, wanted=asked
            )
        return counted(available, asked) if available < asked else all_ready(asked)
