"""A lab from elsewhere runs commands of somebody's choosing: the person sees them and says yes, once."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from runner.commands.common import Stop, language, report
from runner.grading.grade import Job
from runner.labs import library
from runner.labs.lab_problems import LabErrors
from runner.labs.load import load
from runner.labs.sources import kept
from runner.plain_text import block, shown_command
from runner.session.runnable import commands_of
from runner.session.trust import (
    Consent,
    agreed_files,
    allow_files,
    allow_folder,
    consent,
    is_written_here,
    written_here,
)
from runner.words import count_phrase, phrase, translate


def ask_once(job: Job, folder: Path, *, yes: bool) -> None:
    """Show what a lab from elsewhere will run and ask, unless that was done before. Raises Stop if nobody says yes."""
    commands = list(commands_of(job.lab, run=job.run, only=job.only, cleanup=job.cleanup))
    asked = consent(job.lab, commands)
    if asked is None:  # there is nothing that this would run
        allow_files(job.lab, agreed_files(job.lab))
        return
    if not asked.given:
        _show(asked, folder)
    if asked.given or yes:
        asked.allow()
    else:
        _ask()
        asked.give()


def ask_author(folder: Path, *, yes: bool) -> None:
    """Ask once for a lab that is being written: for what it runs now, and after each save. Raises Stop.

    What is kept is the folder, and this process may run it, whatever data folder it goes on with;
    of labs that were fetched from elsewhere, as always, what was seen.
    """
    if library.built_in(folder):
        return
    if is_written_here(folder):
        allow_folder(folder)
        return
    fetched = folder.resolve().is_relative_to(kept.home().resolve())
    try:
        asked = consent(load(folder))
    except LabErrors:
        asked = None  # nothing runs of it as it is
    if asked is not None and asked.given:
        asked.allow()
        return
    if asked is not None:
        _show(asked, folder)
    if not fetched:
        report(
            phrase(
                "Your consent covers everything in these files, also after later changes: {folder}",
                folder=folder,
            )
        )
    if not yes:
        _ask()
    if not fetched:
        allow_folder(folder)
        if not yes:
            written_here(folder)
    elif asked is not None:
        asked.allow() if yes else asked.give()


def _show(asked: Consent, folder: Path) -> None:
    report(phrase("This lab does not come with Labgate: {folder}", folder=folder))
    if asked.programs:
        report(phrase("It includes programs for the practice cluster: {programs}", programs=asked.programs))
    if not asked.lines:
        report(
            phrase("When a command of this name is entered, they run on this machine with your permissions.")
        )
    else:
        report(phrase("It will run these commands on this machine, with your permissions:"))
    for line in asked.lines:
        click.echo(shown_command(line))
    for name, content in asked.files:
        report(phrase("The lab's file {name}:", name=name))
        click.echo(block(content, "    "))
    if asked.others:
        report(
            count_phrase(
                "Your consent also covers {count} other file in the folder.",
                "Your consent also covers {count} other files in the folder.",
                count=asked.others,
            )
        )
    if not asked.digest:
        report(_NOT_KEPT)


_NOT_KEPT = phrase(
    "The folder has too many files, or files that can't be read, so you will be asked every time."
)


def _ask() -> None:
    if not sys.stdin.isatty():
        raise Stop(
            phrase("Cannot ask for confirmation without a terminal. If you trust these commands, add --yes.")
        )
    if not click.confirm(translate(phrase("Run them?"), language()), default=False):
        raise Stop(phrase("No command was run."))
