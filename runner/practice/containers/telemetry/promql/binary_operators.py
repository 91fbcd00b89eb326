"""Operators between numbers and vectors, and how the elements of two vectors are paired."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

from runner.practice.containers.telemetry.label_pairs import NAME, Labels, labels_of, only, unnamed, without
from runner.practice.containers.telemetry.promql.parsed_query import Matching
from runner.practice.containers.telemetry.promql.query_errors import QueryError

Vector = dict[Labels, float]


def _divided(left: float, right: float) -> float:
    if right:
        return left / right
    if not left or math.isnan(left):
        return math.nan
    return math.copysign(math.inf, left) * math.copysign(1.0, right)


def _power(left: float, right: float) -> float:
    try:
        result = left**right
    except ZeroDivisionError:
        return math.inf
    except OverflowError:
        return math.inf
    return result if isinstance(result, float) else math.nan  # a complex number: a root of a negative one


def _remainder(left: float, right: float) -> float:
    return math.fmod(left, right) if right and not math.isinf(left) else math.nan


ARITHMETIC: dict[str, Callable[[float, float], float]] = {
    "+": lambda left, right: left + right,
    "-": lambda left, right: left - right,
    "*": lambda left, right: left * right,
    "/": _divided,
    "%": _remainder,
    "^": _power,
    "atan2": math.atan2,
}
COMPARISONS: dict[str, Callable[[float, float], bool]] = {
    "==": lambda left, right: left == right,
    "!=": lambda left, right: left != right,
    "<": lambda left, right: left < right,
    ">": lambda left, right: left > right,
    "<=": lambda left, right: left <= right,
    ">=": lambda left, right: left >= right,
}
SETS = frozenset({"and", "or", "unless"})


def between_numbers(operator: str, left: float, right: float) -> float:
    if operator in COMPARISONS:
        return float(COMPARISONS[operator](left, right))
    return ARITHMETIC[operator](left, right)


def with_number(
    operator: str, vector: Mapping[Labels, float], number: float, *, swapped: bool, returns_bool: bool
) -> Vector:
    """`swapped`: the number is on the left. A comparison keeps the elements for which it is true, with their values."""
    result: Vector = {}
    for labels, value in vector.items():
        left, right = (number, value) if swapped else (value, number)
        if operator in ARITHMETIC:
            _put(result, unnamed(labels), ARITHMETIC[operator](left, right))
        elif returns_bool:
            _put(result, unnamed(labels), float(COMPARISONS[operator](left, right)))
        elif COMPARISONS[operator](left, right):
            result[labels] = value
    return result


def between_sets(operator: str, left: Vector, right: Vector, matching: Matching) -> Vector:
    """and, or, unless."""
    on_left = {_key(labels, matching) for labels in left}
    on_right = {_key(labels, matching) for labels in right}
    if operator == "and":
        return {labels: value for labels, value in left.items() if _key(labels, matching) in on_right}
    if operator == "unless":
        return {labels: value for labels, value in left.items() if _key(labels, matching) not in on_right}
    added = {labels: value for labels, value in right.items() if _key(labels, matching) not in on_left}
    return {**added, **left} if not left else {**left, **added}


def between_vectors(
    operator: str, left: Vector, right: Vector, matching: Matching, *, returns_bool: bool
) -> Vector:
    """Element by element. Raises QueryError where several match."""
    many, one = (right, left) if matching.many == "right" else (left, right)
    partners: dict[Labels, tuple[Labels, float]] = {}
    for labels, value in one.items():
        key = _key(labels, matching)
        if key in partners:
            side = "left" if matching.many == "right" else "right"
            raise QueryError(
                "execution",
                f"found duplicate series for the match group {_shown(key)} on the {side} hand-side of the operation: "
                f"[{_shown(labels)}, {_shown(partners[key][0])}];many-to-many matching not allowed: "
                "matching labels must be unique on one side",
            )
        partners[key] = labels, value
    result: Vector = {}
    for labels, value in many.items():
        partner = partners.get(_key(labels, matching))
        if partner is None:
            continue
        a, b = (partner[1], value) if matching.many == "right" else (value, partner[1])
        keeps_name = operator in COMPARISONS and not returns_bool
        made = _labels(labels, partner[0], matching, keeps_name=keeps_name)
        if operator in ARITHMETIC:
            computed = ARITHMETIC[operator](a, b)
        elif returns_bool:
            computed = float(COMPARISONS[operator](a, b))
        elif COMPARISONS[operator](a, b):
            computed = a
        else:
            continue
        if made in result:
            if matching.many:
                why = "multiple matches for labels: grouping labels must ensure unique matches"
            else:
                why = "multiple matches for labels: many-to-one matching must be explicit (group_left/group_right)"
            raise QueryError("execution", why)
        result[made] = computed
    return result


def _key(labels: Labels, matching: Matching) -> Labels:
    if matching.on:
        return only(labels, matching.labels)
    return without(labels, (*matching.labels, NAME))


def _labels(many: Labels, one: Labels, matching: Matching, *, keeps_name: bool) -> Labels:
    """Of a result."""
    kept = many if keeps_name else unnamed(many)
    if not matching.many:
        return only(kept, (*matching.labels, NAME)) if matching.on else without(kept, matching.labels)
    if not matching.include:
        return kept
    found = dict(one)
    return labels_of({**dict(kept), **{name: found.get(name, "") for name in matching.include}})


def _put(vector: Vector, labels: Labels, value: float) -> None:
    if labels in vector:
        raise QueryError("execution", "vector cannot contain metrics with the same labelset")
    vector[labels] = value


def _shown(labels: Labels) -> str:
    return "{" + ", ".join(f'{name}="{value}"' for name, value in labels) + "}"
