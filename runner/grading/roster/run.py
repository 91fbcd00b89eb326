"""Grades a class: takes over earlier results, runs the engine, and records each result as it arrives."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Protocol

from runner.grading.roster.class_journal import Journal
from runner.grading.roster.class_model import ClassResult, Graded
from runner.grading.roster.class_summary import Standing, standing
from runner.grading.roster.engine import At, Began, Done, Engine, Happening
from runner.grading.roster.grading_job import LearnerJob
from runner.labs.model import Lab
from runner.words import text


@dataclass(slots=True)
class Progress:
    """How far a class is, for whoever shows it."""

    total: int
    taken: int = 0
    """Of `total`, results of an earlier run that were taken over."""
    busy: dict[str, str] = field(default_factory=dict)
    """Learners that are being graded, and their step."""
    results: dict[str, Graded] = field(default_factory=dict)

    def count(self, kind: Standing) -> int:
        return sum(standing(each) is kind for each in self.results.values())

    def take(self, happening: Happening) -> None:
        match happening:
            case Began():
                self.busy[happening.learner] = ""
            case At():
                self.busy[happening.learner] = happening.step
            case Done():
                self.busy.pop(happening.graded.learner, None)
                self.results[happening.graded.learner] = happening.graded


class View(Protocol):
    """What displays a class in progress."""

    def show(self, happening: Happening | None, progress: Progress) -> None: ...


async def grade_class(
    jobs: Sequence[LearnerJob],
    digests: Mapping[str, str],
    engine: Engine,
    journal: Journal,
    progress: Progress,
    view: View,
) -> None:
    """Grade those whose result is not in the journal yet. `progress` has all that is known, also when it is ended."""
    left = []
    for job in jobs:
        name = job.learner.id
        known = journal.known(name, digests[name])
        if known is None:
            left.append(job)
        else:
            progress.results[name] = known
            progress.taken += 1
    view.show(None, progress)
    if not left:
        return
    async with aclosing(engine.run(left)) as happenings:
        async for happening in happenings:
            if isinstance(happening, Done):
                name = happening.graded.learner
                if name in progress.results:
                    continue  # an engine on several machines may report twice; the first counts
                journal.add(happening.graded, digests[name])
            progress.take(happening)
            view.show(happening, progress)


def class_result(
    lab: Lab, language: str, jobs: Sequence[LearnerJob], progress: Progress, started: datetime
) -> ClassResult:
    """The class as far as it was graded."""
    graded = [progress.results[job.learner.id] for job in jobs if job.learner.id in progress.results]
    return ClassResult(
        lab.id,
        text(lab.title, language),
        started.astimezone(UTC).isoformat(timespec="seconds"),
        tuple(graded),
        len(jobs),
    )
