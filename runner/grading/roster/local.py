"""The engine of this machine: several learners at the same time, in one process."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass
from functools import partial

from runner.grading.roster.engine import At, Began, Done, Happening
from runner.grading.roster.grading_job import LearnerJob
from runner.grading.roster.one import grade_one

AT_ONCE = 16
"""Learners that are judged at the same time: each has a few connections to their own cluster."""
OPEN = 8
"""How many times as many may be open, those included whose clusters are only waited for."""


class _Place:
    """One of the places for learners that are judged; its learner gives it up once, early or at the end."""

    def __init__(self, places: asyncio.Semaphore) -> None:
        self._places, self._taken = places, True

    def give_up(self) -> None:
        if self._taken:
            self._taken = False
            self._places.release()


@dataclass(frozen=True, slots=True)
class LocalEngine:
    """An Engine. A learner whose cluster is only waited for gives their place to the next."""

    at_once: int = AT_ONCE

    async def run(self, jobs: Sequence[LearnerJob]) -> AsyncGenerator[Happening, None]:
        """As Engine has it."""
        happenings: asyncio.Queue[Happening] = asyncio.Queue()
        waiting = list(reversed(jobs))

        def at(learner: str, step: str) -> None:
            happenings.put_nowait(At(learner, step))

        places = asyncio.Semaphore(self.at_once)

        async def work() -> None:
            while waiting:
                await places.acquire()
                place = _Place(places)
                try:
                    if not waiting:
                        return
                    job = waiting.pop()
                    happenings.put_nowait(Began(job.learner.id))
                    graded = await grade_one(job, partial(at, job.learner.id), place.give_up)
                finally:
                    place.give_up()
                happenings.put_nowait(Done(graded))

        workers = [asyncio.create_task(work()) for _ in range(min(self.at_once * OPEN, len(jobs)))]
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
