"""The engine of this machine: so many learners at once, in one process."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass
from functools import partial

from runner.grading.roster.engine import At, Began, Done, Happening
from runner.grading.roster.grading_job import LearnerJob
from runner.grading.roster.one import grade_one

AT_ONCE = 16
"""Learners at a time: each has a few connections to their own cluster."""


@dataclass(frozen=True, slots=True)
class LocalEngine:
    """An Engine. What one learner's cluster does holds up nobody but those who wait for its place."""

    at_once: int = AT_ONCE

    async def run(self, jobs: Sequence[LearnerJob]) -> AsyncGenerator[Happening, None]:
        """As Engine has it."""
        happenings: asyncio.Queue[Happening] = asyncio.Queue()
        waiting = list(reversed(jobs))

        def at(learner: str, step: str) -> None:
            happenings.put_nowait(At(learner, step))

        async def work() -> None:
            while waiting:
                job = waiting.pop()
                happenings.put_nowait(Began(job.learner.id))
                happenings.put_nowait(Done(await grade_one(job, partial(at, job.learner.id))))

        workers = [asyncio.create_task(work()) for _ in range(min(self.at_once, len(jobs)))]
        left = len(jobs)
        try:
            while left:
                happening = await happenings.get()
                left -= isinstance(happening, Done)
                yield happening
        finally:
            waiting.clear()  # a worker whose learner is done at this moment begins with no other
            for worker in workers:
                worker.cancel()
            await asyncio.gather(*workers, return_exceptions=True)
