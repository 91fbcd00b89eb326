"""CEL: expressions, Kubernetes' functions, and the rules of CustomResourceDefinitions."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest

from runner.practice.machinery.expressions.cel_rules import broken_rules, problems_of_rules
from runner.practice.machinery.expressions.expression import ExpressionError, compiled, escaped, selections

Object = dict[str, Any]
OBJECT = (("object", "dyn"),)
POD: Object = {
    "spec": {"cpu": "500m", "n": 5, "ports": [3, 1, 2]},
    "host": "10.0.0.1",
    "url": "https://a.b:80/x",
}

HUGE: Object = {**POD, "huge": 2**70}

HOLD = (
    "object.spec.n > 3 && object.spec.n <= 5.0",
    "object.spec.ports.sum() == 6 && object.spec.ports.max() == 3 && !object.spec.ports.isSorted()",
    "quantity(object.spec.cpu).isLessThan(quantity('1'))",
    "quantity('1Gi').add(quantity('1Gi')) == quantity('2Gi') && !isQuantity('x')",
    "url(object.url).getHostname() == 'a.b' && url(object.url).getPort() == '80'",
    "cidr('10.0.0.0/8').containsIP(object.host) && ip(object.host).family() == 4",
    "object.spec.cpu.find('[0-9]+') == '500' && object.spec.cpu.findAll('[0-9]').size() == 3",
    "object.?spec.?nothing.orValue(7) == 7",
    "sets.contains(object.spec.ports, [1, 2])",
    "!format.dns1123Label().validate('a-b').hasValue() && format.dns1123Label().validate(object.url).hasValue()",
    "cel.bind(n, object.spec.n, n * 2) == 10",
    "'%s-%d'.format(['a', 1]) == 'a-1' && 'a,b'.split(',').join('') == 'ab'",
)


@pytest.mark.parametrize("text", HOLD)
def test_expressions_that_hold(text: str) -> None:
    assert compiled(text, OBJECT, "bool").evaluate({"object": POD}) is True


@pytest.mark.parametrize(
    ("text", "reported"),
    [
        ("object.nothing == 1", "no such key: nothing"),
        ("object.spec.ports[9] == 1", "index out of bounds: 9"),
        ("object.spec.n > 'a'", "no such overload"),
        ("1 / (object.spec.n - 5) == 1", "division by zero"),
        ("object.?spec", "can't be kept here"),
        ("object.huge > 1", "out of range"),
    ],
)
def test_what_fails_as_it_is_evaluated(text: str, reported: str) -> None:
    with pytest.raises(ExpressionError, match=reported):
        compiled(text, OBJECT).evaluate({"object": HUGE if "huge" in text else POD})


@pytest.mark.parametrize(
    ("text", "reported"),
    [
        ("nothing == 1", "undeclared reference to 'nothing'"),
        ("object.a +", "Syntax error"),
        ("size(object)", "must evaluate to bool"),
    ],
)
def test_what_can_not_be_compiled(text: str, reported: str) -> None:
    with pytest.raises(ExpressionError, match=reported):
        compiled(text, OBJECT, "bool")


def test_names_that_are_escaped() -> None:
    assert escaped("namespace") == "__namespace__"
    assert escaped("a-b.c/d__e") == "a__dash__b__dot__c__slash__d__underscores__e"
    assert selections("self.a.b == self.c.size() && 'self.d' != x.self.e", "self") == [["a", "b"], ["c"]]


def test_the_library_is_loaded_with_the_first_expression() -> None:
    program = "import sys, runner.practice.cluster; sys.exit('cel_expr_python' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


def schema(rules: list[Object], **properties: Object) -> Object:
    spec = {"type": "object", "properties": properties, "x-kubernetes-validations": rules}
    return {"type": "object", "properties": {"spec": spec}}


def reported(
    rules: list[Object], spec: Object, old: Object | None = None, **properties: Object
) -> list[tuple[str, str]]:
    found = broken_rules({"spec": spec}, schema(rules, **properties), None if old is None else {"spec": old})
    return [(cause.field, cause.message) for cause in found]


NUMBERS = {"min": {"type": "integer"}, "max": {"type": "integer"}}


def test_a_rule_of_a_schema() -> None:
    rule = {"rule": "self.min <= self.max", "message": "min above max"}
    assert reported([rule], {"min": 1, "max": 2}, **NUMBERS) == []
    assert reported([rule], {"min": 3, "max": 2}, **NUMBERS) == [
        ("spec", 'Invalid value: "object": min above max')
    ]
    assert reported([rule], {"min": 3}, **NUMBERS) == [
        ("spec", 'Invalid value: "object": no such key: max evaluating rule: min above max')
    ]


def test_reason_field_path_and_message_of_a_rule() -> None:
    rule = {
        "rule": "self.min <= self.max",
        "messageExpression": "'at most %d'.format([self.max])",
        "reason": "FieldValueForbidden",
        "fieldPath": ".min",
    }
    assert reported([rule], {"min": 3, "max": 2}, **NUMBERS) == [("spec.min", "Forbidden: at most 2")]


def test_rules_about_a_change() -> None:
    fixed = {
        "type": "integer",
        "x-kubernetes-validations": [{"rule": "self == oldSelf", "message": "is immutable"}],
    }
    assert reported([], {"max": 1}, max=fixed) == []
    assert reported([], {"max": 1}, {"max": 1}, max=fixed) == []
    assert reported([], {"max": 2}, {"max": 1}, max=fixed) == [
        ("spec.max", 'Invalid value: "integer": is immutable')
    ]
    first = {
        "rule": "oldSelf.hasValue() || self.min == 0",
        "optionalOldSelf": True,
        "message": "begins with 0",
    }
    assert reported([first], {"min": 1}, **NUMBERS) == [("spec", 'Invalid value: "object": begins with 0')]
    assert reported([first], {"min": 1}, {"min": 0}, **NUMBERS) == []


def test_items_of_a_list_are_known_by_their_keys() -> None:
    grows = {
        "type": "integer",
        "x-kubernetes-validations": [{"rule": "self >= oldSelf", "message": "only grows"}],
    }
    ports = {
        "type": "array",
        "x-kubernetes-list-type": "map",
        "x-kubernetes-list-map-keys": ["name"],
        "items": {"type": "object", "properties": {"name": {"type": "string"}, "port": grows}},
    }
    before = {"ports": [{"name": "a", "port": 5}, {"name": "b", "port": 1}]}
    after = {"ports": [{"name": "b", "port": 2}, {"name": "a", "port": 4}, {"name": "c", "port": 1}]}
    assert reported([], after, before, ports=ports) == [
        ("spec.ports[1].port", 'Invalid value: "integer": only grows')
    ]


def test_times_numbers_and_reserved_names_in_rules() -> None:
    later = {"rule": "self > timestamp('2020-01-01T00:00:00Z')", "message": "too old"}
    when = {"type": "string", "format": "date-time", "x-kubernetes-validations": [later]}
    assert reported([], {"when": "2021-01-01T00:00:00+09:00"}, when=when) == []
    assert reported([], {"when": "2019-01-01T00:00:00Z"}, when=when) == [
        ("spec.when", 'Invalid value: "string": too old')
    ]
    rule = {"rule": "self.ratio > 0.5 && self.__namespace__ == 'a'"}
    properties: Object = {"ratio": {"type": "number"}, "namespace": {"type": "string"}}
    assert reported([rule], {"ratio": 1, "namespace": "a"}, **properties) == []


def test_the_root_knows_its_name() -> None:
    rules = [{"rule": "self.metadata.name.startsWith('a-')", "message": "must start with a-"}]
    root = {"type": "object", "x-kubernetes-validations": rules}
    assert broken_rules({"metadata": {"name": "a-b"}}, root) == []
    (cause,) = broken_rules({"metadata": {"name": "b"}}, root)
    assert (cause.field, cause.message) == ("<nil>", 'Invalid value: "object": must start with a-')


@pytest.mark.parametrize(
    ("rule", "why"),
    [
        ("self.mim <= 3", "undefined field 'mim'"),
        ("self.min +", "Syntax error"),
        ("size(self)", "rule must evaluate to a bool"),
        (" ", "rule is not specified"),
    ],
)
def test_rules_that_a_definition_may_not_have(rule: str, why: str) -> None:
    (cause,) = problems_of_rules(schema([{"rule": rule}], **NUMBERS), "at")
    assert cause.field == "at.properties[spec].x-kubernetes-validations[0].rule"
    assert why in cause.message
