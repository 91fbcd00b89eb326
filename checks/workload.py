"""What Deployments, StatefulSets, DaemonSets and Jobs have in common."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, ClassVar, Self

from pydantic import ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from checks.base import Change, Finding, Object, ObjectRef, Outcome, Verdict, World, Written
from checks.diagnosis.absent import why_absent
from checks.diagnosis.workload_causes import unready_workload
from checks.image_names import image_fits
from checks.object_fields import (
    ABSENT,
    NamespacedCheck,
    absent,
    at,
    describe,
    exists,
    going,
    in_namespace,
    is_going,
    judge_absent,
    missing,
    number_at,
    running_containers,
    text_at,
)
from checks.patterns import Regex, matches_anything
from checks.phrase import Phrase, phrase
from checks.schema_rules import alone
from checks.sentences import Sentence, gone, has, image, named, ready_with, replicas, runs
from checks.sentences import exists as described

State = tuple[Verdict, Phrase]
"""How far a workload is, and the words for it."""


class WorkloadCheck(NamespacedCheck):
    """A check of one workload by name. A subclass knows when its kind is done."""

    model_config = ConfigDict(json_schema_extra=alone("replicas", "image", true=("ready",)))

    interval: ClassVar[float | None] = 2.0  # from the cache: causes that need some seconds to be sure of
    api_version: ClassVar[str] = "apps/v1"
    kind: ClassVar[str]

    ready: Annotated[
        bool,
        Field(
            description=(
                "Rolled out completely: every replica has the newest template, there are no "
                "others, and all are available (ready for minReadySeconds). A Job: completed."
            )
        ),
    ] = False
    replicas: Annotated[
        int | None,
        Field(
            ge=0, description="How many replicas it must ask for (a DaemonSet: nodes; a Job: completions)."
        ),
    ] = None
    image: Annotated[
        Regex | None,
        Field(
            description="The image of one of its containers (init containers do not count): its name (nginx, istio/pilot), "
            "name and tag (nginx:1.27), digest, or tag alone (:1.27), with its registry or without. What is no name of an "
            "image is a regular expression that is found in it."
        ),
    ] = None
    absent: Annotated[bool, ABSENT] = False

    @property
    def name(self) -> str:
        return str(getattr(self, self.subject))

    @model_validator(mode="after")
    def _absent_stands_alone(self) -> Self:
        if self.absent and (self.ready or self.replicas is not None or self.image is not None):
            raise PydanticCustomError(
                "absent_alone", "what must not exist can't be ready or have replicas or an image"
            )
        return self

    def describe(self) -> Phrase:
        wanted = [absent() if self.absent else exists()]
        if self.ready:
            wanted = [phrase("ready")]
        if self.replicas is not None:
            wanted.append(phrase("replicas: {replicas}", replicas=self.replicas))
        if self.image is not None:
            wanted.append(phrase("image: {image}", image=self.image))
        return describe(self.kind, self.name, self.namespace, wanted)

    def sentence(self, *, under_place: bool = False) -> Sentence:
        what = named(self.kind, self.name, "" if under_place else self.namespace)
        if self.absent:
            return gone(what)
        things = [] if self.replicas is None else [replicas(self.replicas)]
        if self.image is not None:
            things.append(image(self.image))
        if self.ready:
            return ready_with(what, things, completes=self.kind == "Job")
        if self.image is not None and len(things) == 1:
            return runs(what, things[0])
        return has(what, things) if things else described(what)

    async def evaluate(self, world: World) -> Outcome:
        expected = self.describe()
        obj = await world.cluster.get(self.api_version, self.kind, self.name, self.namespace)
        if self.absent:
            return judge_absent(expected, obj)
        if obj is None:
            return Outcome(
                Verdict.FAILED, expected, await missing(world, self.kind, self.name, self.namespace)
            )
        if is_going(obj):
            return going(expected)
        verdict, found = self._wrong(obj) or (self.rollout(obj) if self.ready else (Verdict.PASSED, exists()))
        return Outcome(verdict, expected, found)

    async def diagnose(self, world: World) -> tuple[Finding, ...]:
        obj = await world.cluster.get(self.api_version, self.kind, self.name, self.namespace)
        if obj is None:
            return await why_absent(world, self.api_version, self.kind, self.name, self.namespace)
        return await unready_workload(world, obj) if self.ready else ()

    def about(self) -> ObjectRef:
        return ObjectRef(self.kind, self.name, self.namespace, self.api_version)

    def never_fails(self) -> Phrase | None:
        if self.image is not None and matches_anything(self.image):
            return phrase("its pattern matches everything: {pattern}", pattern=self.image)
        return None

    @classmethod
    def existing(cls, ref: ObjectRef, *, done: bool = False) -> Written | None:
        if (ref.kind, ref.group) != (cls.kind, cls.api_version.rpartition("/")[0]):
            return None
        return {cls.subject: ref.name, **in_namespace(ref), **({"ready": True} if done else {})}

    @classmethod
    def changed(cls, ref: ObjectRef, change: Change) -> Iterator[Written]:
        """A new image of a container, another number of replicas."""
        was, now = _images(change.before), _images(change.after)
        images = [each for each in now if each not in was and not change.by_chance("image", each)]
        wanted: Written = {"image": images[0]} if images else {}
        replicas = at(change.after, "spec", "replicas")
        if replicas is not None and replicas != at(change.before, "spec", "replicas"):
            wanted["replicas"] = replicas
        if wanted:
            yield {**(cls.existing(ref) or {}), **wanted, "ready": True}
            yield {**(cls.existing(ref) or {}), **wanted}

    @classmethod
    def takes_time(cls, written: Mapping[str, Any]) -> bool:
        return bool(written.get("ready"))

    @abstractmethod
    def asked_for(self, obj: Object) -> int | None:
        """How many replicas the object asks for, None if it doesn't say."""

    def uncounted(self, obj: Object) -> State | None:
        """PENDING where what it asks for is not known yet."""
        return None

    @abstractmethod
    def rollout(self, obj: Object) -> State:
        """Whether it is ready, on its way, or stuck."""

    def _wrong(self, obj: Object) -> State | None:
        if self.replicas is not None and (waiting := self.uncounted(obj)):
            return waiting
        asked = self.asked_for(obj)
        if self.replicas is not None and asked != self.replicas:
            return Verdict.FAILED, phrase("replicas: {replicas}", replicas=_shown(asked))
        if self.image is not None:
            images = _images(obj)
            if not any(image_fits(self.image, image) for image in images):
                return Verdict.FAILED, phrase("image: {image}", image=images or _shown(None))
        return None


def unseen(obj: Object) -> State | None:
    """PENDING where the controller has not looked at the newest change yet."""
    wanted = number_at(obj, "metadata", "generation")
    seen = number_at(obj, "status", "observedGeneration")
    if seen is None or (wanted is not None and seen < wanted):
        return Verdict.PENDING, phrase("The cluster has not applied the latest change yet")
    return None


def too_many(obj: Object, asked: int) -> State | None:
    """PENDING while there are more pods than are asked for: it is being scaled down."""
    total = number_at(obj, "status", "replicas") or 0
    if total <= asked:
        return None
    return Verdict.PENDING, phrase("old replicas still to stop: {old}", old=total - asked)


def on_delete(updated: int, asked: int) -> State | None:
    """FAILED while there are pods of an older template: with OnDelete they stay until somebody deletes them."""
    if updated >= asked:
        return None
    return Verdict.FAILED, phrase(
        "updated replicas: {updated} of {wanted}; with updateStrategy OnDelete the others stay until they are deleted",
        updated=updated,
        wanted=asked,
    )


def counted(done: int, asked: int) -> State:
    """PENDING, with how far it is."""
    return Verdict.PENDING, phrase("ready replicas: {ready} of {wanted}", ready=done, wanted=asked)


def all_ready(asked: int) -> State:
    return Verdict.PASSED, phrase("ready replicas: {ready} of {wanted}", ready=asked, wanted=asked)


def _images(obj: Object) -> tuple[str, ...]:
    pod = ("spec", "template", "spec")
    images = [text_at(container, "image") for container in running_containers(at(obj, *pod))]
    return tuple(image for image in images if image)


def _shown(value: int | None) -> object:
    return phrase("none") if value is None else value
