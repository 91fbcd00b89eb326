"""`labgate grade` and `labgate check`."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from difflib import get_close_matches
from pathlib import Path
from typing import Any, TextIO, TypeVar

import click
from rich.console import Console

from runner.commands import failure
from runner.commands.cleanup_prompt import ask_clean_up
from runner.commands.cluster_option import Choice, opener
from runner.commands.common import USAGE, Stop, complain, language, language_option, report
from runner.commands.consent_prompt import ask_once
from runner.grading.grade import Job, View
from runner.grading.grade import grade as run_job
from runner.grading.live_progress import LiveView
from runner.grading.plain import PlainView
from runner.grading.reports import REPORTS, report_files
from runner.grading.result import Result
from runner.grading.summary import print_summary
from runner.labs import library
from runner.labs.lab_problems import LabErrors
from runner.labs.load import load
from runner.labs.model import Lab
from runner.labs.prerequisites import earlier
from runner.words import Phrase, phrase

Command = TypeVar("Command", bound=Callable[..., Any])
FILE = click.Path(dir_okay=False, path_type=Path)
FOLDER = click.Path(file_okay=False, path_type=Path)
CI_WIDTH = 120
"""Columns of plain output: a log viewer has no width of its own."""


def target_options(command: Command) -> Command:
    """The options that say which lab, which cluster, and where the results go."""
    for option in reversed(
        [
            click.option("--practice", is_flag=True, help="Use the lab's built-in practice cluster."),
            click.option("--context", metavar="NAME", help="Use this context of the kubeconfig."),
            click.option(
                "--kubeconfig",
                type=FILE,
                help="Use this kubeconfig instead of $KUBECONFIG and ~/.kube/config.",
            ),
            click.option(
                "--workspace",
                type=FOLDER,
                help="The learner's working folder (default: a separate folder for the lab).",
            ),
            click.option(
                "--set",
                "settings",
                metavar="VARIABLE=VALUE",
                multiple=True,
                help="Set a variable of the lab.",
            ),
            click.option(
                "--report",
                "reports",
                metavar="FORMAT=FILE,…",
                multiple=True,
                help=(
                    "Write reports: annotations, csv, gradescope, html, json, junit, markdown, tap. "
                    "A FILE of - is standard output."
                ),
            ),
            click.option(
                "--yes",
                is_flag=True,
                help="Don't ask: accept the commands of a lab from elsewhere, and --cleanup.",
            ),
            language_option,
        ]
    ):
        command = option(command)
    return command


def roster_options(command: Command) -> Command:
    """The options of a class."""
    for option in reversed(
        [
            click.option("--roster", type=FILE, help="Grade the learners listed in this YAML or CSV file."),
            click.option(
                "--jobs",
                type=click.IntRange(1, 200),
                default=16,
                help="With --roster: how many learners to grade at the same time (16).",
            ),
            click.option(
                "--deadline",
                type=click.FloatRange(1, 3600),
                default=120.0,
                help="With --roster: time limit for each learner, in seconds (120).",
            ),
            click.option(
                "--results",
                type=FILE,
                help="With --roster: save the results in this file, and resume from it.",
            ),
            click.option(
                "--compare", type=FILE, help="With --roster: show what changed since these results."
            ),
            click.option(
                "--engine",
                type=click.Choice(["local", "dask"]),
                default="local",
                help="With --roster: grade on this machine or on a Dask cluster.",
            ),
            click.option(
                "--scheduler", metavar="ADDRESS", help="Address of the Dask scheduler: tcp://host:8786."
            ),
            click.option(
                "--allow-plugins",
                is_flag=True,
                help="With --roster: run the credential plugins of the learners' kubeconfigs.",
            ),
        ]
    ):
        command = option(command)
    return command


@click.command()
@click.argument("lab")
@click.option("--run", is_flag=True, help="Run the lab's commands first.")
@click.option(
    "--fresh", is_flag=True, help="Start over: discard earlier progress and reset the practice cluster."
)
@click.option("--cleanup", is_flag=True, help="With --run: run the lab's clean-up at the end.")
@click.option("--step", "steps", metavar="ID", multiple=True, help="Verify this step only. Can be repeated.")
@roster_options
@target_options
def grade(lab: str, run: bool, fresh: bool, cleanup: bool, steps: Sequence[str], **options: Any) -> int:
    """Verify LAB on a cluster and grade it.

    LAB is a name from `labgate labs` or the path of a lab's folder. By default, the cluster is judged as it
    is. With --run, the lab's commands are run first, step by step.

    With --roster, a whole class is graded, each learner on the cluster of their kubeconfig. Results are saved
    as soon as they are known: run the same command again to resume an interrupted run.
    """
    if options["roster"]:
        return _grade_class(lab, options, wrong=run or cleanup or bool(steps), fresh=fresh)
    job = Job(lab_of(lab, options["settings"]), run=run, fresh=fresh, cleanup=cleanup, only=tuple(steps))
    return _grade(lab, job, options)


@click.command()
@click.argument("lab")
@click.argument("step")
@target_options
def check(lab: str, step: str, **options: Any) -> int:
    """Verify one STEP of LAB on the cluster as it is."""
    return _grade(lab, Job(lab_of(lab, options["settings"]), only=(step,)), options)


def lab_of(name: str, assignments: Sequence[str]) -> Lab:
    """The lab of that name or path, with its variables set (`VARIABLE=VALUE` each). Raises LabErrors, Stop, UnknownLab."""
    folder, settings = library.find(name), settings_of(assignments)
    lab = load(folder)
    if not settings:
        return lab
    try:
        return load(folder, settings)
    except LabErrors as error:  # the lab itself is well: it is a value that it does not take
        first = error.problems[0]
        hint = first.hint or phrase("the lab's variables are defined in {file}", file=first.file)
        raise Stop(phrase("--set: {message} ({hint})", message=first.message, hint=hint)) from None


def _grade_class(name: str, options: dict[str, Any], *, wrong: bool, fresh: bool) -> int:
    from runner.commands.roster_command import Asked, grade_roster
    from runner.grading.roster.reports import CLASS_REPORTS

    failure.log_to_file(keeps=True)
    if wrong or any(options[each] for each in ("practice", "context", "kubeconfig", "workspace")):
        raise Stop(
            phrase(
                "--roster specifies the clusters of a class. Remove --run, --step, --practice, "
                "--context and similar options."
            )
        )
    if (options["engine"] == "dask") != bool(options["scheduler"]):
        raise Stop(phrase("Use --engine dask together with --scheduler ADDRESS."))
    reports = report_files.wanted(options["reports"], CLASS_REPORTS)
    lab = lab_of(name, options["settings"])
    asked = Asked(
        options["roster"],
        options["results"],
        options["compare"],
        options["jobs"],
        options["deadline"],
        options["allow_plugins"],
        fresh,
        reports,
        options["scheduler"] or "",
    )
    with report_files.output_of(reports) as output:
        ask_once(Job(lab), library.find(name), yes=options["yes"])
        return grade_roster(lab, asked, output)


def _grade(name: str, job: Job, options: dict[str, Any]) -> int:
    failure.log_to_file(keeps=True)
    reports = report_files.wanted(options["reports"], REPORTS)
    report_files.prepare(reports, {"--kubeconfig": options["kubeconfig"]})
    with report_files.output_of(reports) as output:
        return _graded(name, job, options, reports, output)


def _graded(
    name: str, job: Job, options: dict[str, Any], reports: Sequence[report_files.Wanted], output: TextIO
) -> int:
    check_steps(job.lab, job.only)
    if job.cleanup and not job.run:
        raise Stop(phrase("--cleanup runs commands. Use it together with --run."))
    job = replace(job, workspace=_workspace(options["workspace"]))
    choice = Choice(options["practice"], options["context"], options["kubeconfig"])
    open_target = opener(choice, job.lab, fresh=job.fresh, again=job.run and not job.only)
    _ask_for_earlier(job, practice=choice.practice, yes=options["yes"])
    ask_once(job, library.find(name), yes=options["yes"])
    if job.cleanup:
        ask_clean_up(job.lab, open_target, yes=options["yes"])
    console = console_of()
    result = Result.of(job.lab, datetime.now(UTC), job.only)
    asyncio.run(run_job(job, open_target, _view(console), result, _explain))
    print_summary(console, result, language())
    texts = [(each, REPORTS[each.format](result, language())) for each in reports]
    unwritten = written(texts, output)
    return result.ending.exit_code or unwritten


def written(texts: Sequence[tuple[report_files.Wanted, str]], output: TextIO) -> int:
    """Write reports and report where they are; 0, or 2 where one could not be."""
    problems = report_files.write_all(texts, output)
    failed = {problem.path for problem in problems}
    for path in report_files.named([each for each, _ in texts]):
        if path not in failed:
            report(phrase("Report: {path}", path=path))
    for problem in problems:
        complain(problem.message)
    return USAGE if problems else 0


def _ask_for_earlier(job: Job, *, practice: bool, yes: bool) -> None:
    """Ask for the labs whose work is brought first; on a cluster of one's own, say that it is not. Raises EarlierProblem."""
    if not job.run or not job.lab.after:
        return
    if practice:
        for each in earlier(job.lab):
            ask_once(Job(each, run=True), each.folder, yes=yes)
        return
    report(
        phrase(
            "This lab comes after {lab}. Earlier labs are run automatically on practice clusters "
            "only. If {lab} has not been done on this cluster, run it now: {command}",
            lab=job.lab.after,
            command=f"labgate learn {job.lab.after}",
        )
    )


def _explain(error: Exception) -> Phrase:
    """The words for what ended a run. Wrong usage is raised on: there is no run to report."""
    message = getattr(error, "message", None)
    if not isinstance(message, Phrase):
        return failure.unexpected(error, sys.argv[1:])
    if failure.exit_code(error) == USAGE:
        raise error
    return message


def console_of() -> Console:
    """Where a run is shown: the terminal, or plain output as wide as a log viewer shows well."""
    if sys.stdout.isatty() and not _dumb():
        return Console(highlight=False, markup=False, emoji=False)
    return Console(
        highlight=False,
        markup=False,
        emoji=False,
        width=CI_WIDTH,
        force_terminal=False,
        no_color=True,
        legacy_windows=False,
    )


def _view(console: Console) -> View:
    return LiveView(console, language()) if console.is_terminal else PlainView(console, language())


def _dumb() -> bool:
    return os.environ.get("TERM", "dumb") in ("dumb", "unknown") or bool(os.environ.get("CI"))


def settings_of(arguments: Sequence[str]) -> dict[str, str]:
    settings = {}
    for argument in arguments:
        name, equals, value = argument.partition("=")
        if not equals or not name:
            raise Stop(phrase("--set {argument}: use the form VARIABLE=VALUE.", argument=argument))
        settings[name] = value
    return settings


def check_steps(lab: Lab, only: Sequence[str]) -> None:
    names = [step.id for step in lab.steps]
    for name in only:
        if name in names:
            continue
        near = get_close_matches(name, names, 1)
        if near:
            raise Stop(phrase("The lab has no step {step}. Did you mean {near}?", step=name, near=near[0]))
        raise Stop(phrase("The lab has no step {step}. Steps: {steps}", step=name, steps=names))


def _workspace(folder: Path | None) -> Path | None:
    if folder is None:
        return None
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise Stop(
            phrase(
                "Can't create folder {folder}: {reason}. Choose another folder with --workspace.",
                folder=folder,
                reason=error.strerror or str(error),
            )
        ) from error
    return folder.resolve()
