"""The values of a lab's variables: given, of the machine, or the default, and allowed in every case."""

from __future__ import annotations

import platform
from collections.abc import Mapping as MappingOf
from pathlib import Path as FilePath

from runner.labs.lab_problems import Problem, add, nearest
from runner.labs.model import SAFE_VALUE, Variable
from runner.labs.yaml_nodes import Node, Path, locate
from runner.words import Phrase, phrase

_SAME_MACHINE = {"amd64": "x86_64", "x64": "x86_64", "aarch64": "arm64"}


def machine() -> str:
    """The processor of this machine: `x86_64`, `arm64`, or what the system calls it; "" if it is unknown."""
    name = platform.machine().lower()
    return _SAME_MACHINE.get(name, name)


def values_of(
    variables: MappingOf[str, Variable],
    given: MappingOf[str, str],
    root: Node,
    file: FilePath,
    problems: list[Problem],
    declared: MappingOf[str, object],
) -> dict[str, str]:
    """A value for every variable that has a readable declaration. What is not allowed is added to `problems`.

    `declared` are all names, also of variables whose declaration can't be read.
    """
    for name in given:
        if name not in declared:
            hint = nearest(name, declared)
            if hint is None and declared:
                hint = phrase("one of: {known}", known=tuple(declared))
            message = phrase("this lab has no variable {name}, and a value is given for it", name=name)
            add(problems, Problem(file, None, None, message, hint))
    values = {}
    for name, variable in variables.items():
        at: Path = ("variables", name)
        found = _declared(variable, at)
        if name in given:
            own = _not_allowed(variable, name, given[name])
            found = [*found, (at, own)] if own else found
        for path, message in found:
            place = locate(root, path, key=path == at)
            add(problems, Problem(file, place.line, place.col, message))
        value = given.get(name, default_of(variable))
        if value is not None and variable.allows(value):
            values[name] = value
    return values


def default_of(variable: Variable) -> str | None:
    """The value where none is given; None if there is none to take."""
    if variable.source == "machine" and machine() and variable.allows(machine()):
        return machine()
    if variable.default is not None:
        return variable.default
    return variable.choices[0] if variable.choices else None


def _declared(variable: Variable, at: Path) -> list[tuple[Path, Phrase]]:
    """What is wrong with the declaration itself."""
    found: list[tuple[Path, Phrase]] = []
    if default_of(variable) is None:
        if variable.source == "machine":
            message = phrase(
                "this machine is {machine}, which the variable does not allow; give it a default",
                machine=machine() or "?",
            )
        else:
            message = phrase("a variable needs a default, choices, or from: machine")
        found.append((at, message))
    if variable.default is not None and (wrong := _not_allowed(variable, at[-1], variable.default)):
        found.append(((*at, "default"), wrong))
    for index, choice in enumerate(variable.choices):
        if wrong := _not_allowed(variable, at[-1], choice):
            found.append(((*at, "choices", index), wrong))
    return found


def _not_allowed(variable: Variable, name: object, value: str) -> Phrase | None:
    """Why the variable can't have this value, None if it can."""
    if variable.allows(value):
        return None
    if not value.isprintable() or len(value) > 250:
        return phrase("the value of {name} is too long, or has characters that can't be seen", name=name)
    if variable.choices and value not in variable.choices:
        return phrase(
            "{value} is not a value of {name}; one of: {choices}",
            value=value,
            name=name,
            choices=variable.choices,
        )
    pattern = variable.pattern or SAFE_VALUE
    if variable.pattern is None:
        return phrase(
            "{value} is not a value of {name}: without a pattern of its own it may have {pattern} only",
            value=value or "''",
            name=name,
            pattern=pattern,
        )
    return phrase(
        "{value} is not a value of {name}; all of it must match: {pattern}",
        value=value or "''",
        name=name,
        pattern=pattern,
    )
