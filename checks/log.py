"""What a container has written to its log since the step began."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Annotated, ClassVar, Self

from pydantic import ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from checks.base import Finding, LogRequest, Object, ObjectRef, Outcome, Verdict, World
from checks.diagnosis.pod_causes import unready_pods
from checks.object_fields import (
    Name,
    NamespacedCheck,
    at,
    is_going,
    mappings_at,
    missing,
    name_of,
    namespace_is_missing,
    number_at,
    text_at,
)
from checks.patterns import Regex, compiled, matches_anything, quotation
from checks.phrase import Phrase, phrase
from checks.pods import STUCK, waiting_reason
from checks.schema_rules import never
from checks.selectors import Selector
from checks.sentences import Sentence, labelled, named, placed, quoted_pattern

CLOCKS = timedelta(seconds=2)
"""By which the clocks of two machines may differ."""
MOST_LINES = 2000
"""The last lines of a log that are looked at (of 1 MiB at most)."""
MOST_PODS = 10
"""Pods whose logs are looked at in one look."""
_DEFAULT = "kubectl.kubernetes.io/default-container"


class Log(NamespacedCheck):
    """A line in a container's log matches an expression, written since the step began, as `kubectl logs` shows it.

    The last 2000 lines, at most 1 MiB, of ten pods are searched. While a container can't have written anything yet,
    the check is pending. Logs are deleted with their pod: `once` is true by default, and if the start of the step is
    unknown (when grading a class) all lines that still exist count. Pods of a practice cluster write no logs of their
    own.
    """

    model_config = ConfigDict(
        json_schema_extra={
            **never(("pod", "selector")),
            "anyOf": [{"required": ["pod"]}, {"required": ["selector"]}],
        }
    )

    subject: ClassVar[str] = "log"
    interval: ClassVar[float | None] = 3.0
    examples: ClassVar[str] = """
# Any pod of the Deployment has answered a request for the page.
- {log: "GET /productpage .* 200", in: shop, selector: app=productpage}
# One container of one pod; what it wrote before it was restarted.
- {log: Connection refused, in: shop, pod: web-0, container: app, previous: true}
"""

    log: Annotated[Regex, Field(min_length=1, description="A regular expression found in one of the lines.")]
    pod: Annotated[Name | None, Field(description="The pod's name.")] = None
    selector: Annotated[
        Selector, Field(description="Any of the pods with these labels, in the syntax of kubectl's -l.")
    ] = ""
    container: Annotated[
        Name | None,
        Field(description="The container. Default: the one that kubectl chooses, usually the first."),
    ] = None
    previous: Annotated[bool, Field(description="The log of the previous run, before the last restart.")] = (
        False
    )
    once: Annotated[bool, Field(description="An edge check: once it has passed, it stays passed.")] = True

    @model_validator(mode="after")
    def _one_of_two(self) -> Self:
        if (self.pod is None) == (not self.selector):
            raise PydanticCustomError("log_pods", "needs a pod or a selector, and not both")
        return self

    def describe(self) -> Phrase:
        where = self.pod or self.selector
        if self.container is not None:
            where = f"{where}/{self.container}"
        message = {"pods": where, "namespace": self.namespace, "pattern": self.log}
        if self.previous:
            return phrase("Log of {pods} before its restart (namespace {namespace}): {pattern}", **message)
        return phrase("Log of {pods} (namespace {namespace}): {pattern}", **message)

    def sentence(self, *, under_place: bool = False) -> Sentence:
        pods = named("Pod", self.pod) if self.pod else labelled(phrase("the pods"), self.selector)
        pods = placed(pods, "" if under_place else self.namespace)
        values = {"pods": pods, "text": quoted_pattern(self.log)}
        if self.previous:
            return Sentence(
                phrase("The log of {pods} before the restart must contain {text}", **values),
                phrase("The log of {pods} before the restart contains {text}", **values),
            )
        return Sentence(
            phrase("The log of {pods} must contain {text}", **values),
            phrase("The log of {pods} contains {text}", **values),
        )

    def about(self) -> ObjectRef:
        return ObjectRef("Pod", self.pod or "", self.namespace)

    def never_fails(self) -> Phrase | None:
        if matches_anything(self.log):
            return phrase("its pattern matches everything: {pattern}", pattern=self.log)
        return None

    async def evaluate(self, world: World) -> Outcome:
        expected = self.describe()
        world.now()  # what is written to a log, nothing tells
        pods = await self._pods(world)
        if not pods:
            return Outcome(Verdict.FAILED, expected, await self._no_pods(world))
        containers = [(pod, name) for pod in pods for name in self._containers(pod)]
        if not containers:
            message = phrase("The pod has no such container: {container}", container=self.container)
            return Outcome(Verdict.FAILED, expected, message)
        writers = [(pod, name) for pod, name in containers if _has_run(pod, name, self.previous)]
        if not writers:
            return Outcome(*self._waiting(containers, expected))
        since = world.began - CLOCKS if world.began is not None else None
        for pod, name in writers[:MOST_PODS]:
            if line := await self._line(world, pod, name, since):
                return Outcome(
                    Verdict.PASSED,
                    expected,
                    phrase("{pod}: {line}", pod=name_of(pod), line=quotation(line)),
                )
        names = tuple(name_of(pod) for pod, _ in writers[:MOST_PODS])
        return Outcome(Verdict.FAILED, expected, phrase("No such line in the log of: {pods}", pods=names))

    async def diagnose(self, world: World) -> tuple[Finding, ...]:
        return await unready_pods(world, await self._pods(world))

    async def _pods(self, world: World) -> Sequence[Object]:
        """Those that stay, the newest first; one by name whatever becomes of it."""
        if self.pod is not None:
            found = await world.cluster.get("v1", "Pod", self.pod, self.namespace)
            return [found] if found is not None else []
        pods = await world.cluster.list("v1", "Pod", self.namespace, self.selector)
        staying = [pod for pod in pods if not is_going(pod)]
        return sorted(staying, key=lambda pod: text_at(pod, "metadata", "creationTimestamp"), reverse=True)

    async def _no_pods(self, world: World) -> Phrase:
        if self.pod is not None:
            return await missing(world, "Pod", self.pod, self.namespace)
        if await namespace_is_missing(world, self.namespace):
            return phrase("The namespace does not exist: {namespace}", namespace=self.namespace)
        return phrase("No pod has these labels: {labels}", labels=self.selector)

    def _containers(self, pod: Object) -> Iterator[str]:
        names = [text_at(each, "name") for each in mappings_at(pod, "spec", "containers")]
        first = [text_at(each, "name") for each in mappings_at(pod, "spec", "initContainers")]
        wanted = self.container or text_at(pod, "metadata", "annotations", _DEFAULT)
        if self.container is None and wanted not in names:
            yield from names[:1]
        elif wanted in (*names, *first):
            yield wanted

    def _waiting(
        self, containers: Sequence[tuple[Object, str]], expected: Phrase
    ) -> tuple[Verdict, Phrase, Phrase]:
        if self.previous and any(_has_run(pod, name, False) for pod, name in containers):
            return Verdict.PENDING, expected, phrase("It has not been restarted yet")
        reasons = tuple(f"{name_of(pod)} ({waiting_reason(pod)})" for pod, _ in containers)
        stuck = any(waiting_reason(pod) in STUCK for pod, _ in containers)
        return (
            Verdict.FAILED if stuck else Verdict.PENDING,
            expected,
            phrase("Nothing logged yet: {pods}", pods=reasons),
        )

    async def _line(self, world: World, pod: Object, container: str, since: datetime | None) -> str:
        """The last line that fits, "" if none does."""
        written = await world.cluster.logs(
            LogRequest(name_of(pod), self.namespace, container, MOST_LINES, self.previous, since)
        )
        pattern = compiled(self.log)
        return next((line for line in reversed(written.splitlines()) if line and pattern.found_in(line)), "")


def _has_run(pod: Object, container: str, previous: bool) -> bool:
    """Whether the container has started; `previous`: whether it did so before this run."""
    for statuses in ("containerStatuses", "initContainerStatuses"):
        for status in mappings_at(pod, "status", statuses):
            if text_at(status, "name") != container:
                continue
            restarted = (number_at(status, "restartCount") or 0) > 0
            restarted = restarted or at(status, "lastState", "terminated") is not None
            started = any(at(status, "state", each) is not None for each in ("running", "terminated"))
            return restarted or (started and not previous)
    return False
