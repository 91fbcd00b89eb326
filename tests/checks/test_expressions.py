"""JMESPath within limits, and what is beyond them in words."""

from __future__ import annotations

from typing import Any

import jmespath
import pytest
from fake_world import FakeWorld
from hypothesis import given
from hypothesis import strategies as st
from jmespath.exceptions import JMESPathError
from pydantic import TypeAdapter, ValidationError

from checks.base import CannotRead, Verdict
from checks.expressions import Expression, NotWorkedOut, value_of
from checks.partial import difference
from checks.registry import look
from checks.resource import Resource

pytestmark = pytest.mark.filterwarnings("ignore:deprecated string literal syntax")
DOUBLED = "|".join(["[@,@]"] * 30)
PODS = [
    {
        "metadata": {"name": f"p{i}", "labels": {"a": str(i % 3)}},
        "status": {"phase": "Running" if i % 2 else "Pending"},
    }
    for i in range(50)
]


@pytest.mark.parametrize(
    "expression",
    [
        "length(@)",
        "[?status.phase=='Running'].metadata.name",
        "[].{name: metadata.name, a: metadata.labels.a} | sort_by(@, &name)[0]",
        "max_by(@, &metadata.name).metadata",
        "length([?metadata.labels.a=='1']) > `3` && contains([].status.phase, 'Running')",
        "[*].metadata.labels | [].a | join(',', @)",
        "to_string([0:2])",
        "[][].metadata | [-1]",
        "[0] == [0] && [0] != [1]",
        "map(&metadata.name, @) | reverse(@)",
        "!length(@) || `0`",
    ],
)
def test_it_is_what_the_library_says(expression: str) -> None:
    assert value_of(expression, PODS) == jmespath.search(expression, PODS)


@pytest.mark.parametrize(
    "expression",
    [
        f"to_string({DOUBLED}) == 'x'",
        f"to_string(`1`|{DOUBLED})",
        f"{DOUBLED} == `1`",
        "|".join(["{a: @, b: @}"] * 30),
        "|".join(["join('', [@, @])"] * 40).replace(
            "join('', [@, @])", "join('', [to_string(@), to_string(@)])", 1
        ),
        "|".join(["[@,@][]"] * 40),
        "|".join(["to_string([@,@])"] * 40),
        "|".join(["merge({a: @}, {b: @})"] * 30),
        "|".join(["[values(@), values(@)][]|{a: @, b: @}"] * 20),
    ],
    ids=range(9),
)
async def test_a_bomb_is_reported_and_no_failure(expression: str) -> None:
    if len(expression) > 1000:
        expression = expression[:1000].rpartition("|")[0]
    with pytest.raises(CannotRead) as message:
        value_of(expression, {"x": "y"})
    assert message.value.reason == "limit"
    check = Resource.model_validate({"resource": "Namespace", "name": "default", "where": expression})
    world = FakeWorld({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "default"}})
    outcome = await look(check, world)
    assert outcome.verdict is Verdict.ERROR
    assert "takes more work than a check may do" in outcome.found.render()


def test_what_fails_is_reported() -> None:
    with pytest.raises(NotWorkedOut, match="length"):
        value_of("length(`1`)", {})


@pytest.mark.parametrize(
    "expression",
    [
        "!" * 999 + "a",
        "a[",
        "a||",
        "foo(",
        "unknown(@",
        "'",
    ],
)
def test_what_is_no_expression_is_refused(expression: str) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(Expression).validate_python(expression)


@given(st.text(alphabet="ab[]{}()@.*|&!?=<>`'\",:0 ", max_size=60))
def test_whatever_is_written_it_is_worked_out_or_reported(expression: str) -> None:
    """It is refused where the library refuses it, and else it is what the library says."""
    subject: Any = {"a": [1, {"b": "x"}], "b": {"a": None}}
    try:
        TypeAdapter(Expression).validate_python(expression)
    except ValidationError:
        with pytest.raises((JMESPathError, ValueError)):
            jmespath.compile(expression)
        return
    try:
        found = value_of(expression, subject)
    except NotWorkedOut as error:
        assert error.reason
        if "reference to an expression" in error.reason:
            assert "&" in expression
            return
        with pytest.raises((JMESPathError, TypeError, ValueError, AttributeError, ArithmeticError)):
            jmespath.search(expression, subject)
    else:
        assert found == jmespath.search(expression, subject)


@pytest.mark.parametrize("expression", ["&@", "[&a]", "{x: [&a]}", "a || &b"])
def test_an_expression_that_nothing_calls_is_no_value(expression: str) -> None:
    with pytest.raises(NotWorkedOut, match="reference to an expression"):
        value_of(expression, {})


def nested(depth: int) -> list[Any]:
    return [nested(depth - 1), nested(depth - 1)] if depth else ["x"]


@pytest.mark.parametrize(
    ("expected", "found"),
    [(["x"] * 19000, ["x"] * 19000), (nested(14), nested(14)), ([["y"] * 900] * 900, [["x"] * 900] * 900)],
)
def test_lists_that_would_be_compared_for_ever_are_reported(expected: list[Any], found: list[Any]) -> None:
    with pytest.raises(CannotRead) as message:
        difference({"a": expected}, {"a": found})
    assert message.value.reason == "limit"


def test_large_lists_are_compared() -> None:
    names = [{"name": f"n{number}"} for number in range(300)]
    assert difference({"a": names}, {"a": names[::-1]}) is None
    assert difference({"a": [*names, {"name": "other"}]}, {"a": names}) is not None
