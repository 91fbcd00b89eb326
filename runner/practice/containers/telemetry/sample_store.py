"""Time series as a Prometheus keeps them: samples by labels, bounded in number."""

from __future__ import annotations

import sys
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

from runner.practice.containers.telemetry.exposition_format import Metadata
from runner.practice.containers.telemetry.label_pairs import NAME, Labels, name_of_series

MOST_SAMPLES = 960
"""Of a series: four hours at 15 seconds each."""
MOST_SERIES = 20_000
STALE = -sys.float_info.max
"""A sample that says that the series ended there (Prometheus has a NaN of its own for it)."""

Point = tuple[float, float]
"""(seconds since 1970, value)"""


@dataclass(frozen=True)
class LabelMatcher:
    """One condition on a label; a label that is not there counts as empty. Expressions match the whole value."""

    name: str
    operator: Literal["=", "!=", "=~", "!~"]
    value: str

    @cached_property
    def _pattern(self) -> Any:
        import re2

        return re2.compile(f"(?s:{self.value})")

    def matches(self, value: str) -> bool:
        if self.operator in ("=", "!="):
            return (value == self.value) == (self.operator == "=")
        return bool(self._pattern.fullmatch(value)) == (self.operator == "=~")


class Series:
    """One series: its samples, oldest first."""

    __slots__ = ("labels", "times", "values")

    def __init__(self, labels: Labels) -> None:
        self.labels = labels
        self.times, self.values = array("d"), array("d")

    def append(self, time: float, value: float) -> None:
        if self.times and time <= self.times[-1]:
            return
        self.times.append(time)
        self.values.append(value)
        if len(self.times) > MOST_SAMPLES + 60:  # not one by one: taking the first away moves all others
            del self.times[:-MOST_SAMPLES], self.values[:-MOST_SAMPLES]

    def at(self, time: float, lookback: float) -> Point | None:
        """The newest sample of the `lookback` seconds until then; None where there is none, or the series had ended."""
        at = bisect_right(self.times, time) - 1
        if at < 0 or self.times[at] <= time - lookback or self.values[at] == STALE:
            return None
        return self.times[at], self.values[at]

    def between(self, start: float, end: float) -> list[Point]:
        """The samples after `start`, until `end`."""
        first, last = bisect_right(self.times, start), bisect_right(self.times, end)
        pairs = zip(self.times[first:last], self.values[first:last], strict=True)
        return [pair for pair in pairs if pair[1] != STALE]

    def has_any(self, start: float, end: float) -> bool:
        at = bisect_left(self.times, start)
        return at < len(self.times) and self.times[at] <= end


class SampleStore:
    """All series of one Prometheus."""

    def __init__(self) -> None:
        self._series: dict[Labels, Series] = {}
        self._by_name: dict[str, dict[Labels, Series]] = {}
        self.metadata: dict[str, Metadata] = {}
        """By the metric's name."""
        self.dropped = 0
        """Samples of series that were one too many."""

    def add(self, labels: Labels, time: float, value: float) -> None:
        series = self._series.get(labels)
        if series is None:
            if len(self._series) >= MOST_SERIES:
                self.dropped += 1
                return
            series = self._series[labels] = Series(labels)
            self._by_name.setdefault(name_of_series(labels), {})[labels] = series
        series.append(time, value)

    def end(self, labels: Iterable[Labels], time: float) -> None:
        """These series are not there any more."""
        for each in labels:
            if each in self._series:
                self._series[each].append(time, STALE)

    def select(self, matchers: Sequence[LabelMatcher]) -> Iterator[Series]:
        """The series that fulfil all of them."""
        others = matchers
        candidates: Iterable[Series] = self._series.values()
        named = next((each for each in matchers if (each.name, each.operator) == (NAME, "=")), None)
        if named is not None:
            candidates = self._by_name.get(named.value, {}).values()
            others = [each for each in matchers if each is not named]
        for series in list(candidates):
            labels = dict(series.labels)
            if all(each.matches(labels.get(each.name, "")) for each in others):
                yield series

    def series(self) -> Iterable[Series]:
        return list(self._series.values())

    def names(self) -> list[str]:
        """Of the metrics."""
        return sorted(self._by_name)

    def __len__(self) -> int:
        return len(self._series)

    def sample_count(self) -> int:
        return sum(len(series.times) for series in self._series.values())

    def forget_older(self, time: float) -> None:
        """Drop what has no sample since then."""
        for labels, series in list(self._series.items()):
            if not series.times or series.times[-1] < time:
                del self._series[labels]
                of_name = self._by_name[name_of_series(labels)]
                del of_name[labels]
                if not of_name:
                    del self._by_name[name_of_series(labels)]
