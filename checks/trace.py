"""Traces that a tracing backend has: of a service, since the step began."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from checks.base import CannotRead, Check, Finding, LooksAt, ObjectRef, Outcome, Verdict, World
from checks.console_api import Unanswered, ask, why_unanswered
from checks.counts import Between, HowMany
from checks.diagnosis.istio import no_traces
from checks.http import Page
from checks.phrase import Phrase, phrase
from checks.sentences import Sentence

SHOWN, MOST = 20, 200
"""Traces that are asked for: usually, and where so many are needed. One of Istio's has some 20,000 bytes."""
AN_HOUR = timedelta(hours=1)
CLOCKS = timedelta(seconds=2)
"""By which the clocks of two machines may differ."""
JAEGER = Page(service="tracing", namespace="istio-system", port=80, path="/jaeger")

TagName = Annotated[str, Field(pattern=r"^[A-Za-z0-9_./-]{1,200}$")]
TagValue = Annotated[str, Field(pattern=r'^[^"\s]{1,200}$')]


class Trace(Check):
    """Traces with a span of a service were seen since the step began (at most an hour ago), in Jaeger, Tempo or Zipkin.

    Spans come some seconds after the requests, and only of those that are sampled (one of a hundred by Istio's default):
    send enough of them. `once` is true by default, for a backend in memory forgets.
    """

    subject: ClassVar[str] = "trace"
    interval: ClassVar[float | None] = 5.0
    finds_effects: ClassVar[bool] = True
    examples: ClassVar[str] = """
- {trace: productpage.default}
# Ten traces with a span that ended with an error, in Zipkin.
- trace: reviews.shop
  tags: {http.status_code: "503"}
  count: {min: 10}
  backend: zipkin
  at: {service: zipkin, in: istio-system, port: 9411, path: /zipkin}
"""

    trace: Annotated[
        str,
        Field(
            pattern=r"^[A-Za-z0-9_./-]+$",
            max_length=253,
            description="The service, as the backend lists it: productpage.default.",
        ),
    ]
    tags: Annotated[
        dict[TagName, TagValue],
        Field(max_length=10, description="Tags of a span of the trace, with their values."),
    ] = Field(default_factory=dict)
    count: Annotated[HowMany, Field(description="How many traces: a number, or {min: 1, max: 3}.")] = (
        Between()
    )
    backend: Annotated[
        Literal["jaeger", "tempo", "zipkin"], Field(description="Whose interface is asked.")
    ] = "jaeger"
    at: Annotated[
        Page,
        Field(
            description="Where it is: {service, in, port, path} or {url}; `path` is where its interface begins. Default: the "
            "Service tracing in istio-system, port 80, path /jaeger."
        ),
    ] = JAEGER
    once: Annotated[bool, Field(description="An edge check: once it has passed, it stays passed.")] = True

    def describe(self) -> Phrase:
        tags = tuple(f"{name}={value}" for name, value in self.tags.items())
        if tags:
            return phrase(
                "Traces of {service} with {tags}: {count}",
                service=self.trace,
                tags=tags,
                count=self.count.in_words(),
            )
        return phrase("Traces of {service}: {count}", service=self.trace, count=self.count.in_words())

    def sentence(self, *, under_place: bool = False) -> Sentence:
        values = {"service": self.trace, "count": self.count.in_words()}
        return Sentence(
            phrase("There must be traces of {service}: {count}", **values),
            phrase("There are traces of {service}: {count}", **values),
        )

    @property
    def looks_at(self) -> LooksAt:
        return LooksAt.CLUSTER if self.at.url is None else LooksAt.WEB

    def about(self) -> ObjectRef | None:
        return (
            ObjectRef("Service", self.at.service, self.at.namespace) if self.at.service is not None else None
        )

    @property
    def wants_absence(self) -> bool:
        return self.count.none

    async def evaluate(self, world: World) -> Outcome:
        expected = self.describe()
        now = world.now()
        since = max(now - AN_HOUR, world.began - CLOCKS) if world.began is not None else now - AN_HOUR
        limit = max(SHOWN, self._needed)
        try:
            answer = await self._ask(world, since, now, limit)
        except CannotRead as error:
            if error.reason != "limit" or self._needed == limit:
                raise
            limit = self._needed
            answer = await self._ask(world, since, now, limit)
        if isinstance(answer, Unanswered):
            return Outcome(answer.verdict, expected, answer.found)
        traces = _traces(answer, self.backend)
        if traces is None:
            found = phrase("What answers is not the interface that the check asks: {url}", url=self.backend)
            return Outcome(Verdict.FAILED, expected, found)
        verdict = Verdict.PASSED if traces in self.count else Verdict.FAILED
        if traces >= limit:
            return Outcome(verdict, expected, phrase("traces: {count} or more", count=traces))
        return Outcome(verdict, expected, phrase("traces: {count}", count=traces))

    @property
    def _needed(self) -> int:
        """How many traces decide it: one more than there may be, or as many as there must be."""
        return min(MOST, self.count.min if self.count.max is None else self.count.max + 1)

    async def _ask(self, world: World, since: datetime, now: datetime, limit: int) -> Any | Unanswered:
        path, query = self._question(since, now, limit)
        return await ask(world, self.at, path, query)

    async def diagnose(self, world: World) -> tuple[Finding, ...]:
        why = await why_unanswered(world, self.at)
        if why or self.at.service is None or self.count.none:
            return why
        service = await world.cluster.get("v1", "Service", self.at.service, self.at.namespace)
        found = await no_traces(world, service) if service is not None else None
        return (found,) if found is not None else ()

    def _question(self, since: datetime, now: datetime, most: int) -> tuple[str, dict[str, str]]:
        """Path and query, as the backend's documentation has them."""
        limit = {"limit": str(most)}
        match self.backend:
            case "jaeger":  # the interface of its own page; times in microseconds
                tags = {"tags": json.dumps(self.tags)} if self.tags else {}
                times = {"start": _microseconds(since), "end": _microseconds(now)}
                return "/api/traces", {"service": self.trace, **tags, **times, **limit}
            case "zipkin":  # https://zipkin.io/zipkin-api/: milliseconds
                wanted = " and ".join(f"{name}={value}" for name, value in self.tags.items())
                tags = {"annotationQuery": wanted} if wanted else {}
                back = {"lookback": str(int((now - since).total_seconds() * 1000))}
                return "/api/v2/traces", {"serviceName": self.trace, **tags, **back, **limit}
            case "tempo":  # https://grafana.com/docs/tempo/latest/api_docs/: logfmt, seconds
                tags = {"service.name": self.trace, **self.tags}
                wanted = " ".join(f'{name}="{value}"' for name, value in tags.items())
                times = {"start": str(int(since.timestamp())), "end": str(int(now.timestamp()) + 1)}
                return "/api/search", {"tags": wanted, **times, **limit}


def _microseconds(at: datetime) -> str:
    return str(int(at.timestamp() * 1_000_000))


def _traces(answer: Any, backend: str) -> int | None:
    """How many traces there are; None if it is no answer of such a backend."""
    if backend == "zipkin":
        return len(answer) if isinstance(answer, list) else None
    found = answer.get("data" if backend == "jaeger" else "traces") if isinstance(answer, dict) else None
    if found is None and isinstance(answer, dict) and backend == "tempo" and "metrics" in answer:
        return 0  # Tempo leaves an empty list out
    return len(found) if isinstance(found, list) else None
