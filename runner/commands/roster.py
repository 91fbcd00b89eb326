"""`labgate grade LAB --roster FILE`: a class."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console

from runner.commands import failure
from runner.commands.common import USAGE, language, tell
from runner.grading.reports import files
from runner.grading.roster.compare import changes
from runner.grading.roster.dask import DaskEngine
from runner.grading.roster.engine import Engine
from runner.grading.roster.job import LearnerJob, digest_of
from runner.grading.roster.journal import Journal, read_results
from runner.grading.roster.local import LocalEngine
from runner.grading.roster.reports import CLASS_REPORTS
from runner.grading.roster.roster import RosterErrors, read_roster
from runner.grading.roster.run import Progress, class_result, grade_class
from runner.grading.roster.standing import exit_code
from runner.grading.roster.views import LiveClassView, PlainClassView, print_class
from runner.labs.model import Lab
from runner.paths import data_folder
from runner.session.trust import agreed_files
from runner.words import phrase


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
    reports: Sequence[str]
    scheduler: str = ""
    """Of a Dask cluster; "": this machine does it."""


def grade_roster(lab: Lab, asked: Asked, console: Console) -> int:
    """Grade a class, and give the exit code."""
    reports = files.wanted(asked.reports, CLASS_REPORTS)
    files.prepare(reports)
    try:
        learners = read_roster(asked.roster, lab)
    except RosterErrors as error:
        failure.tell_problems(error.problems)
        return USAGE
    earlier = read_results(asked.compare) if asked.compare else None
    told, started = language(), datetime.now(UTC)
    agreed = agreed_files(lab)  # whoever calls this has asked
    jobs = [
        LearnerJob(str(lab.folder), learner, told, asked.deadline, asked.plugins, agreed)
        for learner in learners
    ]
    of_lab = digest_of(lab.folder)
    digests = {job.learner.id: job.digest(of_lab) for job in jobs}
    path = asked.results or _results_of(lab, asked.roster)
    if asked.fresh:
        path.unlink(missing_ok=True)
    progress = Progress(len(jobs))
    interrupted = False
    with Journal(path) as journal:
        engine: Engine = DaskEngine(asked.scheduler) if asked.scheduler else LocalEngine(asked.jobs)
        try:
            with _view(console, told) as view:
                asyncio.run(grade_class(jobs, digests, engine, journal, progress, view))
        except KeyboardInterrupt:
            interrupted = True
    result = class_result(lab, told, jobs, progress, started)
    print_class(console, result, changes(earlier, result) if earlier is not None else None, told)
    files.write_texts({path: CLASS_REPORTS[name](result, told) for name, path in reports.items()})
    for report in files.named(reports):
        tell(phrase("Report: {path}", path=report))
    tell(phrase("Results: {path}", path=path))
    if interrupted:
        tell(phrase("Interrupted. The same command goes on where this one ended."))
        return failure.INTERRUPTED
    return exit_code(result)


def _results_of(lab: Lab, roster: Path) -> Path:
    """Beside the learner's own data: named by the lab and by where the roster is."""
    digest = hashlib.sha256(str(roster.absolute()).encode()).hexdigest()[:8]
    return data_folder() / "classes" / f"{lab.id}-{roster.stem[:40]}-{digest}.jsonl"


def _view(console: Console, told: str) -> LiveClassView | PlainClassView:
    return LiveClassView(console, told) if console.is_terminal else PlainClassView(console, told)
