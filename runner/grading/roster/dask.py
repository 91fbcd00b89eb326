"""An engine on several machines: learners are tasks of a Dask cluster."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncGenerator, Sequence
from concurrent.futures import CancelledError
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from runner.grading.roster import dask_task
from runner.grading.roster.class_model import Graded
from runner.grading.roster.engine import Done, Happening
from runner.grading.roster.grading_job import LearnerJob
from runner.words import NOT_JUDGED, UserError, phrase, translate

CONNECT = 10.0
"""Seconds in which a scheduler must answer."""
SILENCE = 60.0
PATIENCE = 3
"""A worker gives a learner's result within the deadline: where none comes for so many of them, and SILENCE seconds, nobody
is at work any more. A learner whose worker died has begun again meanwhile."""


class EngineProblem(UserError):
    """The cluster of machines can't be used; `message` says why and what to do."""


class SchedulerGone(EngineProblem):
    """It does not answer, or no longer."""

    exit_code = NOT_JUDGED


@dataclass(frozen=True, slots=True)
class DaskEngine:
    """An Engine. `scheduler` as in `tcp://10.0.0.5:8786`; certificates and the like are Dask's own configuration.

    A worker that dies costs nothing: its learners are graded by another one. One whose grading ends several
    workers is not graded.
    """

    scheduler: str

    async def run(self, jobs: Sequence[LearnerJob]) -> AsyncGenerator[Happening, None]:
        """As Engine has it. Raises EngineProblem."""
        client = await self._client()
        try:
            async for happening in self._all(client, jobs):
                yield happening
        finally:
            with suppress(Exception):
                await client.close(timeout=2)

    async def _client(self) -> Any:
        try:
            import distributed
        except ImportError:
            raise EngineProblem(
                phrase(
                    "Dask is not installed here. Install it: {command}", command='pip install "labgate[dask]"'
                )
            ) from None
        untyped: Any = distributed  # it says nothing of its types
        client = untyped.Client(self.scheduler, asynchronous=True, timeout=CONNECT, set_as_default=False)
        try:
            async with asyncio.timeout(CONNECT + 2):
                await client
            workers = await client.run(_labgate)
        except (OSError, TimeoutError, ValueError) as error:
            with suppress(Exception):
                await client.close(timeout=1)
            raise SchedulerGone(
                phrase(
                    "No Dask scheduler answers at {address}: {reason}",
                    address=self.scheduler,
                    reason=str(error) or type(error).__name__,
                )
            ) from error
        await _must_be_alike(client, workers)
        return client

    async def _all(self, client: Any, jobs: Sequence[LearnerJob]) -> AsyncGenerator[Happening, None]:
        labs: dict[str, Any] = {}
        futures: dict[Any, LearnerJob] = {}
        run = uuid.uuid4().hex
        for job in jobs:
            if job.lab not in labs:
                labs[job.lab] = await self._sent(client, job.lab)
            try:
                data = dask_task.sent(job)
            except (OSError, UnicodeDecodeError) as error:
                yield Done(_not_graded(job, str(error)))
                continue
            key = f"labgate-{run}-{job.learner.id}"
            futures[client.submit(dask_task.graded, data, labs[job.lab], key=key, pure=False, retries=0)] = (
                job
            )
        tasks = [asyncio.ensure_future(self._result(future, job)) for future, job in futures.items()]
        try:
            async for graded in self._as_they_come(tasks, max(job.deadline for job in jobs)):
                yield Done(graded)
        finally:
            for each in tasks:
                each.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _sent(self, client: Any, lab: str) -> Any:
        try:
            return await client.scatter(dask_task.packed(Path(lab)), broadcast=True)
        except dask_task.CannotSend as error:
            raise EngineProblem(
                phrase(
                    "The lab is too large for a Dask cluster: {folder}. Take out what it does not need.",
                    folder=lab,
                )
            ) from error
        except (OSError, CancelledError) as error:
            raise self._gone() from error

    async def _as_they_come(
        self, tasks: Sequence[asyncio.Future[Graded]], deadline: float
    ) -> AsyncGenerator[Graded, None]:
        """What is known when the scheduler goes is given before that is raised."""
        ended: asyncio.Queue[asyncio.Future[Graded]] = asyncio.Queue()
        for task in tasks:
            task.add_done_callback(ended.put_nowait)
        gone: SchedulerGone | None = None
        for _ in tasks:
            try:
                async with asyncio.timeout(SILENCE + PATIENCE * deadline):
                    task = await ended.get()
            except TimeoutError:
                raise SchedulerGone(
                    phrase(
                        "Nothing is heard any more of the Dask cluster at {address}. See whether it has workers"
                        " left: dask worker {address}",
                        address=self.scheduler,
                    )
                ) from None
            try:
                graded = task.result()
            except SchedulerGone as error:
                gone = error
                continue
            yield graded
        if gone is not None:
            raise gone

    async def _result(self, future: Any, job: LearnerJob) -> Graded:
        """Raises SchedulerGone: Dask cancels what it was asked for when it loses its scheduler."""
        try:
            error = await future.exception()
            return Graded(**await future.result()) if error is None else _not_graded(job, _why(error))
        except (
            OSError,
            CancelledError,
        ) as error:  # Dask's is that of concurrent.futures; our own is asyncio's
            raise self._gone() from error

    def _gone(self) -> SchedulerGone:
        return SchedulerGone(
            phrase(
                "The Dask scheduler at {address} no longer answers. See why it ended, and start it again.",
                address=self.scheduler,
            )
        )


def _why(error: BaseException) -> str:
    """The error of a killed worker has its address, which does not belong in a report."""
    return (
        "its grading ended several workers" if type(error).__name__ == "KilledWorker" else repr(error)[:300]
    )


def _not_graded(job: LearnerJob, reason: str) -> Graded:
    problem = translate(phrase("Not graded: {error}", error=reason), job.language)
    return Graded(job.learner.id, job.learner.name, None, problem)


def _labgate() -> str:
    """Runs on each worker: which Labgate is there."""
    from importlib.metadata import version

    return version("labgate")


async def _must_be_alike(client: Any, workers: dict[str, str]) -> None:
    """Another version might grade otherwise. Raises EngineProblem."""
    own = _labgate()
    if not workers:
        await client.close()
        raise SchedulerGone(
            phrase(
                "The Dask cluster has no workers. Start some: dask worker {address}",
                address=client.scheduler.address,
            )
        )
    others = sorted({version for version in workers.values() if version != own})
    if others:
        await client.close()
        raise EngineProblem(
            phrase(
                "The workers have another Labgate than this machine: {theirs}, not {own}",
                theirs=tuple(others),
                own=own,
            )
        )
