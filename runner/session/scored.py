"""A run's events from its start to its score."""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing

from runner.labs.model import Step
from runner.session.attempt_state import AttemptState
from runner.session.events import Event, LabStarted
from runner.session.reducer import reduce
from runner.session.score import score


async def scored(
    steps: Sequence[Step], started: LabStarted, parts: AsyncGenerator[Event, None]
) -> AsyncGenerator[Event, None]:
    """`started`, what happens, and the LabFinished that it comes to: of this run alone, whatever was before it."""
    began = time.monotonic()
    state = reduce(AttemptState(), started)
    yield started
    async with aclosing(parts):
        async for event in parts:
            state = reduce(state, event)
            yield event
    yield score(steps, state, time.monotonic() - began)
