"""What a lab will run: a person sees it of a lab from elsewhere before anything is run."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from checks.base import Check
from checks.command import Command as CommandCheck
from runner.labs import library
from runner.labs.model import Command, Lab


def to_be_shown(lab: Lab) -> list[str]:
    """Every command line of a lab that is not Labgate's own, each once; none where there is nothing to ask for."""
    if library.built_in(lab.folder):
        return []
    return [visible(command) for command in dict.fromkeys(commands_of(lab, solutions=True))]


def visible(command: str) -> str:
    """The command with everything in sight: what a terminal would act on or not show is written out (`\\x1b`)."""
    return "".join(each if each.isprintable() or each == "\n" else ascii(each)[1:-1] for each in command)


def commands_of(
    lab: Lab, *, run: bool = True, only: Collection[str] = (), cleanup: bool = True, solutions: bool = False
) -> Iterator[str]:
    """The command lines of the steps (all, or `only` these): what is run of them with `run`, and the checks'."""
    if run:
        yield from _lines(lab.setup)
    for step in lab.steps:
        if only and step.id not in only:
            continue
        if run:
            yield from _lines(step.run)
        if solutions:
            yield from _lines(step.solution or ())
        yield from _looks(step.checks)
    if run and cleanup and lab.cleanup:
        yield from _lines(lab.cleanup.run)
        yield from _looks(lab.cleanup.checks)


def _looks(checks: Sequence[Check]) -> Iterator[str]:
    return (each.command for each in checks if isinstance(each, CommandCheck))


def _lines(commands: Sequence[Command]) -> Iterator[str]:
    for command in commands:
        yield command.command
        if command.otherwise:
            yield command.otherwise
