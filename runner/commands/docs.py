"""`labgate docs`."""

from __future__ import annotations

import sys

import click

from runner.authoring.reference import topics, written
from runner.commands.common import Stop, language_option
from runner.labs.lab_problems import nearest_name
from runner.words import phrase


@click.command()
@click.argument("topic", required=False)
@language_option
def docs(topic: str | None) -> int:
    """Show the reference of lab.yaml.

    With TOPIC, show only this check type or part of the file. With "practice", show what the practice cluster does and
    what it does not.
    """
    if topic is None:
        _show(written())
        return 0
    known = topics()
    if topic.lower() == "practice":
        from runner.authoring import practice_reference

        _show(f"{practice_reference.written()}\n## In lab.yaml: `practice`\n\n{known['practice']}")
        return 0
    name = topic.lower()
    if name not in known:
        near = nearest_name(name, known)
        if near:
            raise Stop(phrase("Unknown topic: {topic}. Did you mean {near}?", topic=topic, near=near))
        raise Stop(
            phrase(
                "Unknown topic: {topic}. Topics: {topics}",
                topic=topic,
                topics=tuple(known),
            )
        )
    _show(known[name])
    return 0


def _show(markdown: str) -> None:
    """On a terminal laid out and paged, else as it is."""
    if not sys.stdout.isatty():
        click.echo(markdown, nl=False)
        return
    from rich.console import Console
    from rich.markdown import Markdown

    console = Console()
    with console.capture() as captured:
        console.print(Markdown(markdown))
    click.echo_via_pager(captured.get(), color=True)
