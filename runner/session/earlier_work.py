"""The work of the labs that come before a lab, brought to its practice cluster."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

from runner.labs.model import Lab
from runner.labs.prerequisites import EarlierProblem, earlier
from runner.session.events import EarlierLab, LabFinished, StepBroken, StepFailed
from runner.session.open import open_session
from runner.session.progress import read_state
from runner.session.session import Session
from runner.session.target import Target
from runner.words import Phrase, phrase


async def bring(lab: Lab, target: Target, folder: Path, *, fresh: bool) -> AsyncIterator[EarlierLab]:
    """Work through the labs before this one, in order, without their clean-ups; what was brought and is still there stays.

    `folder` keeps their attempts. Yields each when it is there. Raises EarlierProblem, RequirementsUnmet.
    """
    async for brought in bring_all(earlier(lab), lab.id, target, folder, fresh=fresh):
        yield brought


async def bring_all(
    labs: Sequence[Lab], name: str, target: Target, folder: Path, *, fresh: bool
) -> AsyncIterator[EarlierLab]:
    """The same of these labs, which come before the one of that name."""
    for each in labs:
        kept = folder / each.id
        began = time.monotonic()
        there = not fresh and await _is_there(each, target, kept)
        if not there:
            again = fresh or read_state(kept).finished
            async with open_session(each, target, run=True, fresh=again, folder=kept) as session:
                await _work_through(name, session)
        yield EarlierLab(each.id, len(each.steps), time.monotonic() - began, there)


async def _is_there(each: Lab, target: Target, folder: Path) -> bool:
    """Whether it was brought, and the cluster was not reset since: the lab itself may have changed some of it."""
    if not read_state(folder).finished:
        return False
    async with open_session(each, target, run=False, folder=folder) as session:
        for step in each.steps:
            if step.checks and (await session.look_at(step)).holds:
                return True
    return False


async def _work_through(name: str, session: Session) -> None:
    await session.require()
    why: Phrase | None = None
    passed = False
    async for event in session.grade(run=True):
        if isinstance(event, StepFailed | StepBroken) and why is None:
            found = [outcome.found for outcome in event.outcomes if not outcome.verdict.holds]
            why = phrase("{step}: {found}", step=event.step, found=found[0] if found else "-")
        if isinstance(event, LabFinished):
            passed = event.passed
    if not passed:
        raise EarlierProblem(
            phrase(
                "{lab} comes after {earlier}, and that could not be worked through: {why}",
                lab=name,
                earlier=session.lab.id,
                why=why or "-",
            )
        )
