"""`labgate new`."""

from __future__ import annotations

from pathlib import Path

import click

from runner.authoring.new_lab import new as make
from runner.commands.common import language_option, report
from runner.session.trust import written_here
from runner.words import phrase


@click.command()
@click.argument("name", type=click.Path(path_type=Path))
@language_option
def new(name: Path) -> int:
    """Create a new lab: a small one that works.

    The lab is in the folder NAME, ready for your changes.
    """
    file = make(name)
    written_here(name)
    report(phrase("Created: {file}", file=file))
    report(
        phrase("Edit it, and preview it as a learner sees it: {command}", command=f"labgate preview {name}")
    )
    report(phrase("Find errors and get suggestions: {command}", command=f"labgate lint {name}"))
    report(
        phrase(
            "Prove that every check fails before the work and passes after it: {command}",
            command=f"labgate prove {name}",
        )
    )
    return 0
