"""`labgate grade LAB --roster FILE`: a class."""

from __future__ import annotations

import asyncio
import hashlib
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TextIO

from rich.console import Console

from runner.commands import failure
from runner.commands.common import USAGE, language, report
from runner.commands.grade_command import console_of, written
from runner.grading.reports import report_files
from runner.grading.roster.class_journal import Journal, read_results
from runner.grading.roster.class_summary import exit_code
from runner.grading.roster.compare import changes
from runner.grading.roster.dask import DaskEngine
from runner.grading.roster.engine import Engine
from runner.grading.roster.grading_job import LearnerJob, digest_of
from runner.grading.roster.local import LocalEngine
from runner.grading.roster.reports import CLASS_REPORTS
from runner.grading.roster.roster import RosterErrors, read_roster
from runner.grading.roster.run import Progress, class_result, grade_class
from runner.grading.roster.views import LiveClassView, PlainClassView, print_class
from runner.labs.model import Lab
from runner.paths import data_folder
from runner.session.trust import agreed_files
from runner.words import NOT_JUDGED, UserError, phrase


@dataclass(frozen=True, slots=True)
class Asked:
    """What the person asked for."""

    roster: Path
    results: Path | None
    compare: Path | None
    jobs: int
    deadline: float
    plugins: bool
    fresh: bool
    reports: Sequence[report_files.Wanted]
    scheduler: str = ""
    """Of a Dask cluster; "": this machine does it."""


def grade_roster(lab: Lab, asked: Asked, output: TextIO) -> int:
    """Grade a class, and return the exit code. `output` is where reports go that are printed."""
    path = asked.results or _results_of(lab, asked.roster)
    report_files.prepare(
        asked.reports, {"--roster": asked.roster, "--results": path, "--compare": asked.compare}
    )
    try:
        learners = read_roster(asked.roster, lab)
    except RosterErrors as error:
        failure.report_problems(error.problems)
        return USAGE
    earlier = read_results(asked.compare) if asked.compare else None
    report_language, started = language(), datetime.now(UTC)
    agreed = agreed_files(lab)  # the one who calls this has asked
    jobs = [
        LearnerJob(str(lab.folder), learner, report_language, asked.deadline, asked.plugins, agreed)
        for learner in learners
    ]
    of_lab = digest_of(lab.folder)
    digests = {job.learner.id: job.digest(of_lab) for job in jobs}
    progress = Progress(len(jobs))
    console = console_of()
    with Journal(path, fresh=asked.fresh) as journal:
        engine: Engine = DaskEngine(asked.scheduler) if asked.scheduler else LocalEngine(asked.jobs)
        ended: BaseException | None = None
        try:
            with _view(console, report_language) as view:
                asyncio.run(grade_class(jobs, digests, engine, journal, progress, view))
        except (
            KeyboardInterrupt,
            Exception,
        ) as error:  # what is known is reported first, whatever ended the run
            ended = error
    if isinstance(ended, UserError) and not progress.results:
        raise ended
    result = class_result(lab, report_language, jobs, progress, started)
    print_class(console, result, changes(earlier, result) if earlier is not None else None, report_language)
    unwritten = written(
        [(each, CLASS_REPORTS[each.format](result, report_language)) for each in asked.reports], output
    )
    report(phrase("Results: {path}", path=path))
    return _ended(ended) or exit_code(result) or unwritten


def _ended(error: BaseException | None) -> int:
    """Say what ended the run before its end, and return its exit code; 0 if nothing did."""
    if error is None:
        return 0
    if isinstance(error, KeyboardInterrupt):
        report(phrase("Interrupted. Run the same command again to resume."))
        return failure.INTERRUPTED
    assert isinstance(error, Exception)
    failure.report(error, sys.argv[1:])
    report(phrase("Grading did not finish. Run the same command again to resume."))
    return NOT_JUDGED


def _results_of(lab: Lab, roster: Path) -> Path:
    """Beside the learner's own data: named by the lab and by where the roster is."""
    digest = hashlib.sha256(str(roster.absolute()).encode()).hexdigest()[:8]
    return data_folder() / "classes" / f"{lab.id}-{roster.stem[:40]}-{digest}.jsonl"


def _view(console: Console, report_language: str) -> LiveClassView | PlainClassView:
    return (
        LiveClassView(console, report_language)
        if console.is_terminal
        else PlainClassView(console, report_language)
    )
