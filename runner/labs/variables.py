"""A lab's variables: their values, checked before they reach a command line."""

from __future__ import annotations

import platform
import re
from collections.abc import Mapping
from difflib import get_close_matches

from runner.labs.model import Variable
from runner.labs.problems import Problem
from runner.labs.source import Source
from runner.words import Phrase, phrase

SAFE = r"[A-Za-z0-9._:/@+-]+"
"""What a variable without a pattern or choices may hold: nothing that a shell reads as more than a word."""
_GIVEN = re.compile(r"[^\x00-\x1f\x7f-\x9f]*")


class WrongValue(Exception):
    """A value that somebody set is not one that the lab takes."""

    def __init__(self, message: Phrase) -> None:
        super().__init__(message.render())
        self.message = message


def values_of(variables: Mapping[str, Variable], given: Mapping[str, str], source: Source) -> dict[str, str]:
    """Every variable's value: the given one, the machine's, or the default.

    The lab's own mistakes go to the source's problems; raises WrongValue for a given value that can't be taken.
    """
    for name in given:
        if name not in variables:
            raise WrongValue(_unknown(name, variables))
    values: dict[str, str] = {}
    for name, variable in variables.items():
        if name in given:
            refused = _refused(name, variable, given[name])
            if refused:
                raise WrongValue(refused)
            values[name] = given[name]
            continue
        value = _machine() if variable.source == "machine" else variable.default
        place = source.place(("variables", name, "default"))
        if value is None:
            message = phrase(
                "The variable {name} has neither a default nor a source (from: machine).", name=name
            )
            source.problems.append(Problem(source.place(("variables", name)), message))
            value = ""
        elif refused := _refused(name, variable, value):
            source.problems.append(Problem(place, refused))
        values[name] = value
    return values


def _refused(name: str, variable: Variable, value: str) -> Phrase | None:
    """Why a value can't be taken, or None."""
    if not _GIVEN.fullmatch(value):
        return phrase("The value of {name} holds a control character.", name=name)
    if variable.choices and value not in variable.choices:
        return phrase(
            "{name} can't be {value}. It is one of: {choices}",
            name=name,
            value=value,
            choices=variable.choices,
        )
    pattern = variable.pattern or (None if variable.choices else SAFE)
    if pattern is not None and not re.fullmatch(pattern, value):
        return phrase(
            "{name} can't be {value}. It must match: {pattern}", name=name, value=value, pattern=pattern
        )
    return None


def _unknown(name: str, variables: Mapping[str, Variable]) -> Phrase:
    near = get_close_matches(name, variables, 1)
    if near:
        return phrase("The lab has no variable {name}. Did you mean {nearest}?", name=name, nearest=near[0])
    return phrase(
        "The lab has no variable {name}. It has these: {names}",
        name=name,
        names=tuple(variables) or phrase("none"),
    )


def _machine() -> str:
    """This machine's processor as downloads name it: x86_64, arm64, …"""
    return {"aarch64": "arm64", "AMD64": "x86_64"}.get(platform.machine(), platform.machine())
