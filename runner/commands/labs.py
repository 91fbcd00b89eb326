"""`labgate labs` and `labgate schema`."""

from __future__ import annotations

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from runner.commands.common import USAGE, language, language_option, tell
from runner.commands.failure import tell_problems
from runner.labs import library
from runner.labs.load import load
from runner.labs.problems import LabErrors, Problem
from runner.session.said import LEVELS
from runner.words import phrase, say, text


@click.command()
@language_option
def labs() -> int:
    """List the labs.

    Labgate's own, and those in the folders that LABGATE_LABS names.
    """
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    broken: list[Problem] = []
    entries = library.available()
    for entry in entries:
        try:
            lab = load(entry.path)
        except LabErrors as error:
            broken.extend(error.problems)
            table.add_row(Text(entry.id), Text(say(phrase("broken, see below"), language())))
            continue
        facts = phrase(
            "{level} · {minutes} min · steps: {steps}",
            level=LEVELS[lab.level],
            minutes=lab.minutes,
            steps=len(lab.steps),
        )
        told = f"{text(lab.title, language())}\n{text(lab.summary, language())}\n"
        table.add_row(Text(lab.id, "bold"), Text(told).append(say(facts, language()) + "\n", "dim"))
    Console(highlight=False, markup=False, emoji=False).print(table)
    if not entries:
        tell(phrase("There are no labs. Set LABGATE_LABS to a folder that holds some."))
    tell_problems(broken)
    return USAGE if broken else 0


@click.command()
def schema() -> None:
    """Print the JSON Schema of lab files, for editors."""
    from runner.authoring.schema import written

    click.echo(written(), nl=False)
