"""What a run of a lab comes to."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from checks.base import Check, Outcome, Verdict
from runner.labs.model import Step
from runner.session.events import (
    CLEANUP,
    CheckUpdated,
    Event,
    LabFinished,
    StepBroken,
    StepFailed,
    StepPassed,
    StepSkipped,
)


def points(checks: Iterable[tuple[Check, Outcome | None]]) -> tuple[int, int]:
    """Points earned, and points that could be had; a check that had nothing to judge counts for neither."""
    counting = [each for each in checks if each[1] is None or each[1].verdict is not Verdict.SKIPPED]
    earned = sum(check.points for check, outcome in counting if outcome is not None and outcome.passed)
    return earned, sum(check.points for check, _ in counting)


def unjudged(checks: Iterable[tuple[Check, Outcome | None]]) -> int:
    """Points that nothing is known of, because what they depend on could not be read: neither earned nor lost."""
    return sum(check.points for check, outcome in checks if unknown(outcome))


def unknown(outcome: Outcome | None) -> bool:
    """Whether a check of a step that was judged could not be: that is no failure, whatever else fails beside it."""
    return outcome is None or outcome.verdict is Verdict.ERROR


def could_not_judge(outcomes: Iterable[Outcome]) -> bool:
    """Nothing is known to be wrong, but something could not be read."""
    return {outcome.verdict for outcome in outcomes if not outcome.verdict.holds} == {Verdict.ERROR}


class Score:
    """Points and verdict from the event stream. Bonus steps count for nothing.

    What could not be judged is not zero: a run in which anything that counts could not be is not judged as a whole,
    also where something else is known to be wrong. Whoever takes points for a grade must not take those.
    """

    def __init__(self, steps: Sequence[Step]) -> None:
        self._steps = [step for step in steps if not step.optional]
        self._outcomes: dict[tuple[str, int], Outcome] = {}
        self._passed: set[str] = set()
        self._unjudged: set[str] = set()
        self._cleaned = True
        self._cleaning_unjudged = False

    def take(self, event: Event) -> None:
        match event:
            case CheckUpdated():
                self._outcomes[event.step, event.index] = event.outcome
            case StepPassed():
                self._passed.add(event.step)
                self._unjudged.discard(event.step)
            case StepFailed():
                self._passed.discard(event.step)
                if event.could_not_judge:
                    self._unjudged.add(event.step)
                self._cleaned = self._cleaned and event.step != CLEANUP
                self._cleaning_unjudged = event.could_not_judge and event.step == CLEANUP
                self._settle(event.step, event.outcomes)
            case StepBroken():
                self._passed.discard(event.step)
                if could_not_judge(event.outcomes):
                    self._unjudged.add(event.step)
                self._settle(event.step, event.outcomes)
            case StepSkipped() if event.because:
                self._unjudged.add(event.step)
            case StepSkipped():
                self._steps = [step for step in self._steps if step.id != event.step]

    def finished(self, seconds: float) -> LabFinished:
        """The last event. `could_not_judge`: not passed, and something that counts could not be judged."""
        missing = [step.id for step in self._steps if step.id not in self._passed]
        earned = total = 0
        for step in self._steps:
            told = [(check, self._outcomes.get((step.id, at))) for at, check in enumerate(step.checks)]
            of_step = points(told)
            earned, total = earned + of_step[0], total + of_step[1]
        return LabFinished(
            passed=not missing and self._cleaned,
            could_not_judge=self._could_not_judge(missing),
            steps_passed=len(self._steps) - len(missing),
            steps_total=len(self._steps),
            points=earned,
            points_total=total,
            seconds=seconds,
        )

    def _could_not_judge(self, missing: Sequence[str]) -> bool:
        if not missing:
            return self._cleaning_unjudged
        errors = {step for (step, _), outcome in self._outcomes.items() if outcome.verdict is Verdict.ERROR}
        return all(step in self._unjudged for step in missing) or bool(errors & set(missing))

    def _settle(self, step: str, outcomes: Sequence[Outcome]) -> None:
        for index, outcome in enumerate(outcomes):
            self._outcomes[step, index] = outcome
