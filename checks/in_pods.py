"""Which containers a check looks into: those of a pod, or of the pods with some labels."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Annotated, Self

from pydantic import ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from checks.base import Object, ObjectRef, World
from checks.object_fields import (
    Name,
    NamespacedCheck,
    at,
    is_going,
    mappings_at,
    missing,
    namespace_is_missing,
    number_at,
    text_at,
)
from checks.phrase import Phrase, phrase
from checks.schema_rules import never
from checks.selectors import Selector
from checks.sentences import labelled, named, placed

_DEFAULT = "kubectl.kubernetes.io/default-container"


class InPods(NamespacedCheck):
    """A check of what is in containers."""

    model_config = ConfigDict(
        json_schema_extra={
            **never(("pod", "selector")),
            "anyOf": [{"required": ["pod"]}, {"required": ["selector"]}],
        }
    )

    pod: Annotated[Name | None, Field(description="The pod's name.")] = None
    selector: Annotated[
        Selector, Field(description="The pods with these labels, in the syntax of kubectl's -l.")
    ] = ""
    container: Annotated[
        Name | None,
        Field(description="The container. Default: the one that kubectl chooses, usually the first."),
    ] = None

    @model_validator(mode="after")
    def _one_of_two(self) -> Self:
        if (self.pod is None) == (not self.selector):
            raise PydanticCustomError("log_pods", "needs a pod or a selector, and not both")
        return self

    def about(self) -> ObjectRef:
        return ObjectRef("Pod", self.pod or "", self.namespace)

    @property
    def where(self) -> str:
        """The pod or its labels, and the container, in the notation of the check."""
        where = self.pod or self.selector
        return where if self.container is None else f"{where}/{self.container}"

    def pods_named(self, *, under_place: bool) -> Phrase:
        """The pods in a sentence."""
        pods = named("Pod", self.pod) if self.pod else labelled(phrase("the pods"), self.selector)
        return placed(pods, "" if under_place else self.namespace)

    async def pods_of(self, world: World) -> Sequence[Object]:
        """Those that stay, the newest first; one by name whatever becomes of it."""
        if self.pod is not None:
            found = await world.cluster.get("v1", "Pod", self.pod, self.namespace)
            return [found] if found is not None else []
        pods = await world.cluster.list("v1", "Pod", self.namespace, self.selector)
        staying = [pod for pod in pods if not is_going(pod)]
        return sorted(staying, key=lambda pod: text_at(pod, "metadata", "creationTimestamp"), reverse=True)

    async def no_pods(self, world: World) -> Phrase:
        """Words for that there are none."""
        if self.pod is not None:
            return await missing(world, "Pod", self.pod, self.namespace)
        if await namespace_is_missing(world, self.namespace):
            return phrase("The namespace does not exist: {namespace}", namespace=self.namespace)
        return phrase("No pod has these labels: {labels}", labels=self.selector)

    def container_of(self, pod: Object) -> Iterator[str]:
        """The container that is meant, where the pod has it."""
        return default_container(pod, self.container)


def default_container(pod: Object, wanted: str | None = None) -> Iterator[str]:
    """The container of a pod that kubectl takes, or the one that is wanted; nothing where it does not have that."""
    names = [text_at(each, "name") for each in mappings_at(pod, "spec", "containers")]
    first = [text_at(each, "name") for each in mappings_at(pod, "spec", "initContainers")]
    chosen = wanted or text_at(pod, "metadata", "annotations", _DEFAULT)
    if wanted is None and chosen not in names:
        yield from names[:1]
    elif chosen in (*names, *first):
        yield chosen


def has_run(pod: Object, container: str, previous: bool) -> bool:
    """Whether the container has started; `previous`: whether it did so before this run."""
    for status in _statuses(pod, container):
        restarted = (number_at(status, "restartCount") or 0) > 0
        restarted = restarted or at(status, "lastState", "terminated") is not None
        started = any(at(status, "state", each) is not None for each in ("running", "terminated"))
        return restarted or (started and not previous)
    return False


def is_running(pod: Object, container: str) -> bool:
    """Whether the container runs now."""
    return any(at(status, "state", "running") is not None for status in _statuses(pod, container))


def _statuses(pod: Object, container: str) -> Iterator[Object]:
    for statuses in ("containerStatuses", "initContainerStatuses"):
        yield from (
            each for each in mappings_at(pod, "status", statuses) if text_at(each, "name") == container
        )
