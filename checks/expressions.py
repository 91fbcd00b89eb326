"""JMESPath expressions of a lab, worked out within limits: of their own depth, of work, and of what they make.

The library sets none: thirty times `[@,@]`, and a result has a thousand million parts.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Annotated, Any

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from checks.base import CannotRead
from checks.phrase import Phrase, phrase

MOST_DEPTH = 100
"""Levels of an expression."""
MOST_WORK = 2_000_000
"""Steps of working it out: a node of the expression at one value, or a value that is compared or written out."""
MOST_MADE = 1_000_000
"""Values in what an expression makes again, those counted again that stand in it twice; eight characters are one."""


class NotWorkedOut(Exception):
    """The expression fails on this value; `reason` is the library's."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def value_of(expression: str, subject: object) -> Any:
    """What the expression is of `subject`. Raises NotWorkedOut, and CannotRead where it takes more than the limits."""
    from jmespath.exceptions import JMESPathError

    from checks.bounded_interpreter import BoundedInterpreter, TooMuch

    try:
        found = BoundedInterpreter(MOST_WORK, MOST_MADE).visit(_parsed(expression), subject)
        if _has_reference(found):
            raise NotWorkedOut("the result is a reference to an expression (&), which only functions take")
        return found
    except (JMESPathError, TypeError, ValueError, AttributeError, ArithmeticError) as error:
        # functions given what they can't take
        raise NotWorkedOut(" ".join(str(error).split())[:500]) from error
    except (TooMuch, RecursionError) as error:
        raise CannotRead(
            "limit",
            phrase(
                "{expression} takes more work than a check may do: ask for less, or for one object by its name",
                expression=expression,
            ),
        ) from error


def _has_reference(value: object) -> bool:
    """Whether there is something in the result that is no value: `&name` stands for itself until a function calls it."""
    if isinstance(value, dict):
        return any(_has_reference(each) for each in value.values())
    if isinstance(value, list):
        return any(_has_reference(each) for each in value)
    return not isinstance(value, str | int | float | bool | None)


def true_of_nothing(expression: str) -> bool:
    """Whether an expression is true of an object that has nothing in it, and of no objects."""

    def is_true(value: Any) -> bool:
        try:
            return bool(value_of(expression, value))
        except (NotWorkedOut, CannotRead):
            return False

    return is_true({}) and is_true([])


@lru_cache(maxsize=256)
def _parsed(expression: str) -> Any:
    import jmespath

    return jmespath.compile(expression).parsed


def _checked(expression: str) -> str:
    from jmespath.exceptions import JMESPathError

    try:
        deep = _depth(_parsed(expression)) > MOST_DEPTH
    except RecursionError:
        deep = True
    except (JMESPathError, ValueError) as error:
        raise _refused(Phrase("{reason}", {"reason": " ".join(str(error).split())[:300]})) from None
    if deep:
        raise _refused(phrase("nested too deeply: at most {depth} levels", depth=MOST_DEPTH))
    return expression


def _refused(reason: Phrase) -> PydanticCustomError:
    return PydanticCustomError("jmespath", "not a JMESPath expression", {"reason": reason})


Expression = Annotated[str, Field(min_length=1, max_length=1000), AfterValidator(_checked)]
"""A JMESPath expression, checked when the lab is read."""


def _depth(parsed: Any) -> int:
    """How many levels the parsed expression has; what stands in a row (a.b.c, a | b | c) is nested, too."""
    deepest, left = 0, [(parsed, 1)]
    while left:
        node, depth = left.pop()
        deepest = max(deepest, depth)
        left += [(child, depth + 1) for child in node.get("children", ()) if isinstance(child, dict)]
    return deepest
