"""Functions over the samples of one series within a range (prometheus promql/functions.go)."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Sequence

Points = Sequence[tuple[float, float]]
RangeFunction = Callable[[Points, float, float], float | None]
"""(samples, start of the range, its end) -> the value, None where there is none."""

MOST_OF_A_GAP = 1.1
"""Of the average distance between samples: nearer to the end of the range a series is taken to go on until there."""


def extrapolated(
    points: Points, start: float, end: float, *, counter: bool, per_second: bool
) -> float | None:
    """rate, increase and delta: what the samples say, extended to the ends of the range."""
    if len(points) < 2:
        return None
    (first_time, first), (last_time, last) = points[0], points[-1]
    change = last - first
    if counter:
        for (_, before), (_, after) in itertools.pairwise(points):
            if after < before:
                change += before
    sampled = last_time - first_time
    average = sampled / (len(points) - 1)
    to_start, to_end = first_time - start, end - last_time
    if to_start >= average * MOST_OF_A_GAP:
        to_start = average / 2
    if counter and change > 0 and first >= 0:
        to_start = min(to_start, sampled * (first / change))  # a counter does not begin below zero
    if to_end >= average * MOST_OF_A_GAP:
        to_end = average / 2
    result = change * (sampled + to_start + to_end) / sampled
    return result / (end - start) if per_second else result


def _rate(points: Points, start: float, end: float) -> float | None:
    return extrapolated(points, start, end, counter=True, per_second=True)


def _increase(points: Points, start: float, end: float) -> float | None:
    return extrapolated(points, start, end, counter=True, per_second=False)


def _delta(points: Points, start: float, end: float) -> float | None:
    return extrapolated(points, start, end, counter=False, per_second=False)


def _irate(points: Points, _start: float, _end: float) -> float | None:
    if len(points) < 2:
        return None
    (earlier, before), (later, after) = points[-2:]
    return (after if after < before else after - before) / (later - earlier)


def _idelta(points: Points, _start: float, _end: float) -> float | None:
    return points[-1][1] - points[-2][1] if len(points) > 1 else None


def regression(points: Points, origin: float) -> tuple[float, float] | None:
    """(slope, value at `origin`) of the line nearest to the samples."""
    if len(points) < 2:
        return None
    count = len(points)
    times = [time - origin for time, _ in points]
    values = [value for _, value in points]
    mean_time, mean_value = sum(times) / count, sum(values) / count
    spread = sum((time - mean_time) ** 2 for time in times)
    if not spread:
        return None
    slope = sum((t - mean_time) * (v - mean_value) for t, v in zip(times, values, strict=True)) / spread
    return slope, mean_value - slope * mean_time


def _deriv(points: Points, _start: float, _end: float) -> float | None:
    found = regression(points, points[0][0]) if points else None
    return found[0] if found else None


def _changes(points: Points, _start: float, _end: float) -> float | None:
    if not points:
        return None
    pairs = itertools.pairwise(points)
    return float(sum(a != b and not (math.isnan(a) and math.isnan(b)) for (_, a), (_, b) in pairs))


def _resets(points: Points, _start: float, _end: float) -> float | None:
    if not points:
        return None
    return float(sum(after < before for (_, before), (_, after) in itertools.pairwise(points)))


def _over_time(of_values: Callable[[list[float]], float]) -> RangeFunction:
    def compute(points: Points, _start: float, _end: float) -> float | None:
        return of_values([value for _, value in points]) if points else None

    return compute


def mean(values: Sequence[float]) -> float:
    return math.fsum(values) / len(values)


def variance(values: Sequence[float]) -> float:
    middle = mean(values)
    return math.fsum((value - middle) ** 2 for value in values) / len(values)


def quantile(fraction: float, values: Sequence[float]) -> float:
    """Between the two nearest values, as Prometheus takes it."""
    if not values or math.isnan(fraction):
        return math.nan
    if not 0 <= fraction <= 1:
        return math.copysign(math.inf, fraction)
    ordered = sorted(values, key=lambda value: (not math.isnan(value), value))
    rank = fraction * (len(ordered) - 1)
    lower = min(math.floor(rank), len(ordered) - 1)
    upper = min(lower + 1, len(ordered) - 1)
    weight = rank - math.floor(rank)
    return ordered[lower] * (1 - weight) + ordered[upper] * weight


RANGE_FUNCTIONS: dict[str, RangeFunction] = {
    "rate": _rate,
    "increase": _increase,
    "delta": _delta,
    "irate": _irate,
    "idelta": _idelta,
    "deriv": _deriv,
    "changes": _changes,
    "resets": _resets,
    "avg_over_time": _over_time(mean),
    "min_over_time": _over_time(min),
    "max_over_time": _over_time(max),
    "sum_over_time": _over_time(math.fsum),
    "count_over_time": _over_time(lambda values: float(len(values))),
    "last_over_time": _over_time(lambda values: values[-1]),
    "present_over_time": _over_time(lambda _values: 1.0),
    "stddev_over_time": _over_time(lambda values: math.sqrt(variance(values))),
    "stdvar_over_time": _over_time(variance),
}
KEEPS_NAME = frozenset({"last_over_time"})
