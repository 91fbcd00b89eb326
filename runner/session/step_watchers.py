"""The watchers of a lab: one for each step that is unlocked, the passed ones included."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from typing import Protocol

from checks.base import Outcome
from runner.labs.model import Step
from runner.session.attempt_view import AttemptView
from runner.session.events import CheckUpdated
from runner.session.judge import Judge
from runner.session.step_watcher import Judgement, StepWatcher


class Watching(Protocol):
    """Whom the watchers serve."""

    @property
    def view(self) -> AttemptView: ...
    def updated(self, update: CheckUpdated) -> None: ...
    def passes(self, step: Step) -> None:
        """All checks of the step pass together, at this moment."""

    def breaks(self, step: Step, outcomes: tuple[Outcome, ...]) -> None:
        """A step that had passed has failed for a while."""


class StepWatchers:
    """Steps are watched from when they are unlocked until their checks change or the lab is cleaned up."""

    def __init__(self, judge: Judge, run: Watching) -> None:
        self._judge, self._run = judge, run
        self._watchers: dict[str, StepWatcher] = {}
        self._passing: set[str] = set()  # steps whose checks pass together at this moment

    def watch_unlocked(self, unchecked: Callable[[Step], None]) -> None:
        """Watch every step that is unlocked by now; `unchecked` gets those that have nothing to watch."""
        for step in self._run.view.lab.steps:
            view = self._run.view
            if step.id in self._watchers or not view.unlocked(step.id) or not view.prepared(step.id):
                continue
            if step.checks:
                self._watch(step)
            else:
                unchecked(step)

    def _watch(self, step: Step) -> None:
        self._watchers[step.id] = StepWatcher(
            step,
            self._judge.world,
            self._judge.settled(step.id, step),
            lambda: self._passed(step.id),
            self._run.updated,
            self._judged,
        )

    def _judged(self, step: Step, judgement: Judgement, outcomes: tuple[Outcome, ...]) -> None:
        if judgement is Judgement.PASSES:
            self._passing.add(step.id)
            self._run.passes(step)
            return
        self._passing.discard(step.id)
        if judgement is Judgement.FAILS and self._passed(step.id):
            self._run.breaks(step, outcomes)
            # the command that broke it may have ended while it still counted as passed
            if step.id in self._watchers:
                self._watchers[step.id].look_beside()

    def _passed(self, step: str) -> bool:
        return self._run.view.record.step(step).passed

    def pass_together(self, steps: Iterable[Step]) -> bool:
        """Whether the checks of all of these pass at this moment."""
        return all(not step.checks or step.id in self._passing for step in steps)

    def look_again(self, step: str, index: int) -> None:
        """Look at one of the step's checks now."""
        if step in self._watchers:
            self._watchers[step].look_again(index)

    def look_beside(self) -> None:
        """A command has ended: what it did to files, the environment and so on is seen at once."""
        for step, watcher in self._watchers.items():
            if not self._passed(step):
                watcher.look_beside()

    async def stop(self, steps: Iterable[str]) -> None:
        """Watch these steps no more."""
        named = list(steps)
        # another step may pass meanwhile, and unlock a step whose watcher was stopped
        while stopped := [self._watchers.pop(each) for each in named if each in self._watchers]:
            await asyncio.gather(*(each.close() for each in stopped))
        self._passing.difference_update(named)

    async def stop_all(self) -> None:
        """Watch nothing any more."""
        stopped, self._watchers = list(self._watchers.values()), {}
        self._passing.clear()
        await asyncio.gather(*(each.close() for each in stopped))
