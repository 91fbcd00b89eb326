"""Checks that a Deployment exists and is rolled out, with the right number of replicas and image."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import Field

from checks.base import Object, Verdict
from checks.object_fields import Name, condition, number_at, text_at
from checks.phrase import phrase
from checks.workload import State, WorkloadCheck, all_ready, counted, too_many, unseen


class Deployment(WorkloadCheck):
    """A Deployment exists, and with `ready` is rolled out.

    Ready as for `kubectl rollout status`: the controller has seen the newest change, every replica has the newest
    template, none of an older one is left, and all are available; also, there are no extra replicas.
    """

    subject: ClassVar[str] = "deployment"
    examples: ClassVar[str] = """
- {deployment: web, in: shop, ready: true, replicas: 3, image: "nginx:1.27"}
"""
    kind: ClassVar[str] = "Deployment"

    deployment: Annotated[Name, Field(description="The Deployment's name.")]

    def asked_for(self, obj: Object) -> int | None:
        replicas = number_at(obj, "spec", "replicas")
        return 1 if replicas is None else replicas  # the API server's own default

    def rollout(self, obj: Object) -> State:
        asked = self.asked_for(obj) or 0
        if asked == 0 and self.replicas != 0:
            return Verdict.FAILED, phrase("Scaled to 0 replicas")
        return (
            unseen(obj) or _stuck(obj) or _under_way(obj, asked) or too_many(obj, asked) or all_ready(asked)
        )


def _stuck(obj: Object) -> State | None:
    progressing, failure = condition(obj, "Progressing"), condition(obj, "ReplicaFailure")
    if progressing.get("reason") == "ProgressDeadlineExceeded":
        return Verdict.FAILED, phrase(
            "The rollout made no progress in time: {message}", message=text_at(progressing, "message")
        )
    if failure.get("status") == "True":
        return Verdict.FAILED, phrase("Pods can't be created: {message}", message=text_at(failure, "message"))
    return None


def _under_way(obj: Object, asked: int) -> State | None:
    updated = number_at(obj, "status", "updatedReplicas") or 0
    total = number_at(obj, "status", "replicas") or 0
    available = number_at(obj, "status", "availableReplicas") or 0
    if updated < asked:
        if isinstance(obj.get("spec"), dict) and obj["spec"].get("paused") is True:
            return Verdict.FAILED, phrase("The rollout is paused")
        return Verdict.PENDING, phrase(
            "updated replicas: {updated} of {wanted}", updated=updated, wanted=asked
        )
    if total > updated:
        return Verdict.PENDING, phrase("old replicas still to stop: {old}", old=total - updated)
    return counted(available, updated) if available < updated else None
