"""What a run of a lab comes to."""

from __future__ import annotations

from collections.abc import Sequence

from checks.base import Outcome, Verdict
from runner.labs.model import Step
from runner.session.events import (
    CheckUpdated,
    Event,
    LabFinished,
    StepBroken,
    StepFailed,
    StepPassed,
    StepSkipped,
)


class Score:
    """Points and verdict from the event stream. Bonus steps count for nothing; what was not judged is not zero."""

    def __init__(self, steps: Sequence[Step]) -> None:
        self._steps = [step for step in steps if not step.optional]
        self._outcomes: dict[tuple[str, int], Outcome] = {}
        self._passed: set[str] = set()
        self._unjudged: set[str] = set()
        self._cleaned = True

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
                self._cleaned = self._cleaned and event.step != "cleanup"
            case StepBroken():
                self._passed.discard(event.step)
                verdicts = {
                    o.verdict for o in event.outcomes if not o.passed and o.verdict != Verdict.SKIPPED
                }
                if verdicts == {Verdict.ERROR}:
                    self._unjudged.add(event.step)
            case StepSkipped() if event.because:
                self._unjudged.add(event.step)
            case StepSkipped():
                self._steps = [step for step in self._steps if step.id != event.step]

    def finished(self, seconds: float) -> LabFinished:
        """The last event. `could_not_judge`: not passed, and nothing was found that is the learner's to mend."""
        missing = [step.id for step in self._steps if step.id not in self._passed]
        earned = total = 0
        for step in self._steps:
            for index, check in enumerate(step.checks):
                outcome = self._outcomes.get((step.id, index))
                if outcome is not None and outcome.verdict is Verdict.SKIPPED:
                    continue
                total += check.points
                earned += check.points if outcome is not None and outcome.passed else 0
        return LabFinished(
            passed=not missing and self._cleaned,
            could_not_judge=bool(missing) and all(step in self._unjudged for step in missing),
            steps_passed=len(self._steps) - len(missing),
            steps_total=len(self._steps),
            points=earned,
            points_total=total,
            seconds=seconds,
        )
