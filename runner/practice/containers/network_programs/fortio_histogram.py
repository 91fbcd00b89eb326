"""fortio's histogram of times, and the percentiles that it reads from it (stats/stats.go)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

RESOLUTION = 0.001
"""Seconds, of fortio's -r: the unit of the edges."""
EDGES = (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 14, 16, 18, 20, 25, 30, 35, 40, 45, 50, 60, 70, 80, 90, 100, 120, 140, 160,
         180, 200, 250, 300, 350, 400, 450, 500, 600, 700, 800, 900, 1000, 2000, 3000, 4000, 5000, 7500, 10000, 20000,
         30000, 40000, 50000, 75000, 100000)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Range:
    """Times above `start` up to `end`; `share` is the percentage of all times up to `end`."""

    start: float
    end: float
    share: float
    count: int

    def line(self, *, is_first: bool) -> str:
        middle = (self.start + self.end) / 2
        return f"{'>=' if is_first else '>'} {self.start:.6g} <= {self.end:.6g} , {middle:.6g} , {self.share:.2f}, {self.count}"


def histogram(ordered: Sequence[float], resolution: float) -> list[Range]:
    """The ranges that something is in; the first begins with the least time, the last one ends with the most."""
    found: list[Range] = []
    at, low = 0, 0.0
    for high in (*(edge * resolution for edge in EDGES), ordered[-1]):
        first = at
        while at < len(ordered) and ordered[at] <= high:
            at += 1
        if at > first:
            end = ordered[-1] if at == len(ordered) else high
            start = low if found else ordered[0]
            found.append(Range(start, end, at * 100 / len(ordered), at - first))
        low = high
    return found


def percentile(ranges: Sequence[Range], ordered: Sequence[float], share: float) -> float:
    """The seconds within which that percentage is, on a line between the edges of a range."""
    before = 100 / len(ordered)
    if share <= before:
        return ordered[0]
    for each in ranges:
        if share <= each.share:
            within = (share - before) / (each.share - before) if each.share > before else 1.0
            return each.start + within * (each.end - each.start)
        before = each.share
    return ordered[-1]
