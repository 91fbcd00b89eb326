"""The part of JSONPath that printer columns use: fields, indexes, `[*]`, `[?(@.type=="Ready")]`."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

Step = Callable[[Any], Sequence[Any]]

_TOKEN = re.compile(
    r"""
      \.?\[\?\(\s*@(?P<left>[^=!<>]*?)\s*(?:(?P<operator>==|!=|<=|>=|<|>)\s*(?P<right>.+?))?\s*\)\]
    | \.?\[\s*(?P<quote>['"])(?P<key>.*?)(?P=quote)\s*\]
    | \.?\[\s*(?P<index>-?\d+)\s*\]
    | \.?\[(?P<from>-?\d*):(?P<to>-?\d*)\]
    | \.?(?P<all>\[\*\]|\*)
    | \.(?P<field>(?:\\.|[^.\[\]\\])+)
    """,
    re.VERBOSE,
)

_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "==": lambda a, b: bool(a == b),
    "!=": lambda a, b: bool(a != b),
    "<": lambda a, b: bool(a < b),
    "<=": lambda a, b: bool(a <= b),
    ">": lambda a, b: bool(a > b),
    ">=": lambda a, b: bool(a >= b),
}


def find(value: Any, path: str) -> list[Any]:
    """What is at `path` (`.spec.hosts[0]`) in `value`; nothing where a step is missing or can't be read."""
    found = [value]
    for step in _steps(path):
        found = [inner for one in found for inner in step(one)]
    return found


@cache
def _steps(path: str) -> tuple[Step, ...]:
    path = path.strip().removeprefix("{").removesuffix("}").removeprefix("$")
    if path and path[0] not in ".[":
        path = f".{path}"
    steps, position = [], 0
    while position < len(path):
        token = _TOKEN.match(path, position)
        if token is None:
            return (_nothing,)
        steps.append(_step(token))
        position = token.end()
    return tuple(steps)


def _nothing(_: Any) -> Sequence[Any]:
    return ()


def _step(token: re.Match[str]) -> Step:
    if token["all"]:
        return _members
    if token["index"] is not None:
        return _at(int(token["index"]))
    if token["from"] is not None:
        return _slice(token["from"], token["to"])
    if token["left"] is not None:
        return _where(token["left"], token["operator"], token["right"])
    name = token["key"] if token["key"] is not None else re.sub(r"\\(.)", r"\1", token["field"])
    return lambda value: (value[name],) if isinstance(value, dict) and name in value else ()


def _members(value: Any) -> Sequence[Any]:
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else ()


def _at(index: int) -> Step:
    def step(value: Any) -> Sequence[Any]:
        inside = isinstance(value, list) and -len(value) <= index < len(value)
        return (value[index],) if inside else ()

    return step


def _slice(start: str, end: str) -> Step:
    part = slice(int(start) if start else None, int(end) if end else None)
    return lambda value: value[part] if isinstance(value, list) else ()


def _where(left: str, operator: str | None, right: str | None) -> Step:
    wanted = _literal(right or "")

    def holds(one: Any) -> bool:
        for found in find(one, left):
            try:
                if operator is None or _COMPARE[operator](found, wanted):
                    return True
            except TypeError:  # a text against a number: not so
                continue
        return False

    return lambda value: [one for one in _members(value) if holds(one)]


def _literal(text: str) -> Any:
    if len(text) > 1 and text[0] == text[-1] and text[0] in "'\"":
        return text[1:-1]
    try:
        return json.loads(text)
    except ValueError:
        return text
