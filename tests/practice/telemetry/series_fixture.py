"""Series for tests, written as Prometheus' own tests do: `0+10x5` is 0 10 20 30 40 50; `_` is a missing sample."""

from __future__ import annotations

import re

from runner.practice.containers.telemetry.exposition_format import read_samples
from runner.practice.containers.telemetry.label_pairs import NAME, Labels
from runner.practice.containers.telemetry.promql.parsed_query import parse_query
from runner.practice.containers.telemetry.promql.query_evaluator import Value, instant_query
from runner.practice.containers.telemetry.sample_store import SampleStore

_GROWING = re.compile(r"(-?[\d.]+)([+-][\d.]+)x(\d+)")


def stored(series: dict[str, str], step: float = 60.0) -> SampleStore:
    """Samples from 0 on, `step` seconds apart."""
    store = SampleStore()
    for name, notation in series.items():
        ((labels, _),) = read_samples(f"{name} 0")[0]
        for number, value in enumerate(_values(notation)):
            if value is not None:
                store.add(labels, number * step, value)
    return store


def _values(notation: str) -> list[float | None]:
    found: list[float | None] = []
    for word in notation.split():
        if growing := _GROWING.fullmatch(word):
            first, by, count = float(growing[1]), float(growing[2]), int(growing[3])
            found += [first + by * number for number in range(count + 1)]
        else:
            found.append(None if word == "_" else float(word))
    return found


def asked(store: SampleStore, query: str, at: float) -> Value:
    value = instant_query(store, parse_query(query), at)
    assert not isinstance(value, list)
    return value


def readable(labels: Labels) -> str:
    """name{a="1"}"""
    inside = ",".join(f'{name}="{value}"' for name, value in labels if name != NAME)
    return dict(labels).get(NAME, "") + (f"{{{inside}}}" if inside else "")


def vector(store: SampleStore, query: str, at: float) -> dict[str, float]:
    value = asked(store, query, at)
    assert isinstance(value, dict), value
    return {readable(labels): number for labels, number in value.items()}
