"""Values of a release: the chart's own, with those of files (`-f`) and of the command line (`--set`) over them."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from runner.practice.helm.helm_error import HelmError

Given = dict[str, Any]
LARGEST = 1024 * 1024
"""Bytes of a file of values."""


def merged_values(under: Mapping[str, Any], over: Mapping[str, Any]) -> Given:
    """Maps are merged, everything else is replaced; null takes a value away (helm.sh, Values Files)."""
    result = copy.deepcopy(dict(under))
    for key, value in over.items():
        if value is None:
            result.pop(key, None)
        elif isinstance(value, Mapping) and isinstance(result.get(key), Mapping):
            result[key] = merged_values(result[key], value)
        else:
            result[key] = copy.deepcopy(value)
    return result


def given_values(files: Sequence[str], assignments: Sequence[str], texts: Sequence[str]) -> Given:
    """Of `-f`, `--set` and `--set-string`, in the order in which helm takes them. Raises HelmError."""
    values: Given = {}
    for name in files:
        values = merged_values(values, _of_file(name))
    for is_text, listed in ((False, assignments), (True, texts)):
        for assignment in listed:
            for each in _split(assignment, ","):
                _assign(values, each, is_text=is_text)
    return values


def _of_file(name: str) -> Given:
    path = Path(name)
    try:
        if path.stat().st_size > LARGEST:
            raise HelmError(f"{name} is larger than {LARGEST} bytes")
        found = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise HelmError(f"open {name}: {why.lower()}") from None
    except (yaml.YAMLError, RecursionError) as error:
        raise HelmError(f"failed to parse {name}: {error}") from None
    if found is not None and not isinstance(found, dict):
        raise HelmError(f"failed to parse {name}: a map of values is expected")
    return found or {}


def _split(text: str, at: str) -> list[str]:
    """At a character that has no backslash before it and is in no braces."""
    parts, depth, escaped = [""], 0, False
    for character in text:
        if escaped or (character == "\\"):
            parts[-1] += character
            escaped = not escaped
            continue
        depth += {"{": 1, "}": -1}.get(character, 0)
        if character == at and not depth:
            parts.append("")
        else:
            parts[-1] += character
    return parts


def _assign(values: Given, assignment: str, *, is_text: bool) -> None:
    key, equals, value = assignment.partition("=")
    if not equals or not key:
        raise HelmError(f'failed parsing --set data: key "{key}" has no value')
    path = [each.replace("\\", "") for each in _split(key, ".")]
    at = values
    for number, each in enumerate(path):
        name, index = _indexed(each)
        last = number == len(path) - 1
        if index is None:
            if last:
                at[name] = _value(value, is_text=is_text)
                return
            if not isinstance(at.get(name), dict):
                at[name] = {}
            at = at[name]
            continue
        listed = at.get(name)
        at[name] = listed if isinstance(listed, list) else []
        at[name].extend({} for _ in range(index + 1 - len(at[name])))
        if last:
            at[name][index] = _value(value, is_text=is_text)
            return
        if not isinstance(at[name][index], dict):
            at[name][index] = {}
        at = at[name][index]


def _indexed(part: str) -> tuple[str, int | None]:
    name, bracket, rest = part.partition("[")
    number = rest.rstrip("]")
    if not bracket:
        return part, None
    if not number.isdigit() or int(number) > 1000:
        raise HelmError(f"failed parsing --set data: error parsing index: {part}")
    return name, int(number)


def _value(text: str, *, is_text: bool) -> Any:
    if text.startswith("{") and text.endswith("}"):
        return [_value(each, is_text=is_text) for each in _split(text[1:-1], ",")] if text != "{}" else []
    plain = text.replace("\\", "")
    if is_text:
        return plain
    if plain in ("true", "false"):
        return plain == "true"
    if plain == "null":
        return None
    return (
        int(plain) if plain.lstrip("-").isdigit() and (plain == "0" or not plain.startswith("0")) else plain
    )
