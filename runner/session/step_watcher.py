"""One step, verified for as long as the lab is open."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from enum import Enum, auto

from checks.base import Outcome, Verdict
from runner.labs.model import Step
from runner.session.events import CheckUpdated
from runner.session.verify import Follower, WatchedWorld

_log = logging.getLogger(__name__)

BROKEN_AFTER = 1.0
"""Seconds that something must have failed on end before a step that had passed is broken: `kubectl replace` takes objects
away for a moment."""
RARELY = 10.0
"""Seconds between looks at what can't be watched (pages, commands) in a step that has passed."""


class Judgement(Enum):
    PASSES = auto()  # all its checks pass, together
    FAILS = auto()  # something has failed, or been held up by a known cause, for BROKEN_AFTER on end
    NEITHER = auto()  # on its way, not readable, or failing only now


class StepWatcher:
    """Looks at a step's checks until it is closed.

    `updated` gets each outcome that differs from the one before; then `judged` what the step comes to, once all
    checks have been looked at. `settled`: outcomes of `once` checks that passed, by the check's index.
    """

    def __init__(
        self,
        step: Step,
        world: WatchedWorld,
        settled: Mapping[int, Outcome],
        passed: Callable[[], bool],
        updated: Callable[[CheckUpdated], None],
        judged: Callable[[Step, Judgement, tuple[Outcome, ...]], None],
    ) -> None:
        self._step, self._updated, self._judged = step, updated, judged
        self._failing_since: float | None = None
        self._follower = Follower(
            step.id, step.checks, world, dict(settled), lambda: RARELY if passed() else 0.0
        )
        self._task = asyncio.create_task(self._run(), name=f"verify {step.id}")

    def look_again(self, index: int) -> None:
        """Look at one of the checks now."""
        self._follower.look_again(index)

    def look_beside(self) -> None:
        """A command has ended: look now at what does not pass.

        At what no watch sees (files, the environment, pages), and at what the command's output may explain.
        """
        outcomes = self._follower.result()
        for index, check in enumerate(self._step.checks):
            verdict = outcomes[index].verdict
            explained = verdict in (Verdict.FAILED, Verdict.PENDING)
            # a look that is under way began before the command's end was known
            if (
                explained
                or self._follower.looking(index)
                or (check.interval is not None and not verdict.passes)
            ):
                self._follower.look_again(index)

    async def close(self) -> None:
        self._task.cancel()
        await asyncio.gather(self._task, self._follower.close(), return_exceptions=True)

    async def _run(self) -> None:
        try:
            await self._look_on()
        except (
            Exception
        ):  # nobody awaits this task: without the log, a step would stop being verified and nobody would know
            _log.exception("verifying the step %s", self._step.id)

    async def _look_on(self) -> None:
        self._judge()  # where every check was settled long ago, nothing would ever be updated
        while True:
            update = await self._follower.next(self._left_to_fail())
            if update is not None:
                self._updated(update)
            self._judge()

    def _judge(self) -> None:
        if not self._follower.complete:
            return
        outcomes = self._follower.result()
        verdicts = {outcome.verdict for outcome in outcomes}
        if all(verdict.passes for verdict in verdicts):
            self._failing_since = None
            self._judged(self._step, Judgement.PASSES, outcomes)
            return
        if not any(_fails(outcome) for outcome in outcomes):
            self._failing_since = None
        elif self._failing_since is None:
            self._failing_since = _now()
        lasting = self._failing_since is not None and _now() - self._failing_since >= BROKEN_AFTER
        self._judged(self._step, Judgement.FAILS if lasting else Judgement.NEITHER, outcomes)

    def _left_to_fail(self) -> float | None:
        """Seconds until what fails has failed long enough; None if nothing does, or it has already."""
        if self._failing_since is None:
            return None
        left = self._failing_since + BROKEN_AFTER - _now()
        return left if left > 0 else None


def _fails(outcome: Outcome) -> bool:
    """Wrong, or on its way with a cause that is known to hold it up."""
    return outcome.verdict is Verdict.FAILED or (
        outcome.verdict is Verdict.PENDING and bool(outcome.findings)
    )


def _now() -> float:
    return asyncio.get_running_loop().time()
