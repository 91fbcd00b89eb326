"""An event of the cluster that was seen since the step began."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from checks.base import Finding, Object, ObjectRef, Outcome, Verdict, World
from checks.diagnosis.evidence import when
from checks.diagnosis.pod_causes import unready_pods
from checks.object_fields import NamespacedCheck, name_of, namespace_is_missing, text_at
from checks.patterns import Regex, compiled, quotation
from checks.phrase import Phrase, phrase
from checks.sentences import Sentence, kind_name, named, placed

CLOCKS = timedelta(seconds=2)
"""By which the clocks of two machines may differ, and by which times are rounded."""
MOST_REPORTED = 5


class Event(NamespacedCheck):
    """An event with this reason was seen since the step began, as `kubectl get events` shows it.

    The API server keeps events for an hour: `once` is true by default, and if the start of the step is unknown (when
    grading a class) every event that still exists counts. Events of Nodes and other cluster-scoped objects are in
    `default`.
    """

    subject: ClassVar[str] = "event"
    examples: ClassVar[str] = """
# The scheduler found no node for a pod of the Deployment web.
- {event: FailedScheduling, in: shop, kind: Pod, name: "web-*", matches: Insufficient (cpu|memory)}
# The HorizontalPodAutoscaler has scaled the Deployment.
- {event: SuccessfulRescale, in: shop, kind: HorizontalPodAutoscaler, name: web}
# A probe failed, of whatever pod.
- {event: Unhealthy, in: shop, type: Warning, matches: "^Liveness probe failed"}
"""

    event: Annotated[
        str,
        Field(
            pattern=r"^[A-Za-z][A-Za-z0-9_-]*$", max_length=128, description="The event's reason: BackOff."
        ),
    ]
    kind: Annotated[
        str | None,
        Field(pattern=r"^[A-Z][A-Za-z0-9]*$", max_length=63, description="The kind of its object: Pod."),
    ] = None
    name: Annotated[
        str | None,
        Field(
            pattern=r"^[A-Za-z0-9][-A-Za-z0-9.:]*\*?$",
            max_length=253,
            description="The name of that object; with * at its end, its beginning: web-*.",
        ),
    ] = None
    type: Annotated[Literal["Normal", "Warning"] | None, Field(description="The event's type.")] = None
    matches: Annotated[
        Regex | None, Field(description="A regular expression found in the event's message.")
    ] = None
    once: Annotated[bool, Field(description="An edge check: once it has passed, it stays passed.")] = True

    def describe(self) -> Phrase:
        wanted = []
        if self.kind or self.name:
            about = " ".join(each for each in (self.kind, self.name) if each)
            wanted.append(phrase("about {what}", what=about))
        if self.type:
            wanted.append(phrase("type: {type}", type=self.type))
        if self.matches is not None:
            wanted.append(phrase("message: {pattern}", pattern=self.matches))
        if not wanted:
            return phrase(
                "Event {reason} (namespace {namespace})", reason=self.event, namespace=self.namespace
            )
        return phrase(
            "Event {reason} (namespace {namespace}): {wanted}",
            reason=self.event,
            namespace=self.namespace,
            wanted=tuple(wanted),
        )

    def sentence(self, *, under_place: bool = False) -> Sentence:
        place = "" if under_place else self.namespace
        event = phrase("Event {reason}", reason=self.event)
        if self.name:
            event = phrase(
                "{event} of {object}", event=event, object=named(self.kind or "", self.name, place)
            )
        elif self.kind:
            event = placed(phrase("{event} of a {kind}", event=event, kind=kind_name(self.kind)), place)
        else:
            event = placed(event, place)
        return Sentence(
            phrase("{event} must happen", event=event), phrase("{event} has happened", event=event)
        )

    def about(self) -> ObjectRef | None:
        """Its object, where that is one by name: others have no name that is known before."""
        whole = self.kind is not None and self.name is not None and not self.name.endswith("*")
        if not whole or self.kind not in _APIS:
            return None
        return ObjectRef(self.kind or "", self.name or "", self.namespace, _APIS[self.kind or ""])

    async def evaluate(self, world: World) -> Outcome:
        expected = self.describe()
        events = await world.cluster.list("v1", "Event", self.namespace)
        about = [each for each in events if self._is_about(each)]
        seen = [each for each in about if _is_since(each, world.began)]
        found = [each for each in seen if self._fits(each)]
        if found:
            newest = max(found, key=when)
            words = quotation(text_at(newest, "message"))
            text = phrase("{object}: {message}", object=_object_of(newest), message=words)
            return Outcome(Verdict.PASSED, expected, text)
        if not events and await namespace_is_missing(world, self.namespace):
            missing = phrase("The namespace does not exist: {namespace}", namespace=self.namespace)
            return Outcome(Verdict.FAILED, expected, missing)
        return Outcome(Verdict.FAILED, expected, self._not_seen(about, seen))

    def _not_seen(self, about: Sequence[Object], seen: Sequence[Object]) -> Phrase:
        """What was seen instead, or that it was seen, and too long ago."""
        if any(self._fits(each) for each in about):
            return phrase("It was seen before the step began, but not since")
        others = (
            sorted({text_at(each, "reason") for each in seen} - {""})[:MOST_REPORTED]
            if self.name is not None
            else []
        )
        if not others:
            return phrase("No such event was seen")
        return phrase("No such event was seen, but: {reasons}", reasons=tuple(others))

    async def diagnose(self, world: World) -> tuple[Finding, ...]:
        """What holds up the pods that it is about."""
        if self.kind != "Pod" or self.name is None:
            return ()
        pods = await world.cluster.list("v1", "Pod", self.namespace)
        return await unready_pods(world, [pod for pod in pods if self._has_name(name_of(pod))])

    def _is_about(self, event: Object) -> bool:
        kind, name = text_at(event, "involvedObject", "kind"), text_at(event, "involvedObject", "name")
        return (self.kind is None or kind == self.kind) and self._has_name(name)

    def _has_name(self, name: str) -> bool:
        if self.name is None:
            return True
        return name.startswith(self.name[:-1]) if self.name.endswith("*") else name == self.name

    def _fits(self, event: Object) -> bool:
        if text_at(event, "reason") != self.event or self.type not in (None, text_at(event, "type")):
            return False
        return self.matches is None or compiled(self.matches).found_in(text_at(event, "message"))


_APIS = {
    "Deployment": "apps/v1",
    "StatefulSet": "apps/v1",
    "DaemonSet": "apps/v1",
    "ReplicaSet": "apps/v1",
    "Job": "batch/v1",
    "Pod": "v1",
    "Service": "v1",
    "PersistentVolumeClaim": "v1",
}
"""Kinds that are reported where they are missing or were deleted."""


def _is_since(event: Object, began: datetime | None) -> bool:
    """Whether it was seen (again) since then; one that tells no time counts."""
    if began is None:
        return True
    try:
        seen = datetime.fromisoformat(when(event).replace("Z", "+00:00"))
    except ValueError:
        return True
    return seen.tzinfo is None or seen >= began - CLOCKS


def _object_of(event: Object) -> str:
    return f"{text_at(event, 'involvedObject', 'kind')} {text_at(event, 'involvedObject', 'name')}"
