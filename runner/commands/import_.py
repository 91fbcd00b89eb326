"""`labgate import`: labs that were written for something else."""

from __future__ import annotations

from pathlib import Path

import click

from checks.path_state import exists
from runner.authoring.imports.ids import slug
from runner.authoring.imports.notes import MOST_SHOWN, CannotImport, Notes, Unreadable
from runner.authoring.lab_draft import Draft, write
from runner.authoring.new_lab import CannotBegin
from runner.authoring.standins import copy_standins
from runner.commands.common import USAGE, complain, language, report, report_line
from runner.labs import library
from runner.labs.lab_problems import LabErrors
from runner.labs.load import load
from runner.labs.model import Lab
from runner.words import LANGUAGES, phrase

_to = click.option(
    "--to",
    "folder",
    type=click.Path(path_type=Path),
    help=(
        "Folder to create; its name is the lab's name (default: named after the source, in the "
        "current folder)."
    ),
)
_written_in = click.option(
    "--language",
    "source",
    type=click.Choice(LANGUAGES),
    help="Language of the source (default: detected). The output follows LABGATE_LANGUAGE.",
)


@click.group(name="import", subcommand_metavar="KIND WHAT")
def import_() -> None:
    """Create labs from scenarios and transcripts.

    Imports Killercoda and Katacoda scenarios and courses, and text copied from a terminal. Anything that can't
    be imported is reported with its line and marked by a comment in the lab. In a course, scenarios that can't
    be read are reported and skipped. Exits with 0 if a lab was created, and with 2 if none was.
    """


@import_.command()
@click.argument("scenario", metavar="DIR", type=click.Path(path_type=Path))
@_to
@_written_in
def killercoda(scenario: Path, folder: Path | None, source: str | None) -> int:
    """Create a lab from the Killercoda scenario in DIR, or a folder of labs from a course."""
    return _scenarios(scenario, folder, source)


@import_.command()
@click.argument("scenario", metavar="DIR", type=click.Path(path_type=Path))
@_to
@_written_in
def katacoda(scenario: Path, folder: Path | None, source: str | None) -> int:
    """Create a lab from the Katacoda scenario in DIR, or a folder of labs from a course."""
    return _scenarios(scenario, folder, source)


@import_.command()
@click.argument("file", metavar="FILE", type=click.Path(path_type=Path))
@_to
@_written_in
@click.option(
    "--lab",
    metavar="LAB",
    help="Use this lab's stand-in programs and Kubernetes version for the practice cluster.",
)
def transcript(file: Path, folder: Path | None, source: str | None, lab: str | None) -> int:
    """Create a lab from a terminal transcript in FILE: prompts, commands, output and the text around them."""
    from runner.authoring.imports.transcript.transcript_lab import read

    notes = Notes()
    lender = load(library.find(lab)) if lab else None
    try:
        draft = read(file, notes, language(), source or "")
    except Unreadable as unreadable:
        return _unreadable(unreadable)
    made = folder or Path(slug(file.stem) or "transcript")
    if lender is not None and lender.practice:
        draft.more["practice"] = {"kubernetes": lender.practice.kubernetes}
    return _write({made: draft}, notes, lender)


def _scenarios(scenario: Path, folder: Path | None, source: str | None) -> int:
    from runner.authoring.imports import course

    notes = Notes()
    try:
        imported = course.read(scenario, notes, language(), source or "")
    except Unreadable as unreadable:
        return _unreadable(unreadable)
    name = slug(scenario.resolve().name) or "imported"
    for problem in imported.unreadable:
        report_line(problem.render(language()), aside=True)
    if not imported.course:
        return _write({folder or Path(name): next(iter(imported.drafts.values()))}, notes)
    shelf = folder or Path(name)
    if exists(shelf):
        raise CannotBegin(phrase("This folder already exists: {folder}. Choose another name.", folder=shelf))
    made = _write({shelf / each: draft for each, draft in imported.drafts.items()}, notes)
    if imported.left_out:
        complain(
            phrase(
                "Skipped {count} of {all} scenarios",
                all=imported.left_out + len(imported.drafts),
                count=imported.left_out,
            )
        )
    report(phrase("To add them to the list of labs: {command}", command=f"labgate labs add {shelf}"))
    return made


def _write(drafts: dict[Path, Draft], notes: Notes, lender: Lab | None = None) -> int:
    """Write the labs, with the lender's stand-ins, and report what there is and what is left to do."""
    files = [write(draft, folder) for folder, draft in drafts.items()]
    if lender is not None:
        for folder in drafts:
            copy_standins(lender, folder)
    for note in notes.all[:MOST_SHOWN]:
        report_line(note.render(language()), aside=True)
    if more := max(0, len(notes.all) - MOST_SHOWN) + notes.left_out:
        complain(phrase("… and {count} more", count=more))
    advice, wrong = 0, list[Path]()
    for file, draft in zip(files, drafts.values(), strict=True):
        report(
            phrase(
                "Created: {file} (steps: {steps}, commands: {commands}, checks: {checks})",
                file=file,
                steps=len(draft.steps),
                commands=sum(len(step.run) + len(step.solution) for step in draft.steps),
                checks=sum(len(step.checks) for step in draft.steps),
            )
        )
        found = _linted(file.parent)
        advice += found or 0
        wrong += [file.parent] if found is None else []
    report(
        phrase(
            "Notes: {notes}. They are also in the labs as comments; TODO marks work that is left",
            notes=len(notes.all) + notes.left_out,
        )
    )
    if advice:
        command = (
            f"labgate lint {files[0].parent}"
            if len(files) == 1
            else f"labgate lint {files[0].parent.parent}/*"
        )
        report(phrase("Suggestions ({count}): {command}", count=advice, command=command))
    if wrong:
        folders = ", ".join(str(folder) for folder in wrong[:5]) + (" …" if len(wrong) > 5 else "")
        raise CannotImport(phrase("The lab was written, but it still has errors: {folder}", folder=folders))
    return 0


def _linted(folder: Path) -> int | None:
    """How much advice lint has; None if the loader does not take what we wrote: the problems are printed."""
    from runner.authoring.lint.linter import lint

    try:
        return len(lint(folder))
    except LabErrors as error:
        for problem in error.problems:
            report_line(problem.render(language()), aside=True)
        return None


def _unreadable(unreadable: Unreadable) -> int:
    for problem in unreadable.problems:
        report_line(problem.render(language()), aside=True)
    complain(unreadable.message)
    return USAGE
