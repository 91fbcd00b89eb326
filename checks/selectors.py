"""Label selectors in kubectl's syntax: `app=istiod`, `tier in (a, b)`, `!canary`, joined by commas."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Annotated

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

_KEY = r"(?:[A-Za-z0-9][-A-Za-z0-9.]*/)?[A-Za-z0-9](?:[-A-Za-z0-9_.]*[A-Za-z0-9])?"
_VALUE = r"[A-Za-z0-9](?:[-A-Za-z0-9_.]*[A-Za-z0-9])?"
_SET = re.compile(rf"({_KEY})\s+(in|notin)\s*\(([^()]*)\)")
_EQUALITY = re.compile(rf"({_KEY})\s*(==|!=|=)\s*({_VALUE})?")
_EXISTS = re.compile(rf"(!?)\s*({_KEY})")


@dataclass(frozen=True, slots=True)
class Requirement:
    """One condition on one label. `values` None: the label only has to be there (or not be there)."""

    key: str
    wanted: bool
    values: frozenset[str] | None

    def holds(self, labels: Mapping[str, object]) -> bool:
        if self.values is None:
            return (self.key in labels) is self.wanted
        # As the API server judges: `!=` and `notin` also hold where the label is missing.
        value = labels.get(self.key)
        return (isinstance(value, str) and value in self.values) is self.wanted


@lru_cache(maxsize=256)
def parse(selector: str) -> tuple[Requirement, ...]:
    """The conditions of a selector; none for an empty one. Raises ValueError."""
    if not selector.strip():
        return ()
    return tuple(_requirement(part.strip()) for part in _parts(selector))


def _parts(selector: str) -> Iterator[str]:
    """Split at the commas that stand outside of brackets."""
    begin, inside = 0, False
    for at, character in enumerate(selector):
        if character == "," and not inside:
            yield selector[begin:at]
            begin = at + 1
        elif character in "()":
            inside = character == "("
    yield selector[begin:]


def _requirement(part: str) -> Requirement:
    if found := _SET.fullmatch(part):
        values = [value.strip() for value in found[3].split(",")]
        if all(not value or re.fullmatch(_VALUE, value) for value in values):
            return Requirement(found[1], found[2] == "in", frozenset(values))
    elif found := _EQUALITY.fullmatch(part):
        return Requirement(found[1], found[2] != "!=", frozenset([found[3] or ""]))
    elif found := _EXISTS.fullmatch(part):
        return Requirement(found[2], not found[1], None)
    raise ValueError(f"not a label selector: {part[:100]!r}")


def is_label(key: object, value: object) -> bool:
    """Whether an API server takes this for a label."""
    return (
        isinstance(key, str)
        and isinstance(value, str)
        and len(key) <= 317
        and len(value) <= 63
        and re.fullmatch(_KEY, key) is not None
        and re.fullmatch(_VALUE, value or "a") is not None
    )


def matches(selector: str, labels: object) -> bool:
    """Whether an object's labels satisfy `selector`. Raises ValueError if the selector can't be read."""
    known = labels if isinstance(labels, dict) else {}
    return all(requirement.holds(known) for requirement in parse(selector))


def selects(selector: object, labels: Mapping[str, object]) -> bool:
    """Whether a LabelSelector of a manifest (matchLabels, matchExpressions) takes these labels; one that is empty or left
    out takes all, one that can't be read none."""
    if not selector:
        return True
    if not isinstance(selector, dict):
        return False
    wanted, expressions = selector.get("matchLabels") or {}, selector.get("matchExpressions") or []
    if not isinstance(wanted, dict) or not isinstance(expressions, list):
        return False
    alike = all(labels.get(key) == value for key, value in wanted.items())
    return alike and all(_expressed(each, labels) for each in expressions)


def _expressed(expression: object, labels: Mapping[str, object]) -> bool:
    if not isinstance(expression, dict) or not isinstance(expression.get("key"), str):
        return False
    key, values = expression["key"], expression.get("values")
    listed = isinstance(values, list) and key in labels and labels[key] in values
    match expression.get("operator"):
        case "In":
            return listed
        case "NotIn":
            return not listed
        case "Exists":
            return key in labels
        case "DoesNotExist":
            return key not in labels
    return False


def _checked(selector: str) -> str:
    try:
        parse(selector)
    except ValueError as error:
        raise PydanticCustomError(
            "selector",
            "a label selector looks like app=istiod or tier in (a, b): {reason}",
            {"reason": str(error)},
        ) from None
    return selector


Selector = Annotated[str, Field(max_length=2000), AfterValidator(_checked)]
"""A label selector, checked when the lab is read."""
