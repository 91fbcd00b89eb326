"""Checks that a namespace exists with its labels, or is absent."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, ClassVar, Self

from pydantic import ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from checks.base import Change, Check, Finding, ObjectRef, Outcome, Verdict, World, Written
from checks.diagnosis.absent import why_absent
from checks.diagnosis.exposure import still_open
from checks.diagnosis.leaving import namespace_stuck
from checks.object_fields import (
    ABSENT,
    Namespace,
    absent,
    at,
    describe,
    exists,
    going,
    is_going,
    judge_absent,
    missing,
    text_at,
)
from checks.phrase import Phrase, phrase
from checks.schema_rules import alone
from checks.sentences import Sentence, gone, has, named
from checks.sentences import exists as described

OF_EVERY_CLUSTER = frozenset({"default", "kube-node-lease", "kube-public", "kube-system"})


class NamespaceCheck(Check):
    """A namespace exists, with these labels if any are given."""

    model_config = ConfigDict(json_schema_extra=alone("labels"))

    subject: ClassVar[str] = "namespace"
    examples: ClassVar[str] = """
- {namespace: shop, labels: {istio-injection: enabled}}
- {namespace: shop, absent: true}
"""

    namespace: Annotated[Namespace, Field(description="The namespace's name.")]
    labels: Annotated[
        dict[str, str] | None, Field(min_length=1, description="Labels that it must have, with these values.")
    ] = None
    absent: Annotated[bool, ABSENT] = False

    @model_validator(mode="after")
    def _absent_stands_alone(self) -> Self:
        if self.absent and self.labels is not None:
            raise PydanticCustomError("absent_alone", "what must not exist can't have labels")
        return self

    def describe(self) -> Phrase:
        if self.labels:
            wanted = phrase("labels: {labels}", labels=tuple(f"{k}={v}" for k, v in self.labels.items()))
        else:
            wanted = absent() if self.absent else exists()
        return describe("Namespace", self.namespace, "", [wanted])

    def sentence(self, *, under_place: bool = False) -> Sentence:
        what = named("Namespace", self.namespace)
        if self.absent:
            return gone(what)
        labels = [
            phrase("the label {label}", label=f"{key}={value}") for key, value in (self.labels or {}).items()
        ]
        return has(what, labels) if labels else described(what)

    async def evaluate(self, world: World) -> Outcome:
        expected = self.describe()
        obj = await world.cluster.get("v1", "Namespace", self.namespace)
        if self.absent:
            return judge_absent(expected, obj)
        if obj is None:
            return Outcome(Verdict.FAILED, expected, await missing(world, "Namespace", self.namespace, None))
        if is_going(obj) or text_at(obj, "status", "phase") == "Terminating":
            return going(expected)
        if not self.labels:
            return Outcome(Verdict.PASSED, expected, exists())
        labels = {key: at(obj, "metadata", "labels", key) for key in self.labels}
        return Outcome(
            Verdict.PASSED if labels == self.labels else Verdict.FAILED,
            expected,
            phrase("labels: {labels}", labels=tuple(_label(key, value) for key, value in labels.items())),
        )

    async def diagnose(self, world: World) -> tuple[Finding, ...]:
        if not self.absent and await world.cluster.get("v1", "Namespace", self.namespace) is None:
            return await why_absent(world, "v1", "Namespace", self.namespace, None)
        obj = await world.cluster.get("v1", "Namespace", self.namespace)
        finding = namespace_stuck(obj)
        if self.absent and obj is not None and not is_going(obj):
            finding = await still_open(world, self.namespace)
        return (finding,) if finding else ()

    def about(self) -> ObjectRef:
        return ObjectRef("Namespace", self.namespace)

    def never_fails(self) -> Phrase | None:
        if self.namespace in OF_EVERY_CLUSTER and not self.labels and not self.absent:
            return phrase("every cluster has this namespace: {namespace}", namespace=self.namespace)
        return None

    @classmethod
    def existing(cls, ref: ObjectRef, *, done: bool = False) -> Written | None:
        return {"namespace": ref.name} if (ref.kind, ref.api_version) == ("Namespace", "v1") else None

    @classmethod
    def changed(cls, ref: ObjectRef, change: Change) -> Iterator[Written]:
        """New labels, and labels with another value."""
        labels = at(change.differs, "metadata", "labels") or {}
        kept = {key: value for key, value in labels.items() if value is not None}
        if kept:
            yield {"namespace": ref.name, "labels": kept}


def _label(key: str, value: object) -> object:
    return f"{key}={value}" if isinstance(value, str) else phrase("{label} is not set", label=key)
