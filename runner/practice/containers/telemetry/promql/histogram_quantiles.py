"""histogram_quantile over classic histograms (prometheus promql/quantile.go)."""

from __future__ import annotations

import math
from collections.abc import Mapping

from runner.practice.containers.telemetry.label_pairs import NAME, Labels, without

Bucket = tuple[float, float]
"""(upper bound, count of all up to there)"""


def histogram_quantile(fraction: float, vector: Mapping[Labels, float]) -> dict[Labels, float]:
    """Of each set of buckets, without their label le; what has no le is left out."""
    groups: dict[Labels, list[Bucket]] = {}
    for labels, count in vector.items():
        try:
            bound = float(dict(labels)["le"].replace("Inf", "inf"))
        except (KeyError, ValueError):
            continue
        groups.setdefault(without(labels, ("le", NAME)), []).append((bound, count))
    return {labels: bucket_quantile(fraction, buckets) for labels, buckets in groups.items()}


def bucket_quantile(fraction: float, buckets: list[Bucket]) -> float:
    """NaN without observations, or without the bucket +Inf."""
    if math.isnan(fraction):
        return math.nan
    if not 0 <= fraction <= 1:
        return math.copysign(math.inf, fraction)
    ordered = _monotonic(sorted(buckets))
    if len(ordered) < 2 or not math.isinf(ordered[-1][0]) or not ordered[-1][1] > 0:
        return math.nan
    rank = fraction * ordered[-1][1]
    at = next((n for n, (_, count) in enumerate(ordered[:-1]) if count >= rank), len(ordered) - 1)
    if at == len(ordered) - 1:
        return ordered[-2][0]
    if at == 0 and ordered[0][0] <= 0:
        return ordered[0][0]
    start, below = ordered[at - 1] if at else (0.0, 0.0)
    end, until = ordered[at]
    count = until - below
    return start + (end - start) * ((rank - below) / count) if count else end


def _monotonic(buckets: list[Bucket]) -> list[Bucket]:
    """Buckets of one bound added up, and none with less than the one before."""
    by_bound: dict[float, float] = {}
    for bound, count in buckets:
        by_bound[bound] = by_bound.get(bound, 0.0) + count
    highest, result = 0.0, []
    for bound, count in by_bound.items():
        highest = max(highest, count)
        result.append((bound, highest))
    return result
