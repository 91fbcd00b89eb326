"""What Prometheus measured: the value of a query."""

from __future__ import annotations

import math
import re
from typing import Annotated, Any, ClassVar, Self

from pydantic import ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from checks.base import Check, Finding, LooksAt, ObjectRef, Outcome, Verdict, World
from checks.console_api import Unanswered, ask, why_unanswered
from checks.http import Page
from checks.phrase import Phrase, phrase
from checks.sentences import Sentence, short

_CONSTANT = re.compile(r"\s*(vector\s*\(\s*[-+.\d]+\s*\)|[-+.\d]+)\s*")
_NAME = re.compile(r"[a-zA-Z_:]\w*_\w+")
"""The name of a metric: what a sentence says of a query."""
MOST_SHOWN = 3
PROMETHEUS = Page(service="prometheus", namespace="istio-system", port=9090)


class Metric(Check):
    """A PromQL query has a value in a range, as the cluster's Prometheus answers now.

    Of a query with several results every one must be in the range; one without results never passes. Prometheus scrapes
    every 15 seconds or so, and a rate needs two scrapes: give the step time (`within`).
    """

    model_config = ConfigDict(json_schema_extra={"anyOf": [{"required": ["min"]}, {"required": ["max"]}]})

    subject: ClassVar[str] = "metric"
    interval: ClassVar[float | None] = 5.0
    finds_effects: ClassVar[bool] = True
    examples: ClassVar[str] = """
# Requests have reached reviews, by what the sidecars counted.
- metric: 'sum(istio_requests_total{destination_service_name="reviews",response_code="200"})'
  min: 10
# Fewer than one in a hundred fails, by a Prometheus of one's own.
- metric: 'sum(rate(http_requests_total{code=~"5.."}[1m])) / sum(rate(http_requests_total[1m])) or vector(0)'
  max: 0.01
  prometheus: {service: prometheus, in: monitoring, port: 9090}
"""

    metric: Annotated[
        str, Field(min_length=1, max_length=4000, pattern=r"\S", description="The query, in PromQL.")
    ]
    min: Annotated[float | None, Field(allow_inf_nan=False, description="The value is at least this.")] = None
    max: Annotated[float | None, Field(allow_inf_nan=False, description="The value is at most this.")] = None
    prometheus: Annotated[
        Page,
        Field(
            description="Where Prometheus is: {service, in, port, path} or {url}. Default: the Service prometheus in "
            "istio-system, port 9090."
        ),
    ] = PROMETHEUS

    @model_validator(mode="after")
    def _makes_sense(self) -> Self:
        if self.min is None and self.max is None:
            raise PydanticCustomError("metric_range", "needs min or max")
        if self.min is not None and self.max is not None and self.max < self.min:
            raise PydanticCustomError("range", "max is less than min")
        return self

    def describe(self) -> Phrase:
        return phrase("Metric {query}: {range}", query=self.metric, range=self._range())

    def sentence(self, *, under_place: bool = False) -> Sentence:
        measured = _NAME.search(self.metric)
        values = {"query": measured[0] if measured else short(self.metric), "range": self._range()}
        return Sentence(
            phrase("The metric {query} must be {range}", **values),
            phrase("The metric {query} is {range}", **values),
        )

    def _range(self) -> Phrase:
        if self.max is None:
            return phrase("at least {least}", least=f"{self.min:g}")
        if self.min is None:
            return phrase("at most {most}", most=f"{self.max:g}")
        return phrase("{least} to {most}", least=f"{self.min:g}", most=f"{self.max:g}")

    @property
    def looks_at(self) -> LooksAt:
        return LooksAt.CLUSTER if self.prometheus.url is None else LooksAt.WEB

    def about(self) -> ObjectRef | None:
        at = self.prometheus
        return ObjectRef("Service", at.service, at.namespace) if at.service is not None else None

    def never_fails(self) -> Phrase | None:
        if _CONSTANT.fullmatch(self.metric):
            return phrase("the query is a number, whatever was measured: {query}", query=self.metric)
        return None

    async def evaluate(self, world: World) -> Outcome:
        expected = self.describe()
        world.now()  # what is measured, nothing tells
        answer = await ask(world, self.prometheus, "/api/v1/query", {"query": self.metric})
        if isinstance(answer, Unanswered):
            return Outcome(answer.verdict, expected, answer.found)
        values = _values(answer)
        if values is None:
            found = phrase("What answers is not the interface that the check asks: {url}", url="Prometheus")
            return Outcome(Verdict.FAILED, expected, found)
        if not values:
            return Outcome(
                Verdict.FAILED, expected, phrase("The query has no result: nothing like it was measured yet")
            )
        shown = tuple(f"{labels} {value:g}".strip() for labels, value in values[:MOST_SHOWN])
        fits = all(self._fits(value) for _, value in values)
        verdict = Verdict.PASSED if fits else Verdict.FAILED
        return Outcome(verdict, expected, phrase("value: {values}", values=shown))

    async def diagnose(self, world: World) -> tuple[Finding, ...]:
        return await why_unanswered(world, self.prometheus)

    def _fits(self, value: float) -> bool:
        if math.isnan(value):
            return False
        return (self.min is None or value >= self.min) and (self.max is None or value <= self.max)


def _values(answer: Any) -> list[tuple[str, float]] | None:
    """Each result with its labels; None if it is no answer of Prometheus
    (https://prometheus.io/docs/prometheus/latest/querying/api/)."""
    data = answer.get("data") if isinstance(answer, dict) and answer.get("status") == "success" else None
    if not isinstance(data, dict):
        return None
    result: Any = data.get("result")
    try:
        if data.get("resultType") == "scalar":
            return [("", float(result[1]))]
        return [(_labels(each.get("metric")), float(each["value"][1])) for each in result]
    except (TypeError, KeyError, IndexError, ValueError, AttributeError):
        return None


def _labels(metric: Any) -> str:
    if not isinstance(metric, dict) or not metric:
        return ""
    return "{" + ", ".join(f"{name}={value}" for name, value in list(metric.items())[:4]) + "}"
