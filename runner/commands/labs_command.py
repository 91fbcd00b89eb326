"""`labgate labs`, with `add`, `remove` and `update`; and `labgate schema`."""

from __future__ import annotations

from collections.abc import Sequence

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from runner.commands.common import USAGE, complain, language, language_option, report
from runner.commands.failure import report_problems
from runner.labs import library
from runner.labs.lab_problems import LabErrors, Problem
from runner.labs.load import load
from runner.labs.sources import kept, manage_sources
from runner.labs.sources.kept import Source
from runner.labs.sources.manage_sources import Changed
from runner.session.session_texts import LEVELS
from runner.session.trust import consent
from runner.words import Phrase, phrase, text, translate

NOT_ALL = 1


@click.group(invoke_without_command=True)
@language_option
@click.pass_context
def labs(context: click.Context) -> int:
    """List the labs, and manage the sources that they come from.

    Labs come with Labgate, from the folders in LABGATE_LABS, and from the sources that you add.
    """
    return 0 if context.invoked_subcommand else _list()


@labs.command()
@click.argument("location", metavar="PATH|URL")
@click.option(
    "--name",
    default="",
    metavar="NAME",
    help="Name of the source (default: the last part of its location).",
)
@click.option(
    "--ref", default="", metavar="REF", help="Branch, tag or commit; the same as @REF after the URL."
)
@click.option(
    "--folder", default="", metavar="FOLDER", help="Look for labs only in this folder of the repository."
)
@language_option
def add(location: str, name: str, ref: str, folder: str) -> int:
    """Add a source of labs: a folder, a git repository or an index.

    \b
    A folder with one lab or many:  labgate labs add ~/course
    A repository at a tag:          labgate labs add https://example.org/mesh-labs.git@v2
    An index, a list of labs:       labgate labs add https://example.org/labs.yaml

    Adding a source runs nothing. A lab from elsewhere shows its commands and asks once before it runs any.
    """
    changed = manage_sources.add(location, name=name, ref=ref, folder=folder)
    report(
        phrase("Added: {name} ({location})", name=changed.source.name, location=changed.source.location_text)
    )
    _report_labs(changed.source)
    return _report_missing(changed)


@labs.command()
@click.argument("name")
@language_option
def remove(name: str) -> None:
    """Remove a source of labs. Your progress in its labs, and your own folders, are kept."""
    source = manage_sources.remove(name)
    report(phrase("Removed: {name} ({location})", name=source.name, location=source.location_text))


@labs.command()
@click.argument("names", nargs=-1, metavar="[NAME]…")
@language_option
def update(names: Sequence[str]) -> int:
    """Update git repositories and indexes, all of them or the named ones. On failure, the current version stays."""
    code, before = 0, {each.full_name: _asked(each) for each in _of_sources()}
    if not kept.known():
        report(phrase("No sources yet. To add one: labgate labs add PATH|URL"))
    for each in manage_sources.update(names):
        if not isinstance(each, Changed):
            source, problem = each
            complain(phrase("Could not update: {name}", name=source.name))
            if isinstance(problem, LabErrors):
                report_problems(problem.problems)
            else:
                complain(problem.message)
            code = NOT_ALL
            continue
        report(_updated(each))
        code = _report_missing(each) or code
        again = [
            entry.id
            for entry in _of_sources(each.source.name)
            if before.get(entry.full_name, "") not in ("", _asked(entry))
        ]
        if again:
            report(
                phrase(
                    "The files of these labs changed. You will be shown what they run and asked "
                    "again: {labs}",
                    labs=again,
                )
            )
    return code


def _updated(changed: Changed) -> Phrase:
    name, source = changed.source.name, changed.source
    if source.kind == "folder":
        return phrase("{name}: a local folder, always up to date", name=name)
    was = {each.name: each.commit for each in changed.before.checkouts} if changed.before else {}
    news = [
        f"{each.name} {was.get(each.name, '')[:8] or '-'} → {each.commit[:8]}"
        for each in source.checkouts
        if was.get(each.name) != each.commit
    ]
    gone = [f"{each} → -" for each in was if each not in {checkout.name for checkout in source.checkouts}]
    if not news and not gone:
        return phrase("{name}: already up to date", name=name)
    return phrase("{name}: updated, {what}", name=name, what=[*news, *gone])


def _report_missing(changed: Changed) -> int:
    for problem in changed.problems:
        complain(problem)
    return NOT_ALL if changed.problems else 0


def _report_labs(source: Source) -> None:
    """What it brings, and which of it has a name that is taken."""
    hidden = {entry.path for entry in library.hidden()}
    names = {entry.id: entry for entry in library.available()}
    for entry in _of_sources(source.name):
        if entry.path not in hidden:
            click.echo(f"  {entry.id}")
            continue
        taken = phrase(
            "  {full}: another lab is called {name} ({where}). Open this one as {full}",
            full=entry.full_name,
            name=entry.id,
            where=names[entry.id].path,
        )
        report(taken)


def _of_sources(name: str = "") -> list[library.LabEntry]:
    entries = [*library.available(), *library.hidden()]
    return sorted((e for e in entries if e.source and name in ("", e.source)), key=lambda e: e.full_name)


def _asked(entry: library.LabEntry) -> str:
    """The digest of what a person is asked for it; "" if it can't be read or runs nothing."""
    try:
        asked = consent(load(entry.path))
    except LabErrors:
        return ""
    return asked.digest if asked else ""


# listing


def _list() -> int:
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    broken: list[Problem] = []
    entries = library.available()
    sources = {source.name: source for source in kept.known()}
    for entry in entries:
        try:
            lab = load(entry.path)
        except LabErrors as error:
            broken.extend(error.problems)
            words = Text(translate(phrase("broken, see below"), language()))
            table.add_row(Text(entry.id), words.append(_from(entry, sources), "dim"))
            continue
        facts = phrase(
            "{level} · {minutes} min · steps: {steps}",
            level=LEVELS[lab.level],
            minutes=lab.minutes,
            steps=len(lab.steps),
        )
        shown = f"{text(lab.title, language())}\n{text(lab.summary, language())}\n"
        aside = translate(facts, language()) + _from(entry, sources) + "\n"
        table.add_row(Text(lab.id, "bold"), Text(shown).append(aside, "dim"))
    Console(highlight=False, markup=False, emoji=False).print(table)
    if not entries:
        report(phrase("No labs found. To add some: labgate labs add PATH|URL"))
    _report_sources(list(sources.values()))
    report_problems(broken)
    return USAGE if broken else 0


def _from(entry: library.LabEntry, sources: dict[str, Source]) -> str:
    """Where a lab that is not Labgate's own comes from."""
    if entry.built_in:
        return ""
    if entry.source not in sources:
        return "\n" + translate(phrase("from {where}", where=entry.path.parent), language())
    source = sources[entry.source]
    return "\n" + translate(
        phrase("from {source}: {where}", source=source.name, where=source.location_text), language()
    )


def _report_sources(sources: list[Source]) -> None:
    """The labs that others hide, and the sources that have none any more."""
    for entry in library.hidden():
        words = phrase(
            "Another lab is also called {name}: {path}. Open it as {full}.",
            name=entry.id,
            path=entry.path,
            full=entry.full_name if entry.source else entry.path,
        )
        report(words)
    for source in sources:
        if not any(library.labs_near(shelf) for shelf in source.shelves):
            report(
                phrase(
                    "{name} no longer contains a lab: {location}",
                    name=source.name,
                    location=source.location_text,
                )
            )


@click.command()
@click.argument(
    "of", type=click.Choice(["lab", "glossary", "images", "report", "class", "proof"]), default="lab"
)
def schema(of: str) -> None:
    """Print the JSON Schema of labs, glossaries, images or reports.

    `lab`, `glossary` and `images` are for editors; `report` is what `labgate grade` writes as JSON, `class` the same
    with --roster, `proof` what `labgate prove` writes.
    """
    from runner.authoring.json_schemas import written

    click.echo(written(of), nl=False)
