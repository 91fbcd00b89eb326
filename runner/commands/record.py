"""`labgate record`."""

from __future__ import annotations

import asyncio
import contextlib
import shlex
import signal
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import click

from checks.path_state import exists
from runner.authoring.lab_draft import write as write_draft
from runner.authoring.new_lab import CannotBegin, check_name
from runner.authoring.record import opening
from runner.authoring.record.compose import compose
from runner.authoring.record.recording import Recording
from runner.authoring.record.recording_journal import FILE as JOURNAL
from runner.authoring.record.recording_journal import Journal
from runner.authoring.record.script import Line, Typist, lines_of
from runner.authoring.standins import copy_standins
from runner.commands import failure
from runner.commands.cluster_option import Choice
from runner.commands.common import Stop, complain, language, language_option, report
from runner.commands.consent_prompt import ask_once
from runner.commands.grade_command import FILE
from runner.grading.grade import Job
from runner.labs import library
from runner.labs.lab_problems import LabErrors
from runner.labs.load import load
from runner.labs.model import Lab
from runner.labs.prerequisites import earlier
from runner.session.target import Target
from runner.session.trust import written_here
from runner.words import phrase, translate

REST = 60.0
"""Seconds that the cluster is given at the end to come to rest."""


@click.command()
@click.argument("name", type=click.Path(path_type=Path))
@click.option("--practice", is_flag=True, help="Use a separate practice cluster.")
@click.option(
    "--lab",
    metavar="LAB",
    help="Use this lab's stand-in programs on the practice cluster, and copy them to the new lab.",
)
@click.option(
    "--after",
    metavar="LAB",
    help=(
        "Use a practice cluster on which this lab and the labs before it have been run; the new lab "
        "comes after it."
    ),
)
@click.option("--context", metavar="NAME", help="Use this context of the kubeconfig.")
@click.option(
    "--kubeconfig", type=FILE, help="Use this kubeconfig instead of $KUBECONFIG and ~/.kube/config."
)
@click.option(
    "--from",
    "script",
    metavar="FILE",
    type=click.Path(path_type=Path, allow_dash=True),
    help="Record the commands in FILE instead of a terminal session.",
)
@click.option("--write", "only_write", is_flag=True, help="Write the lab from what was recorded so far.")
@click.option("--fresh", is_flag=True, help="Start over, and discard what was recorded so far.")
@click.option("--yes", is_flag=True, help="Use labs from elsewhere (--lab, --after) without asking.")
@language_option
def record(
    name: Path,
    practice: bool,
    lab: str | None,
    after: str | None,
    context: str | None,
    kubeconfig: Path | None,
    script: Path | None,
    only_write: bool,
    fresh: bool,
    yes: bool,
) -> int:
    """Work in a shell on a cluster, and write a lab from what you do.

    The lab is written to the folder NAME. Labgate records what you type (commands, answers, keys in editors)
    and what each command changes in the cluster and in the working folder. `exit` or Ctrl-D stops the
    recording. The lab then has a step for each part of your work, with checks that fail before it and pass
    after it, and is ready for your texts.

    An interrupted recording can be resumed. Lines that start with a space are not recorded. Exits with 0 if a
    lab was written, 2 for wrong usage, 3 if the cluster can't be read.
    """
    failure.log_to_file(keeps=True)
    check_name(name.name)
    if exists(name):
        raise CannotBegin(phrase("This folder already exists: {folder}. Choose another name.", folder=name))
    if only_write:
        return _write(name, _recorded(name))
    lines = _lines(script)
    if lines is None and not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise Stop(
            phrase(
                "Recording needs a terminal. Without one, record the commands of a file: {command}",
                command=f"labgate record {name} --practice --from FILE",
            )
        )
    this = load(library.find(lab)) if lab else None
    if this is not None and not practice:
        raise Stop(phrase("--lab provides stand-in programs for the practice cluster. Add --practice."))
    if this is not None:
        ask_once(Job(this, run=True), this.folder, yes=yes)
    before = _before(after, practice=practice, yes=yes)
    choice = Choice(practice, context, kubeconfig)
    open_target = _opener(name, choice, this or (before[-1] if before else None))
    ended = asyncio.run(_recorded_now(name, open_target, this, lines, fresh, before))
    if not ended:
        complain(
            phrase(
                "The recording was interrupted and has been kept. To resume: {go_on}. To write a lab "
                "from what was recorded: {write}",
                go_on=shlex.join(["labgate", *sys.argv[1:]]),
                write=f"labgate record {name} --write",
            )
        )
        return failure.INTERRUPTED
    return _write(name, _recorded(name))


def _before(after: str | None, *, practice: bool, yes: bool) -> list[Lab]:
    """The labs that are worked through first, in order. Raises Stop, EarlierProblem."""
    if after is None:
        return []
    if not practice:
        raise Stop(phrase("--after works on a practice cluster only. Add --practice."))
    last = load(library.find(after))
    labs = [*earlier(last), last]
    for each in labs:
        ask_once(Job(each, run=True), each.folder, yes=yes)
    return labs


def _lines(script: Path | None) -> list[Line] | None:
    if script is None:
        return None
    try:
        text = sys.stdin.read() if str(script) == "-" else script.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "UTF-8"
        raise Stop(phrase("{file} can't be read: {reason}", file=script, reason=reason)) from error
    return lines_of(text)


def _opener(name: Path, choice: Choice, lab: Lab | None) -> opening.OpenTarget:
    from runner.commands.cluster_option import context_name
    from runner.session.cluster_targets import context_target

    if choice.practice:
        if choice.context or choice.kubeconfig:
            raise Stop(phrase("--practice uses its own cluster. Remove --context and --kubeconfig."))
        cluster = opening.practice_name(opening.folder_of(name))
        return lambda kept: opening.practice(cluster, lab, kept)
    context = context_name(choice)

    @asynccontextmanager
    async def own(_kept: bool) -> AsyncIterator[Target]:
        yield context_target(context, choice.kubeconfig)

    return own


async def _recorded_now(
    name: Path,
    open_target: opening.OpenTarget,
    lab: Lab | None,
    lines: list[Line] | None,
    fresh: bool,
    before: Sequence[Lab],
) -> bool:
    """Whether it ended."""
    from runner.authoring.record import author_terminal

    size = author_terminal.size() if lines is None else (120, 40)
    folder = opening.folder_of(name)
    opened = opening.open_recording(folder, open_target, lab, size, fresh=fresh, before=before)
    async with opened as this:
        if this.resumed:
            report(phrase("Resuming the recording of {name}.", name=name.name))
        report(phrase("Recording {name} on {target}.", name=name.name, target=this.target.name))
        if lines is None:
            report(phrase("Work as usual. exit or Ctrl-D stops the recording and writes the lab."))
            if not await author_terminal.attend(this.shell, this.recorder.type):
                return False
        else:
            await Typist(this.shell, this.recorder, lambda line: click.echo(f"$ {line}")).work(lines)
        await this.recorder.end()
        await _rest(this)
    return True


async def _rest(this: opening.Open) -> None:
    """Let the cluster come to rest; Ctrl-C goes on without."""
    report(
        phrase(
            "Waiting for the cluster to settle (up to {seconds} s; press Ctrl-C to continue now) …",
            seconds=int(REST),
        )
    )
    task = asyncio.ensure_future(opening.rest(this, REST))
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGINT, task.cancel)
    try:
        with contextlib.suppress(asyncio.CancelledError):
            await task
    finally:
        loop.remove_signal_handler(signal.SIGINT)
    if this.recorder.read_error is not None:
        complain(this.recorder.read_error.message)


def _recorded(name: Path) -> Recording:
    """What was recorded. Raises Stop if nothing was."""
    folder = opening.folder_of(name)
    if (folder / JOURNAL).is_file():
        journal = Journal(folder)
        recording = journal.recording
        journal.close()
        if recording is not None and recording.commands:
            return recording
    raise Stop(phrase("Nothing was recorded for {name}, so no lab was written.", name=name.name))


def _write(name: Path, recording: Recording) -> int:
    lab = _standins_of(recording)
    draft = asyncio.run(compose(recording, name.name, language(), lab))
    if not draft.steps:
        raise Stop(phrase("Every command failed, so no lab was written: {name}", name=name.name))
    file = write_draft(draft, name)
    written_here(name)
    if lab is not None and recording.beginning.practice:
        copy_standins(lab, name)
    journal = Journal(opening.folder_of(name))
    journal.written(name.absolute())
    journal.close()
    opening.forget(opening.folder_of(name))
    for step in draft.steps:
        output = phrase(
            "{step}: commands: {commands}, checks: {checks}",
            step=step.id,
            commands=len(step.run),
            checks=len(step.checks),
        )
        click.echo(f"  {translate(output, language())}")
        for note in step.notes:
            click.echo(f"    {note}")
    report(phrase("Created: {file}", file=file))
    _linted(name)
    report(
        phrase(
            "Write its texts ({sign}), and preview it as a learner sees it: {command}",
            sign="TODO",
            command=f"labgate preview {name}",
        )
    )
    report(
        phrase(
            "Prove that every check fails before the work and passes after it: {command}",
            command=f"labgate prove {name}",
        )
    )
    return 0


def _standins_of(recording: Recording) -> Lab | None:
    if not recording.beginning.lab:
        return None
    try:
        return load(Path(recording.beginning.lab))
    except LabErrors:
        complain(
            phrase(
                "Can't copy the stand-in programs: {folder} is no longer readable.",
                folder=recording.beginning.lab,
            )
        )
        return None


def _linted(folder: Path) -> None:
    from runner.authoring.lint.linter import lint

    try:
        advice = len(lint(folder))
    except LabErrors as error:
        for problem in error.problems:
            click.echo(problem.render(language()), err=True)
        raise Stop(phrase("The lab was written, but it still has errors: {folder}", folder=folder)) from error
    if advice:
        report(phrase("Suggestions ({count}): {command}", count=advice, command=f"labgate lint {folder}"))
