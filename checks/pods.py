"""So many pods, and all of them ready."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from checks.base import Finding, Object, ObjectRef, Outcome, Verdict, World
from checks.counts import HowMany
from checks.diagnosis.injection_causes import no_sidecar
from checks.diagnosis.pod_causes import unready_pods
from checks.object_fields import (
    NamespacedCheck,
    condition,
    is_going,
    mappings_at,
    name_of,
    namespace_is_missing,
    running_containers,
    text_at,
)
from checks.phrase import Phrase, count_phrase, phrase
from checks.selectors import Selector
from checks.sentences import Sentence, exists, gone, is_plural, labelled, placed, ready
from checks.sentences import pods as count_of_pods

STUCK = frozenset(
    {
        "CrashLoopBackOff",
        "CreateContainerConfigError",
        "CreateContainerError",
        "ErrImageNeverPull",
        "ImagePullBackOff",
        "InvalidImageName",
        "RunContainerError",
    }
)
"""Waiting reasons that rarely end by themselves (kubelet: images/types.go, container/sync_result.go)."""


class Pods(NamespacedCheck):
    """A number of pods run in a namespace, all of them ready.

    Pods that run or are about to are counted, but not those that are being deleted or have ended.
    """

    subject: ClassVar[str] = "pods"
    examples: ClassVar[str] = """
- {pods: 3, in: shop, selector: app=web, containers: 2}
- {pods: {min: 1}, in: istio-system}
- {pods: 0, in: shop, selector: app=old}
"""
    interval: ClassVar[float | None] = 2.0  # as WorkloadCheck's

    pods: Annotated[HowMany, Field(description="How many: a number, or {min: 1, max: 3}. 0: none may exist.")]
    selector: Annotated[
        Selector, Field(description="Only pods with these labels, in the syntax of kubectl's -l.")
    ] = ""
    ready: Annotated[bool, Field(description="Every one of them must be ready.")] = True
    containers: Annotated[
        int | None,
        Field(ge=1, description="How many containers each must have (the 2 in kubectl's 2/2)."),
    ] = None

    @model_validator(mode="after")
    def _none_are_nothing(self) -> Self:
        if self.pods.none and (self.containers is not None or "ready" in self.model_fields_set):
            raise PydanticCustomError(
                "none_alone", "where no pod may be left, none can be ready or have containers"
            )
        return self

    def describe(self) -> Phrase:
        wanted = [phrase("pods: {count}", count=self.pods.in_words())]
        if not self.pods.none:
            if self.ready:
                wanted.append(phrase("all ready"))
            if self.containers is not None:
                wanted.append(phrase("containers in each: {containers}", containers=self.containers))
        if self.selector:
            wanted.append(phrase("labels: {labels}", labels=self.selector))
        return phrase("Namespace {namespace}: {wanted}", namespace=self.namespace, wanted=tuple(wanted))

    def sentence(self, *, under_place: bool = False) -> Sentence:
        place = "" if under_place else self.namespace
        if self.pods.none:
            return gone(placed(labelled(phrase("All pods"), self.selector), place), plural=True)
        what = count_of_pods(self.pods)
        if self.containers is not None:
            each = count_phrase("{count} container each", "{count} containers each", count=self.containers)
            what = phrase("{things} with {each}", things=what, each=each)
        what = placed(labelled(what, self.selector), place)
        say = ready if self.ready else exists
        return say(what, plural=is_plural(self.pods))

    async def evaluate(self, world: World) -> Outcome:
        expected = self.describe()
        everything = await world.cluster.list("v1", "Pod", self.namespace, self.selector)
        alive = [pod for pod in everything if not has_ended(pod)]
        staying = [pod for pod in alive if not is_going(pod)]
        if self.pods.none:
            return _none_left(expected, alive, staying)
        verdict, found = self._judge(staying)
        if not staying and await namespace_is_missing(world, self.namespace):
            found = phrase("The namespace does not exist: {namespace}", namespace=self.namespace)
        return Outcome(verdict, expected, found)

    async def diagnose(self, world: World) -> tuple[Finding, ...]:
        if self.pods.none:
            return ()
        pods = await world.cluster.list("v1", "Pod", self.namespace, self.selector)
        alive = [pod for pod in pods if not has_ended(pod) and not is_going(pod)]
        short = [
            pod for pod in alive if self.containers is not None and container_count(pod) < self.containers
        ]
        if short:
            bare = await no_sidecar(world, self.namespace, short)
            return (bare,) if bare else ()
        return await unready_pods(world, alive)

    @property
    def wants_absence(self) -> bool:
        return self.pods.none

    def about(self) -> ObjectRef:
        return ObjectRef("Pod", "", self.namespace)

    @classmethod
    def takes_time(cls, written: Mapping[str, Any]) -> bool:
        return True

    def _judge(self, pods: list[Object]) -> tuple[Verdict, Phrase]:
        unready = [pod for pod in pods if not is_ready(pod)] if self.ready else []
        on_its_way = unready and not any(waiting_reason(pod) in STUCK for pod in unready)
        bad = Verdict.PENDING if on_its_way else Verdict.FAILED
        if len(pods) not in self.pods:
            return bad, phrase("pods: {count}, ready: {ready}", count=len(pods), ready=_ready_count(pods))
        if self.containers is not None:
            wrong = [pod for pod in pods if container_count(pod) != self.containers]
            if wrong:
                return Verdict.FAILED, phrase(
                    "containers in each: {containers}", containers=tuple(_with_containers(p) for p in wrong)
                )
        if unready:
            return bad, phrase("Not ready: {pods}", pods=tuple(_with_reason(pod) for pod in unready))
        return Verdict.PASSED, phrase(
            "pods: {count}, ready: {ready}", count=len(pods), ready=_ready_count(pods)
        )


def has_ended(pod: Object) -> bool:
    """Whether all its containers have ended for good: completed, failed, evicted."""
    return text_at(pod, "status", "phase") in ("Succeeded", "Failed")


def is_ready(pod: Object) -> bool:
    return condition(pod, "Ready").get("status") == "True"


def container_count(pod: Object) -> int:
    """The containers that kubectl counts: with the sidecars among the init containers (Kubernetes 1.28)."""
    return len(running_containers(pod.get("spec")))


def waiting_reason(pod: Object) -> str:
    """Why the pod isn't ready, in the cluster's own word: `ImagePullBackOff`, `Unschedulable`, `Pending`."""
    for statuses in ("initContainerStatuses", "containerStatuses"):
        for status in mappings_at(pod, "status", statuses):
            if reason := text_at(status, "state", "waiting", "reason"):
                return reason
    scheduled = condition(pod, "PodScheduled")
    if scheduled.get("status") == "False":
        return text_at(scheduled, "reason") or "Unschedulable"
    gates = text_at(condition(pod, "Ready"), "reason")
    if gates == "ReadinessGatesNotReady":
        return gates
    return text_at(pod, "status", "reason") or text_at(pod, "status", "phase")


def _none_left(expected: Phrase, alive: list[Object], staying: list[Object]) -> Outcome:
    if staying:
        names = tuple(name_of(pod) for pod in staying)
        return Outcome(Verdict.FAILED, expected, phrase("Still there: {pods}", pods=names))
    if alive:
        return Outcome(Verdict.PENDING, expected, phrase("Being deleted, and not gone yet"))
    return Outcome(Verdict.PASSED, expected, phrase("pods: {count}", count=0))


def _ready_count(pods: list[Object]) -> int:
    return sum(1 for pod in pods if is_ready(pod))


def _with_reason(pod: Object) -> str:
    return f"{name_of(pod)} ({waiting_reason(pod)})"


def _with_containers(pod: Object) -> str:
    return f"{name_of(pod)} ({container_count(pod)})"
