"""Runs a graded run to its end, its interruption or its failure, and returns a Result."""

from __future__ import annotations

import asyncio
import signal
import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator, Mapping
from contextlib import AbstractAsyncContextManager, aclosing, asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from checks.base import LooksAt
from runner.grading.result import Result
from runner.labs.model import Lab
from runner.session.earlier_work import bring
from runner.session.events import Event, LabStarted
from runner.session.judge import Judge
from runner.session.open import open_judge, open_runner
from runner.session.target import Target, attempt_folder
from runner.words import Phrase
from runner.world.limits import Limits

OpenTarget = Callable[[], AbstractAsyncContextManager[Target]]
Explain = Callable[[Exception], Phrase]


class View(Protocol):
    """What displays a run in progress."""

    def __enter__(self) -> View: ...
    def __exit__(self, *error: object) -> None: ...
    def show(self, event: Event, result: Result) -> None: ...


@dataclass(frozen=True, slots=True)
class Job:
    """What to grade and how."""

    lab: Lab
    run: bool = False
    fresh: bool = False
    cleanup: bool = False
    only: tuple[str, ...] = ()
    workspace: Path | None = None
    folder: Path | None = None
    """Where the attempt is kept; None: where the learner's own are."""
    unjudged: Mapping[LooksAt, Phrase] | None = None
    """Kinds of checks that are not judged, and why."""
    settle_budget: float | None = None
    """Seconds in total that judging waits for pending checks; None: as long as each step allows."""
    limits: Limits | None = None
    """How much is read of a cluster that somebody hands in; None: it is one's own."""


async def grade(job: Job, open_target: OpenTarget, view: View, result: Result, explain: Explain) -> None:
    """Run the job and fill `result`, whatever happens.

    An interruption (SIGINT, SIGTERM) ends the run and is noted. An error ends it too, and is noted in the
    words that `explain` has for it; errors that `explain` raises again are the caller's.
    """
    began = time.monotonic()
    try:
        with view:
            await _interruptible(events(job, open_target), view, result)
    except Exception as error:
        result.problem = explain(error)
    if result.finished is None:
        result.took = time.monotonic() - began


async def events(job: Job, open_target: OpenTarget) -> AsyncGenerator[Event, None]:
    """The events of the run. Raises whatever stops it.

    On a practice cluster a run brings the work of the labs before this one first.
    """
    async with open_target() as target:
        if job.run and target.practice and job.lab.after:
            attempt = job.folder or attempt_folder(job.lab, target.name)
            async with aclosing(bring(job.lab, target, attempt, fresh=job.fresh)) as brought:
                async for step in brought:
                    yield step
        async for event in _events(job, target):
            yield event


async def _events(job: Job, target: Target) -> AsyncGenerator[Event, None]:
    async with _opened(job, target) as (judge, happening), aclosing(happening) as events:
        async for event in events:
            yield event
            if isinstance(event, LabStarted):
                unreached = judge.session.unreached
                if unreached is not None and unreached.reason != "forbidden":
                    raise unreached  # waiting for it at every check would take minutes
                if job.run:
                    await judge.require()


@asynccontextmanager
async def _opened(job: Job, target: Target) -> AsyncIterator[tuple[Judge, AsyncGenerator[Event, None]]]:
    """The judge of the job, and what happens: the lab worked through, or judged as it is."""
    if job.run:
        async with open_runner(
            job.lab,
            target,
            fresh=job.fresh,
            keep_finished=bool(job.only),  # one step is run where the others left off
            workspace=job.workspace,
            folder=job.folder,
        ) as runner:
            yield runner.judge, runner.grade(only=job.only, cleanup=job.cleanup)
        return
    async with open_judge(
        job.lab,
        target,
        workspace=job.workspace,
        folder=job.folder,
        unjudged=job.unjudged,
        settle_budget=job.settle_budget,
        limits=job.limits,
    ) as judge:
        yield judge, judge.grade(job.only)


async def _interruptible(events: AsyncGenerator[Event, None], view: View, result: Result) -> None:
    task = asyncio.ensure_future(_follow(events, view, result))
    with _signals_cancel(task):
        try:
            await task
        except asyncio.CancelledError:
            result.interrupted = result.finished is None


async def _follow(events: AsyncGenerator[Event, None], view: View, result: Result) -> None:
    async with aclosing(events):
        async for event in events:
            result.apply(event)
            view.show(event, result)


@contextmanager
def _signals_cancel(task: asyncio.Future[None]) -> Iterator[None]:
    """The first signal cancels the task, so that all is closed in order; a second one ends the program."""
    loop = asyncio.get_running_loop()
    caught = (signal.SIGINT, signal.SIGTERM)

    def cancel() -> None:
        for number in caught:
            loop.remove_signal_handler(number)
        task.cancel()

    for number in caught:
        loop.add_signal_handler(number, cancel)
    try:
        yield
    finally:
        for number in caught:
            loop.remove_signal_handler(number)


@asynccontextmanager
async def given(target: Target) -> AsyncIterator[Target]:
    """A target that is there already and needs no ending."""
    yield target
