"""The engine of this machine: several learners at the same time, in one process."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass
from functools import partial

from runner.grading.roster.engine import At, Began, Done, Happening
from runner.grading.roster.grading_job import LearnerJob
from runner.grading.roster.one import Turn, grade_one

AT_ONCE = 16
"""Learners that are judged at the same time: each has a few connections to their own cluster."""
OPEN = 8
"""How many times as many may be open, those included whose clusters are only waited for."""


FIRST_ANSWER = 1.0
"""Seconds that an API server may take for its first answer before others are judged meanwhile: one that never answers
is given ten, and some dozens of those would keep a whole class waiting."""


class _Turn(Turn):
    """One of the places for learners who are judged."""

    def __init__(self, places: asyncio.Semaphore) -> None:
        self._places, self._had = places, False
        self._patience: asyncio.TimerHandle | None = None

    async def begin(self) -> None:
        """Take a place for as long as a first answer takes."""
        await self._take()
        self._patience = asyncio.get_running_loop().call_later(FIRST_ANSWER, self.give_up)

    async def take(self) -> None:
        self._be_patient()
        await self._take()

    def give_up(self) -> None:
        self._be_patient()
        if self._had:
            self._had = False
            self._places.release()

    async def _take(self) -> None:
        if not self._had:
            await self._places.acquire()
            self._had = True

    def _be_patient(self) -> None:
        if self._patience is not None:
            self._patience.cancel()


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
                turn = _Turn(places)
                await turn.begin()
                try:
                    if not waiting:
                        return
                    job = waiting.pop()
                    happenings.put_nowait(Began(job.learner.id))
                    graded = await grade_one(job, partial(at, job.learner.id), turn)
                finally:
                    turn.give_up()
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
