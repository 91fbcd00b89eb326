"""What a step's own setup does before it: run beside the shell, where the learner does not see it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable

from checks.base import Outcome, Verdict, World
from checks.patterns import excerpt
from runner.labs.model import Step
from runner.session.attempt_state import AttemptState, setup_of
from runner.session.attempt_view import AttemptView
from runner.session.events import CheckUpdated, CommandFinished, Event
from runner.shell import NOT_HERE, CommandEnd
from runner.words import phrase

AGAIN = 5.0
"""Seconds after which a setup that failed is tried again, while the learner waits."""


async def prepare(
    step: Step, world: World, state: Callable[[], AttemptState], *, practice: bool
) -> AsyncIterator[CommandFinished | CheckUpdated]:
    """Run what of its setup has not succeeded, up to the first failure, which the step's first check tells."""
    name = setup_of(step.id)
    for index, command in tuple(enumerate(step.setup))[state().step(name).done :]:
        if command.needs == "real-cluster" and practice:
            yield CommandFinished(name, index, command.command, CommandEnd(0, 0.0, NOT_HERE))
            continue
        result = await world.workspace.run(command.command, command.timeout)
        reason = "timeout" if result.exit_code is None else ""
        yield CommandFinished(
            name, index, command.command, CommandEnd(result.exit_code, result.seconds, reason)
        )
        if result.exit_code != 0:
            if step.checks:
                printed = excerpt(f"{result.stdout}\n{result.stderr}")
                found = phrase("The step could not be prepared: {printed}", printed=printed or reason)
                yield CheckUpdated(step.id, 0, Outcome(Verdict.ERROR, step.checks[0].describe(), found))
            return


class StepPreparation:
    """The setup of the step where the learner is, run when they come to it."""

    def __init__(
        self,
        prepare: Callable[[Step], AsyncIterator[CommandFinished | CheckUpdated]],
        view: Callable[[], AttemptView],
        emit: Callable[[Event], None],
    ) -> None:
        self._prepare, self._view, self._emit = prepare, view, emit
        self._under_way: set[str] = set()

    def due(self) -> Step | None:
        """The step to prepare now; None for none, or if that is under way."""
        view = self._view()
        step = view.lab.step(view.here())
        ready = view.unlocked(step.id) and not view.prepared(step.id) and step.id not in self._under_way
        return step if ready else None

    async def run(self, step: Step, then: Callable[[], None]) -> None:
        """Prepare the step, again and again until it succeeds; `then` it can be judged."""
        self._under_way.add(step.id)
        while not self._view().prepared(step.id):
            async for event in self._prepare(step):
                self._emit(event)
            if not self._view().prepared(step.id):
                await asyncio.sleep(AGAIN)
        self._under_way.discard(step.id)
        then()
