"""All command lines that a lab may run, as shown to a person."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence

from checks.base import Check
from checks.command import Command as CommandCheck
from checks.exec import Exec
from checks.tool import Tool
from runner.labs.model import Command, Lab, Requirements


def all_lines(lab: Lab) -> tuple[str, ...]:
    """Everything that the lab may ever run, each line once."""
    return shown(commands_of(lab, solutions=True))


def shown(commands: Iterable[str]) -> tuple[str, ...]:
    """Each line once, with invisible characters escaped."""
    return tuple(visible(command) for command in dict.fromkeys(commands))


def visible(command: str) -> str:
    """The command with control and invisible characters escaped (`\x1b`)."""
    return "".join(each if each.isprintable() or each == "\n" else ascii(each)[1:-1] for each in command)


def commands_of(
    lab: Lab, *, run: bool = True, only: Collection[str] = (), cleanup: bool = True, solutions: bool = False
) -> Iterator[str]:
    """The command lines of the steps (all, or `only` these): what is run of them with `run`, and the checks'.

    A tool that is asked for its version is run, too: what the lab requires with `run`, what a check is about always.
    """
    if run:
        yield from _asked(required_tools(lab.requires))
        yield from _lines(lab.setup)
    for step in lab.steps:
        if only and step.id not in only:
            continue
        work = step.work if run else ()
        yield from _lines(step.setup if run else ())
        yield from _lines(work)
        if solutions and step.solution is not work:
            yield from _lines(step.solution or ())
        yield from _looks(step.checks)
    if run and cleanup and lab.cleanup:
        yield from _lines(lab.cleanup.run)
        yield from _looks(lab.cleanup.checks)


def required_tools(requires: Requirements) -> list[Tool]:
    """The programs that a lab requires, as checks."""
    return [
        Tool(tool=tool, version=None if versions == "*" else versions)
        for tool, versions in requires.tools.items()
    ]


def _asked(tools: Iterable[Tool]) -> Iterator[str]:
    return (tool.command for tool in tools if tool.command)


def _looks(checks: Sequence[Check]) -> Iterator[str]:
    for each in checks:
        if isinstance(each, CommandCheck):
            yield each.command
        if isinstance(each, Tool):
            yield from _asked([each])
        if isinstance(each, Exec):
            yield f"kubectl exec -n {each.namespace} {each.pod or f'-l {each.selector}'} -- {each.line}"


def _lines(commands: Sequence[Command]) -> Iterator[str]:
    for command in commands:
        typed = [f"↳ {answer.expect} → {answer.send}" for answer in command.answers]
        if command.keys:  # keys typed into an editor can run programs, too
            typed.append("↳ ⌨ " + " ".join(command.keys))
        yield "\n".join([command.command, *typed])
        if command.otherwise:
            yield command.otherwise
