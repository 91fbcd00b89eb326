"""sum, avg, topk … over the elements of a vector, in groups."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence

from runner.practice.containers.telemetry.exposition_format import number_text
from runner.practice.containers.telemetry.label_pairs import NAME, Labels, labels_of, only, without
from runner.practice.containers.telemetry.promql.query_errors import QueryError
from runner.practice.containers.telemetry.promql.range_functions import mean, quantile, variance

_SIMPLE: dict[str, Callable[[Sequence[float]], float]] = {
    "sum": math.fsum,
    "avg": mean,
    "min": lambda values: min(values, key=lambda value: (math.isnan(value), value)),
    "max": lambda values: max(values, key=lambda value: (not math.isnan(value), value)),
    "count": lambda values: float(len(values)),
    "group": lambda _values: 1.0,
    "stddev": lambda values: math.sqrt(variance(values)),
    "stdvar": variance,
}


def aggregate(
    operator: str,
    vector: Mapping[Labels, float],
    labels: Sequence[str],
    parameter: float | str | None,
    *,
    is_without: bool,
) -> dict[Labels, float]:
    """Raises QueryError."""
    groups: dict[Labels, list[tuple[Labels, float]]] = {}
    named = (*labels, NAME) if is_without else labels
    for key, value in vector.items():
        groups.setdefault(without(key, named) if is_without else only(key, named), []).append((key, value))
    if operator in _SIMPLE:
        return {key: _sum_safe(operator, [value for _, value in found]) for key, found in groups.items()}
    if operator in ("topk", "bottomk") and isinstance(parameter, float):
        return _most(groups, parameter, largest=operator == "topk")
    if operator == "quantile" and isinstance(parameter, float):
        return {key: quantile(parameter, [value for _, value in found]) for key, found in groups.items()}
    if operator == "count_values" and isinstance(parameter, str):
        counted: dict[Labels, float] = {}
        for key, found in groups.items():
            for _, value in found:
                made = labels_of({**dict(key), parameter: number_text(value)})
                counted[made] = counted.get(made, 0.0) + 1
        return counted
    raise QueryError("bad_data", f"{operator} is not supported by this stand-in of Prometheus")


def _sum_safe(operator: str, values: Sequence[float]) -> float:
    """fsum refuses infinities of both signs, whose sum is NaN."""
    try:
        return _SIMPLE[operator](values)
    except (OverflowError, ValueError):
        return math.nan


def _most(
    groups: Mapping[Labels, list[tuple[Labels, float]]], parameter: float, *, largest: bool
) -> dict[Labels, float]:
    """The elements themselves, in order; NaN comes last."""
    if math.isnan(parameter) or parameter < 1:
        return {}
    result: dict[Labels, float] = {}
    for found in groups.values():
        sign = -1 if largest else 1
        ordered = sorted(found, key=lambda pair: (math.isnan(pair[1]), sign * pair[1]))
        result |= dict(ordered[: int(min(parameter, len(ordered)))])
    return result
