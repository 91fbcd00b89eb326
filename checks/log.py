"""What a container has written to its log since the step began."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Annotated, ClassVar

from pydantic import Field

from checks.base import Finding, LogRequest, Object, Outcome, Verdict, World
from checks.diagnosis.pod_causes import unready_pods
from checks.in_pods import InPods, has_run
from checks.object_fields import name_of
from checks.patterns import Regex, compiled, matches_anything, quotation
from checks.phrase import Phrase, phrase
from checks.pods import STUCK, waiting_reason
from checks.sentences import Sentence, quoted_pattern

CLOCKS = timedelta(seconds=2)
"""By which the clocks of two machines may differ."""
MOST_LINES = 2000
"""The last lines of a log that are looked at (of 1 MiB at most)."""
MOST_PODS = 10
"""Pods whose logs are looked at in one look."""


class Log(InPods):
    """A line in a container's log matches an expression, written since the step began, as `kubectl logs` shows it.

    The last 2000 lines, at most 1 MiB, of ten pods are searched. While a container can't have written anything yet,
    the check is pending. Logs are deleted with their pod: `once` is true by default, and if the start of the step is
    unknown (when grading a class) all lines that still exist count.
    """

    subject: ClassVar[str] = "log"
    interval: ClassVar[float | None] = 3.0
    finds_effects: ClassVar[bool] = True
    examples: ClassVar[str] = """
# Any pod of the Deployment has answered a request for the page.
- {log: "GET /productpage .* 200", in: shop, selector: app=productpage}
# One container of one pod; what it wrote before it was restarted.
- {log: Connection refused, in: shop, pod: web-0, container: app, previous: true}
"""

    log: Annotated[Regex, Field(min_length=1, description="A regular expression found in one of the lines.")]
    previous: Annotated[bool, Field(description="The log of the previous run, before the last restart.")] = (
        False
    )
    once: Annotated[bool, Field(description="An edge check: once it has passed, it stays passed.")] = True

    def describe(self) -> Phrase:
        message = {"pods": self.where, "namespace": self.namespace, "pattern": self.log}
        if self.previous:
            return phrase("Log of {pods} before its restart (namespace {namespace}): {pattern}", **message)
        return phrase("Log of {pods} (namespace {namespace}): {pattern}", **message)

    def sentence(self, *, under_place: bool = False) -> Sentence:
        pods = self.pods_named(under_place=under_place)
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

    def never_fails(self) -> Phrase | None:
        if matches_anything(self.log):
            return phrase("its pattern matches everything: {pattern}", pattern=self.log)
        return None

    async def evaluate(self, world: World) -> Outcome:
        expected = self.describe()
        world.now()  # what is written to a log, nothing tells
        pods = await self.pods_of(world)
        if not pods:
            return Outcome(Verdict.FAILED, expected, await self.no_pods(world))
        containers = [(pod, name) for pod in pods for name in self.container_of(pod)]
        if not containers:
            message = phrase("The pod has no such container: {container}", container=self.container)
            return Outcome(Verdict.FAILED, expected, message)
        writers = [(pod, name) for pod, name in containers if has_run(pod, name, self.previous)]
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
        return await unready_pods(world, await self.pods_of(world))

    def _waiting(
        self, containers: Sequence[tuple[Object, str]], expected: Phrase
    ) -> tuple[Verdict, Phrase, Phrase]:
        if self.previous and any(has_run(pod, name, False) for pod, name in containers):
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
