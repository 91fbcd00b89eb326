"""The labels of a time series: pairs sorted by name, which can be a key."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

Labels = tuple[tuple[str, str], ...]
NAME = "__name__"


def labels_of(pairs: Mapping[str, str] | Iterable[tuple[str, str]]) -> Labels:
    """Sorted, without empty values: a label that is empty is one that is not there."""
    items = pairs.items() if isinstance(pairs, Mapping) else pairs
    return tuple(sorted((name, value) for name, value in items if value != ""))


def name_of_series(labels: Labels) -> str:
    return next((value for name, value in labels if name == NAME), "")


def without(labels: Labels, names: Collection[str]) -> Labels:
    return tuple(pair for pair in labels if pair[0] not in names)


def only(labels: Labels, names: Collection[str]) -> Labels:
    return tuple(pair for pair in labels if pair[0] in names)


def unnamed(labels: Labels) -> Labels:
    return tuple(pair for pair in labels if pair[0] != NAME)
