"""Functions of the values of a vector, one by one, and of its labels."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from runner.practice.containers.telemetry.label_pairs import Labels, labels_of
from runner.practice.containers.telemetry.promql.query_errors import QueryError


def _round(value: float, to: float = 1.0) -> float:
    """Halves go up."""
    inverse = 1.0 / to
    return math.floor(value * inverse + 0.5) / inverse


def _clamped(value: float, low: float, high: float) -> float:
    return max(low, min(high, value))


def _guarded(function: Callable[[float], float], outside: float) -> Callable[[float], float]:
    """`outside` where Python refuses a value: Go gives NaN or an infinity then."""

    def compute(value: float) -> float:
        try:
            return function(value)
        except (ValueError, OverflowError):
            return outside

    return compute


def _logarithm(base: Callable[[float], float]) -> Callable[[float], float]:
    return lambda value: base(value) if value > 0 else (-math.inf if value == 0 else math.nan)


def _whole(function: Callable[[float], int]) -> Callable[[float], float]:
    return lambda value: float(function(value)) if math.isfinite(value) else value


def _of_date(part: Callable[[time.struct_time], int]) -> Callable[[float], float]:
    return lambda value: float(part(time.gmtime(value)))


def _days_in_month(date: time.struct_time) -> int:
    leap = date.tm_year % 4 == 0 and (date.tm_year % 100 != 0 or date.tm_year % 400 == 0)
    return (31, 29 if leap else 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)[date.tm_mon - 1]


VALUE_FUNCTIONS: Mapping[str, Callable[..., float]] = {
    "round": _round,
    "ceil": _whole(math.ceil),
    "floor": _whole(math.floor),
    "abs": abs,
    "sqrt": _guarded(math.sqrt, math.nan),
    "exp": _guarded(math.exp, math.inf),
    "ln": _logarithm(math.log),
    "log2": _logarithm(math.log2),
    "log10": _logarithm(math.log10),
    "sgn": lambda value: math.nan if math.isnan(value) else float((value > 0) - (value < 0)),
    "clamp": _clamped,
    "clamp_min": max,
    "clamp_max": min,
    "sin": math.sin,
    "cos": math.cos,
    "tan": math.tan,
    "deg": math.degrees,
    "rad": math.radians,
}
"""Of a value, and numbers that are further arguments."""
DATE_FUNCTIONS: Mapping[str, Callable[[float], float]] = {
    "minute": _of_date(lambda date: date.tm_min),
    "hour": _of_date(lambda date: date.tm_hour),
    "day_of_week": _of_date(lambda date: (date.tm_wday + 1) % 7),
    "day_of_month": _of_date(lambda date: date.tm_mday),
    "day_of_year": _of_date(lambda date: date.tm_yday),
    "days_in_month": _of_date(_days_in_month),
    "month": _of_date(lambda date: date.tm_mon),
    "year": _of_date(lambda date: date.tm_year),
}
"""Of seconds since 1970; without an argument: of now."""


def label_replace(
    vector: Mapping[Labels, float], target: str, replacement: str, source: str, pattern: str
) -> dict[Labels, float]:
    """Raises QueryError."""
    import re2

    try:
        compiled = re2.compile(f"(?s:{pattern})")
    except re2.error as error:
        message = f"invalid regular expression in label_replace(): {pattern}: {error}"
        raise QueryError("execution", message) from None
    template = _python_template(replacement)
    result: dict[Labels, float] = {}
    for labels, value in vector.items():
        found = compiled.fullmatch(dict(labels).get(source, ""))
        made = labels_of({**dict(labels), target: template(found)}) if found else labels
        _unique(result, made, "label_replace")
        result[made] = value
    return result


def label_join(
    vector: Mapping[Labels, float], target: str, separator: str, sources: Sequence[str]
) -> dict[Labels, float]:
    """Raises QueryError."""
    result: dict[Labels, float] = {}
    for labels, value in vector.items():
        own = dict(labels)
        made = labels_of({**own, target: separator.join(own.get(name, "") for name in sources)})
        _unique(result, made, "label_join")
        result[made] = value
    return result


def _unique(vector: Mapping[Labels, float], labels: Labels, function: str) -> None:
    if labels in vector:
        raise QueryError("execution", f"{function}: vector cannot contain metrics with the same labelset")


def _python_template(replacement: str) -> Callable[..., str]:
    """$1, ${1} and ${name}, filled in from a match."""
    import re2

    reference = re2.compile(r"\$(?:\{(\w+)\}|(\w+))")

    def filled(found: Any) -> str:
        def group(name: str) -> str:
            try:
                return found[int(name) if name.isdigit() else name] or ""
            except IndexError:
                return ""

        return str(reference.sub(lambda each: group(each[1] or each[2]), replacement))

    return filled
