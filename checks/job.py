"""Checks that a Job exists and has completed."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import Field

from checks.base import Object, Verdict
from checks.object_fields import Name, at, condition, number_at, text_at
from checks.phrase import phrase
from checks.workload import State, WorkloadCheck


class Job(WorkloadCheck):
    """A Job exists, and with `ready` has completed."""

    subject: ClassVar[str] = "job"
    examples: ClassVar[str] = """
- {job: migrate, in: shop, ready: true}
"""
    api_version: ClassVar[str] = "batch/v1"
    kind: ClassVar[str] = "Job"

    job: Annotated[Name, Field(description="The Job's name.")]

    def asked_for(self, obj: Object) -> int | None:
        """None for a work queue, whose pods decide when it is done (parallelism without completions; the API server
        sets both to 1 if neither is given)."""
        return number_at(obj, "spec", "completions")

    def rollout(self, obj: Object) -> State:
        asked = self.asked_for(obj)
        succeeded = number_at(obj, "status", "succeeded") or 0
        if condition(obj, "Complete").get("status") == "True":
            return Verdict.PASSED, phrase("completed")
        failed = condition(obj, "Failed")
        if failed.get("status") == "True":
            return Verdict.FAILED, phrase(
                "The Job failed: {reason}: {message}",
                reason=text_at(failed, "reason"),
                message=text_at(failed, "message"),
            )
        if at(obj, "spec", "suspend") is True:
            return Verdict.FAILED, phrase("The Job is suspended")
        return Verdict.PENDING, phrase(
            "completions: {succeeded} of {wanted}", succeeded=succeeded, wanted=1 if asked is None else asked
        )
