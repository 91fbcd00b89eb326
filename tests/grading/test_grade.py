"""A run followed to whatever end it has."""

from __future__ import annotations

import asyncio
import os
import signal
from contextlib import asynccontextmanager
from types import SimpleNamespace

import pytest

from checks.base import CannotRead
from checks.phrase import phrase
from runner.grading import grade as grading
from runner.grading.grade import Job
from runner.grading.result import Ending


class View:
    """Remembers what it was shown, and that it was closed."""

    def __init__(self) -> None:
        self.shown, self.closed = [], False

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.closed = True

    def show(self, event, result) -> None:
        self.shown.append(event)


@asynccontextmanager
async def target():
    yield SimpleNamespace()


@pytest.fixture
def run(lab, result_of, monkeypatch):
    """Grade a session that yields these events and then does `last`."""

    async def graded(events, last=None, explain=lambda error: error.message):
        closed = []

        async def stream(_only):
            try:
                for event in events:
                    yield event
                if last is not None:
                    await last()
            finally:
                closed.append("stream")

        @asynccontextmanager
        async def open_judge(*_, **__):
            try:
                yield SimpleNamespace(grade=stream, session=SimpleNamespace(unreached=None))
            finally:
                closed.append("session")

        monkeypatch.setattr(grading, "open_judge", open_judge)
        view, result = View(), result_of([])
        await grading.grade(Job(lab), target, view, result, explain)
        assert closed == ["stream", "session"]
        assert view.closed
        return result, view

    return graded


async def test_every_event_is_shown_and_counted(run, streams):
    result, view = await run(streams["passed"])
    assert result.ending is Ending.PASSED
    assert view.shown == streams["passed"]


async def test_an_error_in_the_middle_ends_the_run_in_words(run, streams):
    async def gone():
        raise CannotRead("unreachable", phrase("the cluster is gone"))

    result, _ = await run(streams["passed"][:6], gone)
    assert result.problem.render() == "the cluster is gone"
    assert result.ending is Ending.NOT_JUDGED
    assert result.steps[0].checks[0].passed


async def test_an_error_that_is_raised_on_is_the_callers(run, streams):
    def explain(error):
        raise error

    async def wrong():
        raise LookupError

    with pytest.raises(LookupError):
        await run(streams["passed"][:2], wrong, explain)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_a_signal_interrupts_in_order(run, streams, number):
    async def wait():
        os.kill(os.getpid(), number)
        await asyncio.Event().wait()

    before = signal.getsignal(signal.SIGTERM)
    result, _ = await run(streams["passed"][:6], wait)
    assert result.ending is Ending.INTERRUPTED
    assert signal.getsignal(signal.SIGTERM) == before


async def test_a_signal_after_the_last_event_changes_nothing(run, streams):
    async def wait():
        os.kill(os.getpid(), signal.SIGINT)
        await asyncio.Event().wait()

    result, _ = await run(streams["passed"], wait)
    assert result.ending is Ending.PASSED
