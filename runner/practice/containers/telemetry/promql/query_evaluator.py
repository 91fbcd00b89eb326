"""Evaluates a query at a moment, or at every step of a range."""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Iterable, Sequence
from typing import cast

from runner.practice.containers.telemetry.label_pairs import Labels, labels_of, unnamed
from runner.practice.containers.telemetry.promql import binary_operators as operators
from runner.practice.containers.telemetry.promql.aggregations import aggregate
from runner.practice.containers.telemetry.promql.histogram_quantiles import histogram_quantile
from runner.practice.containers.telemetry.promql.instant_functions import (
    DATE_FUNCTIONS,
    VALUE_FUNCTIONS,
    label_join,
    label_replace,
)
from runner.practice.containers.telemetry.promql.parsed_query import (
    Aggregate,
    At,
    Binary,
    Call,
    Negated,
    Node,
    Number,
    Selector,
    Text,
    Window,
    kind_of,
)
from runner.practice.containers.telemetry.promql.query_errors import QueryError
from runner.practice.containers.telemetry.promql.range_functions import (
    KEEPS_NAME,
    RANGE_FUNCTIONS,
    quantile,
    regression,
)
from runner.practice.containers.telemetry.sample_store import Point, SampleStore, Series

LOOKBACK = 300.0
"""Seconds: an older sample is none (--query.lookback-delta)."""
MOST_STEPS = 11_000
SUBQUERY_STEP = 60.0
"""The default of a subquery's step: the interval at which rules are evaluated."""
MOST_SECONDS = 20.0
"""Of one query: this program shares its process with all containers, and gives way to them by ending."""
BREATH = 0.01
"""Seconds after which a long query lets others work."""

Vector = dict[Labels, float]
Value = float | str | Vector
Ranges = list[tuple[Labels, list[Point]]]


class Evaluation:
    """One query over a store. `start` and `end` are those of the whole range: the modifier @ may name them."""

    def __init__(self, store: SampleStore, start: float, end: float) -> None:
        self._store, self._start, self._end = store, start, end
        self._selected: dict[Selector, list[Series]] = {}
        self._deadline = time.monotonic() + MOST_SECONDS

    def value(self, node: Node, now: float) -> Value:
        """At that moment. Raises QueryError."""
        match node:
            case Number(value=number):
                return number
            case Text(value=text):
                return text
            case Selector():
                return self._instant(node, now)
            case Negated(inner=inner):
                value = self.value(inner, now)
                if isinstance(value, dict):
                    return {unnamed(labels): -each for labels, each in value.items()}
                return -cast(float, value)
            case Aggregate():
                return self._aggregate(node, now)
            case Binary():
                return self._binary(node, now)
            case Call():
                return self._call(node, now)
            case Window():
                pass
        raise QueryError("bad_data", "a range is no value: use it with a function, as in rate(x[5m])")

    def ranges(self, window: Window, now: float) -> tuple[Ranges, float, float]:
        """(the samples, start, end) of a range at that moment."""
        inner = window.inner
        if isinstance(inner, Selector) and not window.is_subquery:
            end = self._moment(inner.at, now) - inner.offset
            start = end - window.range
            found = [(series.labels, series.between(start, end)) for series in self._series(inner)]
            return [(labels, points) for labels, points in found if points], start, end
        end = self._moment(window.at, now) - window.offset
        start, step = end - window.range, window.step or SUBQUERY_STEP
        steps = math.floor(end / step) - math.floor(start / step)
        if steps > MOST_STEPS:
            raise QueryError("bad_data", "exceeded maximum resolution of 11,000 points of a subquery")
        collected: dict[Labels, list[Point]] = {}
        for number in range(math.floor(start / step) + 1, math.floor(end / step) + 1):
            for labels, value in self._vector(inner, number * step).items():
                collected.setdefault(labels, []).append((number * step, value))
        return list(collected.items()), start, end

    def _series(self, selector: Selector) -> list[Series]:
        if time.monotonic() > self._deadline:
            raise QueryError("timeout", "query timed out in expression evaluation")
        found = self._selected.get(selector)
        if found is None:
            by_labels = {
                series.labels: series for group in selector.groups for series in self._store.select(group)
            }
            found = self._selected[selector] = list(by_labels.values())
        return found

    def _instant(self, selector: Selector, now: float) -> Vector:
        moment = self._moment(selector.at, now) - selector.offset
        found = ((series.labels, series.at(moment, LOOKBACK)) for series in self._series(selector))
        return {labels: point[1] for labels, point in found if point is not None}

    def _moment(self, at: At, now: float) -> float:
        if at == "start":
            return self._start
        if at == "end":
            return self._end
        return now if at is None else float(at)

    def _vector(self, node: Node, now: float) -> Vector:
        value = self.value(node, now)
        if isinstance(value, dict):
            return value
        if isinstance(value, float):
            return {(): value}
        raise QueryError("bad_data", "a string is no vector")

    def _number(self, node: Node, now: float) -> float:
        value = self.value(node, now)
        if not isinstance(value, (int, float)):
            raise QueryError("bad_data", "expected a scalar")
        return float(value)

    def _text(self, node: Node, now: float) -> str:
        return str(self.value(node, now))

    def _aggregate(self, node: Aggregate, now: float) -> Vector:
        parameter = self.value(node.parameter, now) if node.parameter is not None else None
        if isinstance(parameter, dict):
            raise QueryError("bad_data", f"expected type scalar in aggregation parameter of {node.operator}")
        vector = self._vector(node.inner, now)
        return aggregate(node.operator, vector, node.labels, parameter, is_without=node.without)

    def _binary(self, node: Binary, now: float) -> Value:
        left, right = self.value(node.left, now), self.value(node.right, now)
        if isinstance(left, str) or isinstance(right, str):
            raise QueryError(
                "bad_data", "binary expression must contain only scalar and instant vector types"
            )
        if isinstance(left, dict) and isinstance(right, dict):
            if node.operator in operators.SETS:
                return operators.between_sets(node.operator, left, right, node.matching)
            return operators.between_vectors(
                node.operator, left, right, node.matching, returns_bool=node.returns_bool
            )
        if isinstance(left, dict):
            number = cast(float, right)
            return operators.with_number(
                node.operator, left, number, swapped=False, returns_bool=node.returns_bool
            )
        if isinstance(right, dict):
            return operators.with_number(
                node.operator, right, left, swapped=True, returns_bool=node.returns_bool
            )
        return operators.between_numbers(node.operator, left, right)

    def _call(self, node: Call, now: float) -> Value:
        name, arguments = node.name, node.arguments
        if name in RANGE_FUNCTIONS:
            ranges, start, end = self.ranges(_window(arguments[0]), now)
            function = RANGE_FUNCTIONS[name]
            computed = ((labels, function(points, start, end)) for labels, points in ranges)
            return _joined(
                (labels if name in KEEPS_NAME else unnamed(labels), value)
                for labels, value in computed
                if value is not None
            )
        if name in VALUE_FUNCTIONS:
            numbers = [self._number(each, now) for each in arguments[1:]]
            function_of = VALUE_FUNCTIONS[name]
            vector = self._vector(arguments[0], now)
            return _joined(
                (unnamed(labels), function_of(value, *numbers)) for labels, value in vector.items()
            )
        if name in DATE_FUNCTIONS:
            dates = self._vector(arguments[0], now) if arguments else {(): now}
            return _joined((unnamed(labels), DATE_FUNCTIONS[name](value)) for labels, value in dates.items())
        return self._special(name, arguments, now)

    def _special(self, name: str, arguments: Sequence[Node], now: float) -> Value:  # noqa: C901, PLR0912 - a list
        match name:
            case "time":
                return now
            case "pi":
                return math.pi
            case "vector":
                return {(): self._number(arguments[0], now)}
            case "scalar":
                values = list(self._vector(arguments[0], now).values())
                return values[0] if len(values) == 1 else math.nan
            case "absent":
                return {} if self._vector(arguments[0], now) else {_expected(arguments[0]): 1.0}
            case "absent_over_time":
                window = _window(arguments[0])
                return {} if self.ranges(window, now)[0] else {_expected(window.inner): 1.0}
            case "sort" | "sort_desc":
                sign = 1 if name == "sort" else -1
                vector = self._vector(arguments[0], now)
                return dict(sorted(vector.items(), key=lambda pair: (math.isnan(pair[1]), sign * pair[1])))
            case "timestamp":
                return self._timestamps(arguments[0], now)
            case "histogram_quantile":
                return histogram_quantile(self._number(arguments[0], now), self._vector(arguments[1], now))
            case "quantile_over_time":
                fraction = self._number(arguments[0], now)
                ranges, _, _ = self.ranges(_window(arguments[1]), now)
                return _joined(
                    (unnamed(labels), quantile(fraction, [v for _, v in points])) for labels, points in ranges
                )
            case "predict_linear":
                ahead = self._number(arguments[1], now)
                ranges, _, end = self.ranges(_window(arguments[0]), now)
                lines = ((labels, regression(points, end)) for labels, points in ranges)
                return _joined((unnamed(labels), line[0] * ahead + line[1]) for labels, line in lines if line)
            case "label_replace":
                words = [self._text(each, now) for each in arguments[1:]]
                return label_replace(self._vector(arguments[0], now), words[0], words[1], words[2], words[3])
            case "label_join":
                words = [self._text(each, now) for each in arguments[1:]]
                return label_join(self._vector(arguments[0], now), words[0], words[1], words[2:])
        raise QueryError("bad_data", f"the function {name} is not supported by this stand-in of Prometheus")

    def _timestamps(self, node: Node, now: float) -> Vector:
        if not isinstance(node, Selector):
            return {unnamed(labels): now for labels in self._vector(node, now)}
        moment = self._moment(node.at, now) - node.offset
        found = ((series.labels, series.at(moment, LOOKBACK)) for series in self._series(node))
        return _joined((unnamed(labels), point[0]) for labels, point in found if point is not None)


def _joined(pairs: Iterable[tuple[Labels, float]]) -> Vector:
    result: Vector = {}
    for labels, value in pairs:
        if labels in result:
            raise QueryError("execution", "vector cannot contain metrics with the same labelset")
        result[labels] = value
    return result


def _window(node: Node) -> Window:
    if not isinstance(node, Window):
        raise QueryError("bad_data", f"expected type range vector, got {kind_of(node)}")
    return node


def _expected(node: Node) -> Labels:
    """The labels that a series would have that is absent: those of the equalities."""
    if not isinstance(node, Selector) or len(node.groups) != 1:
        return ()
    return unnamed(labels_of((each.name, each.value) for each in node.groups[0] if each.operator == "="))


def instant_query(store: SampleStore, node: Node, now: float) -> Value | Ranges:
    """The value at a moment; the samples themselves for a range. Raises QueryError."""
    evaluation = Evaluation(store, now, now)
    if isinstance(node, Window):
        return evaluation.ranges(node, now)[0]
    return evaluation.value(node, now)


async def range_query(store: SampleStore, node: Node, start: float, end: float, step: float) -> Ranges:
    """The values at every step from `start` to `end`. Raises QueryError."""
    if kind_of(node) not in ("vector", "scalar"):
        kind = {"matrix": "range vector", "string": "string"}[kind_of(node)]
        message = f'invalid expression type "{kind}" for range query, must be Scalar or instant Vector'
        raise QueryError("bad_data", f'invalid parameter "query": {message}')
    if (end - start) / step > MOST_STEPS:
        raise QueryError(
            "bad_data",
            "exceeded maximum resolution of 11,000 points per timeseries. Try decreasing the query resolution (?step=XX)",
        )
    evaluation = Evaluation(store, start, end)
    collected: dict[Labels, list[Point]] = {}
    looked = time.monotonic()
    for number in range(math.floor((end - start) / step + 1e-9) + 1):
        if time.monotonic() - looked > BREATH:
            await asyncio.sleep(0)
            looked = time.monotonic()
        now = start + number * step
        value = evaluation.value(node, now)
        vector = value if isinstance(value, dict) else {(): cast(float, value)}
        for labels, each in vector.items():
            collected.setdefault(labels, []).append((now, each))
    return sorted(collected.items())
