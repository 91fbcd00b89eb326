"""A lab from elsewhere runs commands of somebody's choosing: the person sees them and says yes, once."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import click

from checks.base import Check
from checks.command import Command as CommandCheck
from runner.commands.common import Stop, language, tell
from runner.grading.grade import Job
from runner.grading.output import plain
from runner.labs import library
from runner.labs.model import Command, Lab
from runner.words import phrase, say


def ask_once(job: Job, folder: Path, *, yes: bool) -> None:
    """Show what a lab from elsewhere will run and ask. Raises Stop where nobody says yes."""
    commands = list(commands_of(job))
    if not commands or library.built_in(folder):
        return
    tell(phrase("This lab is not one of Labgate's own: {folder}", folder=folder))
    tell(phrase("It will run these commands as you, on this machine:"))
    for command in commands:
        click.echo("  $ " + plain(command).replace("\n", "\n    "))
    if yes:
        return
    if not sys.stdin.isatty():
        raise Stop(phrase("Nobody is there to be asked. If you trust these commands, add --yes."))
    if not click.confirm(say(phrase("Run them?"), language()), default=False):
        raise Stop(phrase("Nothing was run."))


def commands_of(job: Job) -> Iterator[str]:
    """Every command line that the job will run: the steps', where it works through them, and the checks'."""
    if job.run:
        yield from _lines(job.lab.setup)
    for step in job.lab.steps:
        if job.only and step.id not in job.only:
            continue
        if job.run:
            yield from _lines(step.run)
        yield from _looks(step.checks)
    if job.run and job.cleanup and job.lab.cleanup:
        yield from _cleanup(job.lab)


def _cleanup(lab: Lab) -> Iterator[str]:
    assert lab.cleanup is not None
    yield from _lines(lab.cleanup.run)
    yield from _looks(lab.cleanup.checks)


def _looks(checks: Sequence[Check]) -> Iterator[str]:
    return (each.command for each in checks if isinstance(each, CommandCheck))


def _lines(commands: tuple[Command, ...]) -> Iterator[str]:
    for command in commands:
        yield command.command
        if command.otherwise:
            yield command.otherwise
