"""`labgate doctor`."""

from __future__ import annotations

import asyncio
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from runner.commands.common import language, language_option, report
from runner.doctor import Health, Sign, examine, usable
from runner.words import phrase, translate

MARKS = {
    Health.GOOD: ("✓", "green"),
    Health.LACKING: ("!", "yellow"),
    Health.MISSING: ("✗", "red"),
    Health.NEUTRAL: ("·", "dim"),
}


@click.command()
@click.option(
    "--kubeconfig",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Check the clusters of this kubeconfig.",
)
@language_option
def doctor(kubeconfig: Path | None) -> int:
    """Check this machine, and show how to install what is missing.

    Exits with 0 if labs can run on the practice cluster, and with 1 if something that it needs is missing.
    """
    signs = asyncio.run(examine(kubeconfig))
    console = Console(highlight=False, markup=False, emoji=False)
    console.print(_table(signs))
    click.echo()
    if usable(signs):
        report(phrase("Ready. Start with: {command}", command="labgate grade istio-install --run --practice"))
        return 0
    report(
        phrase(
            "Not ready: fix the items marked {mark}, then run this command again.",
            mark=MARKS[Health.MISSING][0],
        )
    )
    return 1


def _table(signs: list[Sign]) -> Table:
    table = Table.grid(padding=(0, 2, 0, 0))
    for options in ({"no_wrap": True}, {"no_wrap": True}, {"overflow": "fold"}):
        table.add_column(**options)
    for sign in signs:
        mark, colour = MARKS[sign.health]
        words = Text(translate(sign.found, language()))
        if sign.remedy:
            words.append("\n" + translate(sign.remedy, language()), colour)
        table.add_row(Text(mark, colour), Text(translate(sign.name, language())), words)
    return table
