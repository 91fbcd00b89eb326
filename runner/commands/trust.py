"""A lab from elsewhere runs commands of somebody's choosing: the person sees them and says yes, once."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from runner.commands.common import Stop, language, tell
from runner.grading.grade import Job
from runner.grading.output import plain
from runner.labs import library
from runner.session.trust import commands_of
from runner.words import phrase, say


def ask_once(job: Job, folder: Path, *, yes: bool) -> None:
    """Show what a lab from elsewhere will run and ask. Raises Stop where nobody says yes."""
    commands = list(commands_of(job.lab, run=job.run, only=job.only, cleanup=job.cleanup))
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
