"""Grades one learner; there is a result whatever their cluster does."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from contextlib import aclosing
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path

from checks.base import LooksAt, Verdict
from runner.grading.grade import Job, events, given
from runner.grading.reports.json_report import report_of
from runner.grading.result import Result
from runner.grading.roster.class_model import Graded
from runner.grading.roster.condensed import condensed
from runner.grading.roster.grading_job import LearnerJob
from runner.labs.load import load
from runner.labs.model import Lab
from runner.paths import scratch
from runner.session.events import CheckUpdated, LabStarted, StepStarted
from runner.session.target import Target
from runner.session.trust import allow_files
from runner.words import Phrase, phrase, translate
from runner.world.kubeconfig_access import pinned_kubeconfig
from runner.world.limits import STRICT
from runner.world.strangers import Trust

_OF_THE_LEARNERS_MACHINE = phrase("Not judged: it is about the learner's own machine")
_NOTHING_HANDED_IN = phrase("Not judged: the roster names no workspace of this learner")

SETTLE_BUDGET = 10.0
"""Seconds in all that a learner's cluster is waited for where something is on its way in it."""

WAITED_FOR = (Verdict.PENDING, Verdict.ERROR)
"""What is on its way, and what can't be read at the moment, are looked at again for some seconds."""

OnStep = Callable[[str], None]
"""Called with the step that is being judged."""


class Turn:
    """A learner's turn to be judged, of which only so many are had at one time. This one is had by everybody."""

    async def take(self) -> None:
        """Wait for the turn, where it is not had already."""

    def give_up(self) -> None:
        """The cluster is waited for, which takes seconds and next to no work: let others have the turn."""


async def grade_one(
    job: LearnerJob, on_step: OnStep = lambda _step: None, turn: Turn | None = None
) -> Graded:
    """Judge the learner's cluster as it is. Raises nothing that is the learner's or their cluster's doing.

    A learner who could not be graded is reported as such, with the reason; that is not a grade of zero. Their deadline
    does not run while they wait for their turn.
    """
    began = time.monotonic()
    result: Result | None = None
    problem: Phrase | None = None
    try:
        lab = _lab(job.lab, tuple(sorted(job.learner.variables.items())))
        if job.agreed is not None:
            allow_files(lab, job.agreed)
        result = Result.of(lab, datetime.now(UTC))
        async with asyncio.timeout(job.deadline) as deadline:
            await _judge(lab, job, result, on_step, turn or Turn(), deadline)
    except TimeoutError:
        problem = phrase("Not graded: it took longer than {seconds} s", seconds=f"{job.deadline:g}")
    except asyncio.CancelledError:
        raise
    except Exception as error:  # a cluster of somebody's own choosing must cost nobody else anything
        text = getattr(error, "message", None)
        problem = text if isinstance(text, Phrase) else phrase("Not graded: {error}", error=repr(error)[:300])
    seconds = round(time.monotonic() - began, 3)
    if result is not None:
        result.problem, result.took = problem, seconds
    return Graded(
        learner=job.learner.id,
        name=job.learner.name,
        report=condensed(report_of(result, job.language)) if result is not None else None,
        problem=translate(problem, job.language) if problem is not None else "",
        seconds=seconds,
        finished=datetime.now(UTC).isoformat(timespec="seconds"),
    )


@lru_cache(maxsize=64)
def _lab(folder: str, variables: tuple[tuple[str, str], ...]) -> Lab:
    return load(Path(folder), dict(variables))


async def _judge(
    lab: Lab, job: LearnerJob, result: Result, on_step: OnStep, turn: Turn, deadline: asyncio.Timeout
) -> None:
    learner = job.learner
    with scratch() as folder:
        pinned = pinned_kubeconfig(
            learner.kubeconfig,
            learner.context or None,
            folder / "kubeconfig",
            namespace=learner.namespace,
            trust=Trust(own=False, plugins=job.plugins),
        )
        target = Target(pinned.name, pinned.server, pinned.path, pinned.name, practice=False)
        workspace = Path(learner.workspace) if learner.workspace else folder / "workspace"
        workspace.mkdir(exist_ok=True)
        unjudged = {LooksAt.MACHINE: _OF_THE_LEARNERS_MACHINE}
        if not learner.workspace:
            unjudged |= {LooksAt.FOLDER: _NOTHING_HANDED_IN}
        work = Job(
            lab,
            workspace=workspace,
            folder=folder,
            unjudged=unjudged,
            settle_budget=SETTLE_BUDGET,
            limits=STRICT,
        )
        async with aclosing(events(work, lambda: given(target))) as happening:
            async for event in happening:
                result.apply(event)
                if isinstance(event, LabStarted):  # the API server has answered
                    await _take(turn, deadline)
                elif isinstance(event, StepStarted):
                    on_step(event.step)
                elif isinstance(event, CheckUpdated) and event.outcome.verdict in WAITED_FOR:
                    turn.give_up()


async def _take(turn: Turn, deadline: asyncio.Timeout) -> None:
    clock = asyncio.get_running_loop().time
    until, asked = deadline.when(), clock()
    assert until is not None, "a job has a deadline"
    deadline.reschedule(None)
    await turn.take()
    deadline.reschedule(until + clock() - asked)
