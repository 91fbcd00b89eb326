"""Many requests, and how they are answered: which versions answer how often, with which statuses, how quickly."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Annotated, Any, ClassVar, Literal, Self
from urllib.parse import urlsplit

from pydantic import ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from checks.base import (
    CannotRead,
    Check,
    Finding,
    LooksAt,
    Object,
    ObjectRef,
    Outcome,
    TrafficRequest,
    TrafficSample,
    Verdict,
    World,
)
from checks.binomial import MORE, Answer
from checks.diagnosis.endpoint_causes import nobody_behind, port_not_declared
from checks.diagnosis.pod_causes import unready_pods
from checks.diagnosis.traffic_causes import service_meant, traffic_causes
from checks.durations import Duration
from checks.http import Page, unservable
from checks.object_fields import missing, name_of
from checks.patterns import Regex
from checks.phrase import Phrase, phrase
from checks.schema_rules import never
from checks.sentences import Sentence, named, quoted_pattern
from checks.traffic_counts import NO_ANSWER, Counts, Wanted
from checks.traffic_shares import AtLeast, HowMuch, Share
from checks.traffic_target import Latency, Sender

MOST_REQUESTS = 2000
MOST_SECONDS = 120.0
REST = 5.0
"""Seconds that pass between two looks, and as many as the requests took."""
_HEADER = r"^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}$"
_VALUE = r"^[\x20-\x7e]{0,1000}$"
_ALL = Share(min="100%", max="100%")

HeaderName = Annotated[str, Field(pattern=_HEADER)]
HeaderValue = Annotated[str, Field(pattern=_VALUE)]
Status = Annotated[str, Field(pattern=r"^([1-5][0-9]{2}|[1-5]xx|no-answer)$")]
Quantile = Annotated[str, Field(pattern=r"^p[1-9][0-9]?$")]


class Traffic(Check):
    """A number of requests is answered as expected: by the right versions, with the right statuses, in time.

    One look sends `requests` of them, or `rate` a second for `seconds`, each over a connection of its own; no redirect is
    followed. Looks are at least five seconds apart, and as long as the one before took. Without `status` and
    `availability`, all answers must have status 200. The check never passes if nothing was answered (unless
    `no-answer` is what is asked for). While nothing answers, or only 502, 503 and 504 come, it is pending.

    A `share` and a `status` in percent are judged by the binomial distribution, not by a margin: chance alone makes a
    weight of 10 % give 12 to 29 out of 200. Such a usual number (95 of 100 looks have one) passes. A number that one of
    a million looks has fails. Where it is between, three times as many requests are sent, and all of them together
    are judged: what one of 100,000 looks has fails. So a right weight is found wrong about once in 100,000 looks, and
    with the default number of requests one that is off by ten percentage points passes in at most 5 % of looks. 0 %,
    100 %, `some`, ranges, `availability` and `latency` are compared with what was counted, without allowance.

    `once` is true by default: what passed is not measured again, for even a right weight fails once in many looks.
    """

    model_config = ConfigDict(json_schema_extra={**never(("requests", "seconds"))})

    subject: ClassVar[str] = "traffic"
    interval: ClassVar[float | None] = REST
    finds_effects: ClassVar[bool] = True
    examples: ClassVar[str] = """
# A canary: one of ten requests is answered by v2.
- {traffic: {service: reviews, in: shop, port: 9080}, from: {pod: siege, in: shop}, share: {"v1": 90%, "v2": 10%}}
# Nothing is lost: ten requests a second, for twenty seconds.
- {traffic: {service: web, in: shop, port: 80}, seconds: 20, rate: 10, availability: 100%}
# A fault that is injected in half of the requests, and in those of one user only.
- traffic: {url: "http://ratings:9080/ratings/0"}
  from: {selector: app=sleep, in: shop}
  headers: {end-user: jason}
  status: {"200": 50%, "500": 50%}
# Slow answers, and by a header which of two hosts answers.
- traffic: {service: gateway, in: istio-system, port: 80}
  headers: {Host: a.example.com}
  requests: 20
  latency: {p50: {min: 2s, max: 3s}}
- {traffic: {service: web, in: shop, port: 80}, share: {"^x-version: v2": all}, share_in: headers}
"""

    traffic: Annotated[Page, Field(description="{service, in, port, path}, or {url}.")]
    sender: Annotated[
        Sender | None,
        Field(
            alias="from",
            description=(
                "A pod that sends them: {pod, in, container} or {selector, in, container}. Default: this machine, "
                "to the Service's external address, or through the API server where it has none."
            ),
        ),
    ] = None
    requests: Annotated[
        int | None,
        Field(
            ge=1,
            le=MOST_REQUESTS // 2,
            strict=True,
            description=(
                "How many. Default: as many as tell each share from one that is ten percentage points away "
                "(200 for 10 %, 350 for 50 %), and 50 without shares."
            ),
        ),
    ] = None
    seconds: Annotated[
        Duration | None, Field(le=MOST_SECONDS, description="For how long, instead of a number; with `rate`.")
    ] = None
    rate: Annotated[
        float | None,
        Field(gt=0, le=100, description="How many a second. Default: as quick as they are answered."),
    ] = None
    at_once: Annotated[
        int, Field(ge=1, le=50, description="How many at the same time (of a pod: at most 10).")
    ] = 1
    method: Annotated[Literal["GET", "HEAD", "POST", "PUT", "DELETE"], Field(description="Their method.")] = (
        "GET"
    )
    headers: Annotated[
        dict[HeaderName, HeaderValue], Field(max_length=20, description="Headers of each request, by name.")
    ] = Field(default_factory=dict)
    timeout: Annotated[Duration, Field(le=30, description="How long one answer may take.")] = 5.0
    share: Annotated[
        dict[Annotated[Regex, Field(min_length=1)], HowMuch],
        Field(
            max_length=10,
            description=(
                "Which part of the answers has a regular expression in its body (^ and $ match at lines): 10%, all, "
                "none, some (at least one), or {min: 5%, max: 20%}."
            ),
        ),
    ] = Field(default_factory=dict)
    share_in: Annotated[
        Literal["body", "headers"],
        Field(
            description="headers: `share` is looked for in the answers' headers, a line each: `name: value`."
        ),
    ] = "body"
    status: Annotated[
        dict[Status, HowMuch],
        Field(
            max_length=10,
            description="Which part of the requests is answered with a status (200, 5xx) or not at all (no-answer).",
        ),
    ] = Field(default_factory=dict)
    availability: Annotated[
        AtLeast | None,
        Field(
            description=(
                "Which part must be answered, and not with a 5xx: 99% (or more). It is what siege calls Availability."
            )
        ),
    ] = None
    latency: Annotated[
        dict[Quantile, Latency],
        Field(
            max_length=5,
            description="How long answers take, by quantile: {p50: {max: 0.2}, p95: {min: 7s, max: 9s}}, in seconds.",
        ),
    ] = Field(default_factory=dict)
    once: Annotated[bool, Field(description="An edge check: once it has passed, it stays passed.")] = True

    @model_validator(mode="before")
    @classmethod
    def _statuses_are_texts(cls, value: Any) -> Any:
        if isinstance(value, Mapping) and isinstance(value.get("status"), Mapping):
            return {**value, "status": {str(key): share for key, share in value["status"].items()}}
        return value

    @model_validator(mode="after")
    def _makes_sense(self) -> Self:
        if self.seconds is not None and (self.rate is None or self.requests is not None):
            raise PydanticCustomError("traffic_length", "seconds needs a rate, and no number of requests")
        if self.seconds is not None and self.count > MOST_REQUESTS:
            raise PydanticCustomError("traffic_many", "too many requests: a lower rate, or less time")
        least = sum(each.min or 0.0 for each in self.status.values() if not each.some)
        if least > 1.0001 and not any(key.endswith("xx") for key in self.status):
            raise PydanticCustomError("contradiction", "the statuses are more than 100 % together")
        return self

    @property
    def count(self) -> int:
        """Requests of one look, those left out that are sent where chance may have decided."""
        if self.seconds is not None:
            return math.ceil(self.seconds * (self.rate or 1.0))
        if self.requests is not None:
            return self.requests
        return max([50, *(each.requests for each in (*self.share.values(), *self.status.values()))])

    @property
    def wanted(self) -> Wanted:
        """What is expected, with what goes without saying."""
        status = self.status or ({"200": _ALL} if self.availability is None else {})
        return Wanted(self.share, status, self.availability, self.latency)

    def passes_unanswered(self) -> bool:
        """Whether nothing that it expects would be missed if nothing were answered."""
        wanted = self.wanted
        shares = [*wanted.share.values(), *wanted.status.values()]
        if wanted.availability is not None:
            shares.append(wanted.availability)
        return not wanted.latency and not any(each.wants_presence for each in shares)

    def describe(self) -> Phrase:
        page = self.traffic
        where = phrase("{url}", url=page.url)
        if page.service is not None:
            where = phrase(
                "{path} of Service {service}, port {port} (namespace {namespace})",
                path=page.path,
                service=page.service,
                port=page.port,
                namespace=page.namespace,
            )
        if self.sender is not None:
            where = phrase("{where}, from pod {pod}", where=where, pod=self.sender.where)
        return phrase(
            "{number} requests to {where}: {wanted}",
            number=self.count,
            where=where,
            wanted=tuple(self._parts()),
        )

    def _parts(self) -> list[Phrase]:
        wanted = self.wanted
        parts = [
            phrase("{pattern}: {share}", pattern=pattern, share=share.in_words())
            for pattern, share in wanted.share.items()
        ]
        parts += [
            phrase("no answer: {share}", share=share.in_words())
            if status == NO_ANSWER
            else phrase("status {status}: {share}", status=status, share=share.in_words())
            for status, share in wanted.status.items()
        ]
        if wanted.availability is not None:
            parts.append(phrase("availability: {share}", share=wanted.availability.in_words()))
        for name, latency in wanted.latency.items():
            if latency.min is not None:
                parts.append(
                    phrase("{quantile}: at least {seconds} s", quantile=name, seconds=f"{latency.min:g}")
                )
            if latency.max is not None:
                parts.append(
                    phrase("{quantile}: at most {seconds} s", quantile=name, seconds=f"{latency.max:g}")
                )
        return parts

    def sentence(self, *, under_place: bool = False) -> Sentence:
        page = self.traffic
        what = phrase("{url}", url=page.url)
        if page.service is not None:
            what = named("Service", page.service, "" if under_place else page.namespace)
        parts = self._parts()
        if self.share:
            parts = [
                phrase("{text} in {share}", text=quoted_pattern(pattern), share=share.in_words())
                for pattern, share in self.share.items()
            ]
        return Sentence(
            phrase("Requests to {what} must get these answers: {parts}", what=what, parts=tuple(parts)),
            phrase("Requests to {what} get these answers: {parts}", what=what, parts=tuple(parts)),
        )

    @property
    def looks_at(self) -> LooksAt:
        return LooksAt.TRAFFIC

    def about(self) -> ObjectRef | None:
        page = self.traffic
        return ObjectRef("Service", page.service, page.namespace) if page.service is not None else None

    async def evaluate(self, world: World) -> Outcome:
        expected = self.describe()
        world.now()  # how requests are answered, nothing tells
        if wrong := await unservable(self.traffic, world):
            return Outcome(Verdict.FAILED, expected, wrong)
        if self.sender is None:
            return await self._count(world, expected, self._request())
        pods = await self.sender.pods(world)
        request = self._from_pod(pods)
        if request is None:
            return await self._nobody_sends(world, expected, bool(pods))
        return await self._count(world, expected, request)

    async def diagnose(self, world: World) -> tuple[Finding, ...]:
        """Why nothing answers, or something else, where the cluster shows it: the sender, the pods behind the Service, or
        the rules of a mesh."""
        senders = await self.sender.pods(world) if self.sender is not None else []
        if held_up := await unready_pods(world, senders):
            return held_up
        page = self.traffic
        if page.service is not None and await unservable(page, world):
            return ()
        service = await self._service(world)
        if service is None:
            return ()
        if behind := await nobody_behind(world, service):
            return behind
        found = await port_not_declared(world, service, page.port) if page.port is not None else None
        if found is not None and await self._is_silent(world, senders):
            return (found,)
        client = next((pod for pod in senders if self.sender and self.sender.container_in(pod)), None)
        host = next((value for key, value in self.headers.items() if key.lower() == "host"), "")
        path = page.path if page.url is None else urlsplit(page.url).path or "/"
        return await traffic_causes(world, service, client, host.partition(":")[0], path)

    async def _is_silent(self, world: World, senders: Sequence[Object]) -> bool:
        """Whether nothing is answered. Within one look nothing is sent again."""
        request = self._from_pod(senders) if self.sender is not None else self._request()
        try:
            return request is None or not Counts.of(await world.web.traffic(request, REST)).answered
        except CannotRead:
            return True

    async def _service(self, world: World) -> Object | None:
        """The one that is asked, also by a URL within the cluster."""
        page = self.traffic
        wanted = (page.service, page.namespace) if page.service is not None else None
        if page.url is not None and self.sender is not None:
            wanted = service_meant(page.url, self.sender.namespace)
        return await world.cluster.get("v1", "Service", *wanted) if wanted is not None else None

    def _request(self) -> TrafficRequest:
        page = self.traffic
        return TrafficRequest(
            self.count,
            self.seconds if self.seconds is not None else MOST_SECONDS / 2,
            self.timeout,
            page.service or "",
            page.namespace,
            page.port or 0,
            page.path,
            page.url or "",
            self.method,
            tuple(self.headers.items()),
            self.rate or 0.0,
            self.at_once,
            tuple(self.share),
            self.share_in == "headers",
        )

    def _from_pod(self, pods: Sequence[Object]) -> TrafficRequest | None:
        """From the first of these pods whose container runs; None if there is none."""
        for pod in pods:
            container = self.sender.container_in(pod) if self.sender is not None else ""
            if self.sender is not None and container:
                home = self.sender.namespace
                return replace(self._request(), pod=name_of(pod), pod_namespace=home, container=container)
        return None

    async def _nobody_sends(self, world: World, expected: Phrase, there: bool) -> Outcome:
        assert self.sender is not None
        if there:
            found = phrase("The container is not running yet: {pods}", pods=(self.sender.where,))
            return Outcome(Verdict.PENDING, expected, found)
        if self.sender.pod is None:
            found = phrase("No pod has these labels: {labels}", labels=self.sender.selector)
            return Outcome(Verdict.FAILED, expected, found)
        found = await missing(world, "Pod", self.sender.pod, self.sender.namespace)
        return Outcome(Verdict.FAILED, expected, found)

    async def _count(self, world: World, expected: Phrase, request: TrafficRequest) -> Outcome:
        """Send them, and more where chance may have decided."""
        samples: list[TrafficSample] = [await world.web.traffic(request, REST)]
        if samples[0].no_client:
            found = phrase("The container has neither curl nor wget: {pod}", pod=request.pod)
            return Outcome(Verdict.FAILED, expected, found)
        whole = len(samples[0].answers) >= request.count
        counts = Counts.of(*samples)
        answer = counts.judge(self.wanted, last=self.seconds is not None or not whole)
        if answer is Answer.UNCLEAR:
            more = replace(request, count=min(MORE * request.count, MOST_REQUESTS - request.count))
            samples.append(await world.web.traffic(more, 0.0))
            counts = Counts.of(*samples)
            answer = counts.judge(self.wanted, last=True)
        return self._outcome(expected, counts, answer, whole=whole)

    def _outcome(self, expected: Phrase, counts: Counts, answer: Answer, *, whole: bool) -> Outcome:
        found = counts.in_words(self.wanted)
        wants_none = any(key == NO_ANSWER and each.wants_presence for key, each in self.status.items())
        if not counts.sent or (not counts.answered and not wants_none):
            return Outcome(Verdict.PENDING, expected, found)
        if answer is Answer.YES and not whole and self.seconds is None:
            slow = phrase("{counts}: they are answered too slowly to send all", counts=found)
            return Outcome(Verdict.PENDING, expected, slow)
        if answer is Answer.YES:
            return Outcome(Verdict.PASSED, expected, found)
        starting = counts.only_starting() and not wants_none
        return Outcome(Verdict.PENDING if starting else Verdict.FAILED, expected, found)
