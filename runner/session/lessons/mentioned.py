"""Which objects a lab speaks of, in its checks and commands, and in which namespaces."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from checks.diagnosis.command_lines import Part, parts
from checks.namespace import NamespaceCheck
from runner.labs.model import Command, Lab, Step
from runner.session.lessons.object_types import PLURALS, plural_of


@dataclass(frozen=True, slots=True)
class Thing:
    """An object: the plural of its type, its name, its namespace ("" for none, or where that is not said)."""

    type: str
    name: str
    namespace: str


class Mentioned:
    """Of the step that is read before the others."""

    def __init__(self, lab: Lab, step: Step) -> None:
        self._lab = lab
        at = lab.steps.index(step) if step in lab.steps else 0
        self._order = [*lab.steps[at : at + 1], *reversed(lab.steps[:at]), *lab.steps[at + 1 :]]
        self._things = tuple(thing for each in self._order for thing in _things(each))

    def namespaces_of(self, type_name: str, name: str) -> list[str]:
        """Where the lab has that object, the nearest step's first; [] where it does not say."""
        wanted = plural_of(type_name)
        return _unique(
            each.namespace
            for each in self._things
            if each.type == wanted and each.name == name and each.namespace
        )

    def namespaces_for(self, type_name: str) -> list[str]:
        """Where the lab has objects of that type, else where it has any."""
        wanted = plural_of(type_name)
        found = _unique(each.namespace for each in self._things if each.type == wanted and each.namespace)
        return found or self.namespaces

    @property
    def namespaces(self) -> list[str]:
        """The namespaces that the lab works in, the nearest step's first."""
        named = (each.name if each.type == "namespaces" else each.namespace for each in self._things)
        return _unique(each for each in named if each)

    def names_of(self, type_name: str) -> list[str]:
        """The names of the lab's objects of that type."""
        wanted = plural_of(type_name)
        return _unique(each.name for each in self._things if each.type == wanted and each.name)

    def types_of(self, name: str) -> list[str]:
        """The types of the lab's objects of that name."""
        return _unique(each.type for each in self._things if each.name == name)

    @property
    def commands(self) -> Iterator[str]:
        """The lab's command lines, the nearest step's first."""
        for step in self._order:
            for command in commands_of(step):
                yield command.command

    @property
    def programs(self) -> list[str]:
        """What its commands begin with."""
        return _unique(part.name for line in self.commands for part in parts(line))


def commands_of(step: Step) -> tuple[Command, ...]:
    return (*step.run, *(step.solution or ()))


def _things(step: Step) -> Iterator[Thing]:
    for check in step.checks:
        about = check.about()
        if about is not None:
            for name in about.names or ("",):
                yield Thing(plural_of(about.kind), name, about.namespace)
        if isinstance(check, NamespaceCheck):
            yield Thing("namespaces", check.namespace, "")
    for command in commands_of(step):
        for line in (command.command, command.otherwise or ""):
            for part in parts(line):
                if part.name == "kubectl":
                    yield from _named(part)


def _named(part: Part) -> Iterator[Thing]:
    """`kubectl edit svc kiali -n istio-system`, `kubectl -n shop get pod/web deploy/web`."""
    namespace, words = part.option("-n", "--namespace"), part.words[1:]
    if namespace:
        yield Thing("", "", namespace)
    for at, word in enumerate(words):
        kind, slash, name = word.partition("/")
        if slash and kind in PLURALS:
            yield Thing(plural_of(kind), name, namespace)
        elif word in PLURALS and not slash:
            for name in words[at + 1 :] or [""]:
                yield Thing(plural_of(word), name, namespace)
            return


def _unique(words: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(words))
