"""Label and field selectors in kubectl's syntax."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from runner.practice.machinery.errors import ApiError, bad_request
from runner.practice.machinery.kind import SelectableField
from runner.practice.machinery.served_resources import Resource

Object = dict[str, Any]
Matcher = Callable[[Object], bool]

_IN = re.compile(r"\s*([^\s!=<>,()]+)\s+(in|notin)\s*\(([^()]*)\)\s*")
_IN_NOTHING = re.compile(r"\s*[^\s!=<>,()]+\s+(?:in|notin)\s+([^\s(]\S*)")
_COMPARE = re.compile(r"\s*([^\s!=<>,()]+)\s*(==|!=|=|<|>)\s*([^\s!=<>,()]*)\s*")
_EXISTS = re.compile(r"\s*(!?)\s*([^\s!=<>,()]+)\s*")
_NAME = r"[A-Za-z0-9](?:[-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?"
_KEY = re.compile(rf"(?:[a-z0-9](?:[-a-z0-9.]*[a-z0-9])?/)?{_NAME}")
_VALUE = re.compile(rf"(?:{_NAME})?")

LabelTest = Callable[[Mapping[str, str]], bool]


def label_matcher(selector: str) -> Matcher:
    """What a `labelSelector` lets through. Raises ApiError (400) if it can't be read."""
    tests = parse_labels(selector)

    def matches(obj: Object) -> bool:
        labels = obj.get("metadata", {}).get("labels") or {}
        return all(test(labels) for test in tests)

    return matches


def parse_labels(selector: str) -> list[LabelTest]:
    """One test for each requirement: `a=b`, `a!=b`, `a in (b,c)`, `a notin (b)`, `a`, `!a`, `a>1`."""
    tests: list[LabelTest] = []
    at = 0
    while selector[at:].strip():
        test, at = _requirement(selector, at)
        tests.append(test)
        if at < len(selector):
            if selector[at] != ",":
                raise _unreadable(f"found '{selector[at:].strip()}', expected: ',' or 'end of string'")
            at += 1
            if not selector[at:].strip():
                raise bad_request("found '', expected: identifier after ','")
    return tests


def _requirement(selector: str, at: int) -> tuple[LabelTest, int]:
    if found := _IN.match(selector, at):
        key, operator, values = found.groups()
        return _in(
            _checked_key(key), operator, {_checked_value(key, v.strip()) for v in values.split(",")}
        ), found.end()
    if found := _IN_NOTHING.match(selector, at):
        raise _unreadable(f"found '{found[1]}' expected: '('")
    if found := _COMPARE.match(selector, at):
        key, operator, value = found.groups()
        return _compare(_checked_key(key), operator, _checked_value(key, value)), found.end()
    if found := _EXISTS.match(selector, at):
        absent, key = found.groups()
        return _exists(_checked_key(key), bool(absent)), found.end()
    raise _unreadable(f"found '{selector[at:].strip()}', expected: !, identifier, or 'end of string'")


def _in(key: str, operator: str, values: set[str]) -> LabelTest:
    if operator == "in":
        return lambda labels: labels.get(key) in values
    return lambda labels: key not in labels or labels[key] not in values


def _compare(key: str, operator: str, value: str) -> LabelTest:
    if operator in ("=", "=="):
        return lambda labels: labels.get(key) == value
    if operator == "!=":
        return lambda labels: labels.get(key) != value
    try:
        limit = int(value)
    except ValueError:
        raise bad_request(
            f"values[0][{key}]: Invalid value: \"{value}\": for 'Gt', 'Lt' operators, the value must be an integer"
        ) from None

    def beyond(labels: Mapping[str, str]) -> bool:
        try:
            number = int(labels.get(key, ""))
        except ValueError:
            return False
        return number > limit if operator == ">" else number < limit

    return beyond


def _exists(key: str, absent: bool) -> LabelTest:
    return lambda labels: (key not in labels) is absent


def _checked_key(key: str) -> str:
    if not _KEY.fullmatch(key):
        raise bad_request(
            f'unable to parse requirement: <nil>: Invalid value: "{key}": name part must consist of alphanumeric'
            " characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName', "
            " or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')"
        )
    return key


def _checked_value(key: str, value: str) -> str:
    if not _VALUE.fullmatch(value):
        raise bad_request(
            f'unable to parse requirement: values[0][{key}]: Invalid value: "{value}": a valid label must be an empty'
            " string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an"
            " alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is"
            " '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')"
        )
    return value


def _unreadable(why: str) -> ApiError:
    return bad_request(f"unable to parse requirement: {why}")


def match_labels(selector: Mapping[str, Any], labels: Mapping[str, str]) -> bool:
    """Whether a LabelSelector object (matchLabels, matchExpressions) selects `labels`; an empty one selects all."""
    for key, value in (selector.get("matchLabels") or {}).items():
        if labels.get(key) != value:
            return False
    return all(_expression(part, labels) for part in selector.get("matchExpressions") or ())


def _expression(part: Mapping[str, Any], labels: Mapping[str, str]) -> bool:
    key, operator = part["key"], part["operator"]
    if operator in ("Exists", "DoesNotExist"):
        return (key in labels) is (operator == "Exists")
    listed = labels.get(key) in set(part.get("values") or ())
    return listed if operator == "In" else not listed


_FIELD = re.compile(r"([^=!]+?)(==|!=|=)(.*)")


EVERY_KIND = (SelectableField("metadata.name"), SelectableField("metadata.namespace"))


def field_matcher(selector: str, resource: Resource, api_version: str) -> Matcher:
    """What a `fieldSelector` lets through. Raises ApiError (400) for a field that the kind can't be selected by."""
    own = resource.builtin.selectable_fields if resource.builtin else ()
    known = {field.name: field for field in (*EVERY_KIND, *own)}
    tests: list[Matcher] = []
    for term in _terms(selector):
        found = _FIELD.fullmatch(term)
        if not found:
            raise bad_request(f"invalid selector: '{selector}'; can't understand '{term}'")
        name, operator, value = found.groups()
        if name not in known:
            raise _unknown_field(name, resource.kind, api_version, has_own=bool(own))
        tests.append(_field_test(known[name], operator != "!=", value))
    return lambda obj: all(test(obj) for test in tests)


def _unknown_field(name: str, kind: str, api_version: str, *, has_own: bool) -> ApiError:
    if not has_own:
        return bad_request(
            f'"{name}" is not a known field selector: only "metadata.name", "metadata.namespace"'
        )
    if "/" in api_version:
        return bad_request(f'field label "{name}" not supported for {kind}')
    return bad_request(f"field label not supported: {name}")


def _terms(selector: str) -> list[str]:
    """Split at commas that no backslash protects."""
    terms = re.split(r"(?<!\\),", selector)
    return [re.sub(r"\\([,=\\])", r"\1", term) for term in terms if term]


def _field_test(field: SelectableField, equal: bool, value: str) -> Matcher:
    path = (field.path or field.name).split(".")

    def test(obj: Object) -> bool:
        found: Any = obj
        for part in path:
            found = found.get(part) if isinstance(found, dict) else None
        if isinstance(found, bool):
            found = str(found).lower()
        return (str(field.unset if found is None else found) == value) is equal

    return test
