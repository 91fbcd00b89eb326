"""Custom resources by their schema."""
# ruff: noqa: E501
# A sentence of the server is clearest in one piece.

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner.practice.machinery.structural_schema import fill_defaults, problems_of, prune

SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "spec": {
            "type": "object",
            "required": ["host"],
            "properties": {
                "host": {"type": "string", "pattern": "^[a-z.]+$", "minLength": 2},
                "mode": {"type": "string", "enum": ["A", "B"], "default": "A"},
                "count": {"type": "integer", "minimum": 1, "maximum": 9},
                "port": {"x-kubernetes-int-or-string": True},
                "free": {"type": "object", "x-kubernetes-preserve-unknown-fields": True},
                "labels": {"type": "object", "additionalProperties": {"type": "string"}},
                "rules": {
                    "type": "array",
                    "minItems": 1,
                    "items": {"type": "object", "properties": {"a": {"type": "boolean"}}},
                },
                "choice": {
                    "type": "object",
                    "oneOf": [{"required": ["x"]}, {"required": ["y"]}],
                    "properties": {"x": {"type": "string"}, "y": {"type": "string"}},
                },
                "maybe": {"type": "string", "nullable": True},
            },
        }
    },
}


def reported(**spec: Any) -> list[str]:
    return [
        f"{cause.field}: {cause.message}" for cause in problems_of({"spec": {"host": "a.b", **spec}}, SCHEMA)
    ]


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        ({}, []),
        ({"host": 1}, ['spec.host: Invalid value: "integer": spec.host in body must be of type string: "integer"']),
        ({"host": "UP"}, ["spec.host: Invalid value: \"UP\": spec.host in body should match '^[a-z.]+$'"]),
        ({"mode": "C"}, ['spec.mode: Unsupported value: "C": supported values: "A", "B"']),
        ({"count": 0}, ["spec.count: Invalid value: 0: spec.count in body should be greater than or equal to 1"]),
        ({"count": 2.0}, []),
        ({"port": "http"}, []),
        ({"port": 80}, []),
        ({"rules": []}, ["spec.rules: Invalid value: 0: spec.rules in body should have at least 1 items"]),
        ({"rules": [{"a": "yes"}]}, ['spec.rules[0].a: Invalid value: "string": spec.rules[0].a in body must be of type boolean: "string"']),
        ({"choice": {"x": "1", "y": "2"}}, ['<nil>: Invalid value: "": "spec.choice" must validate one and only one schema (oneOf). Found 2 valid alternatives']),
        ({"maybe": None}, []),
        ({"labels": {"a": 1}}, ['spec.labels.a: Invalid value: "integer": spec.labels.a in body must be of type string: "integer"']),
    ],
)  # fmt: skip
def test_problems(spec: Any, expected: list[str]) -> None:
    assert reported(**spec) == expected


def test_what_is_required() -> None:
    causes = problems_of({"spec": {}}, SCHEMA)
    assert [(cause.field, cause.message, cause.reason) for cause in causes] == [
        ("spec.host", "Required value", "FieldValueRequired")
    ]


def test_unknown_fields_are_pruned_and_named() -> None:
    obj = {
        "apiVersion": "x/v1",
        "kind": "X",
        "metadata": {"any": 1},
        "odd": 1,
        "spec": {"rules": [{"b": 1}], "free": {"z": 1}},
    }
    pruned, problems = prune(obj, SCHEMA)
    assert problems == ['unknown field "odd"', 'unknown field "spec.rules[0].b"']
    assert pruned == {
        "apiVersion": "x/v1",
        "kind": "X",
        "metadata": {"any": 1},
        "spec": {"rules": [{}], "free": {"z": 1}},
    }


def test_defaults() -> None:
    assert fill_defaults({"spec": {"mode": None}}, SCHEMA) == {"spec": {"mode": "A"}}
    assert fill_defaults({}, SCHEMA) == {}


json_values = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=3)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(
            st.sampled_from(["spec", "host", "mode", "free", "rules", "a", "z"]), inner, max_size=4
        ),
    ),
    max_leaves=10,
)


@given(st.dictionaries(st.sampled_from(["spec", "odd"]), json_values))
def test_pruning_twice_is_pruning_once(obj: Any) -> None:
    once, _ = prune(obj, SCHEMA)
    again, problems = prune(once, SCHEMA)
    assert (again, problems) == (once, [])
    assert fill_defaults(fill_defaults(once, SCHEMA), SCHEMA) == fill_defaults(once, SCHEMA)
    problems_of(obj, SCHEMA)  # whatever it is fed, it answers
