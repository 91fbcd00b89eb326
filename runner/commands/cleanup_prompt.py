"""The question before a clean-up on the command line."""

from __future__ import annotations

import sys

import click

from runner.commands.cluster_option import Opener
from runner.commands.common import Stop, language, report
from runner.labs.model import Lab
from runner.plain_text import block, plain, shown_command
from runner.session import cleanup
from runner.words import phrase, text, translate


def ask_clean_up(lab: Lab, where: Opener, *, yes: bool) -> None:
    """Show the lab's clean-up and the cluster, and ask for a typed yes; a `yes` given beforehand is one.

    Raises Stop if nobody says yes.
    """
    if lab.cleanup is None:
        return
    name, server = plain(where.name), plain(where.server)
    report(
        phrase(
            "The clean-up runs after the last step: {title}", title=plain(text(lab.cleanup.title, language()))
        )
    )
    click.echo(f"\n{block(text(lab.cleanup.text, language()).strip(), '  ')}\n")
    report(cleanup.runs_on(name, server, len(lab.cleanup.run)))
    for command in lab.cleanup.run:
        click.echo(shown_command(command.command.rstrip("\n")))
    report(cleanup.consequence(name, practice=where.practice))
    if yes:
        return
    if not sys.stdin.isatty():
        raise Stop(
            phrase(
                "Cannot ask for confirmation of the clean-up without a terminal. If these "
                "commands are correct, add --yes."
            )
        )
    if not cleanup.is_yes(
        click.prompt(translate(cleanup.ASK, language()), default="", show_default=False, prompt_suffix=" ")
    ):
        raise Stop(phrase("No command was run."))
