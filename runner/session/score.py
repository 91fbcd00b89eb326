"""The score of a run."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from checks.base import Check, Outcome, Verdict
from runner.labs.model import Step
from runner.session.attempt_state import AttemptState, StepStatus
from runner.session.events import CLEANUP, LabFinished


def points(checks: Iterable[tuple[Check, Outcome | None]]) -> tuple[int, int]:
    """Points earned and possible; a check that had nothing to judge counts for neither."""
    counting = [each for each in checks if each[1] is None or each[1].verdict is not Verdict.SKIPPED]
    earned = sum(check.points for check, outcome in counting if outcome is not None and outcome.passed)
    return earned, sum(check.points for check, _ in counting)


def points_unjudged(checks: Iterable[tuple[Check, Outcome | None]]) -> int:
    """Points that are unknown because something could not be read: neither earned nor lost."""
    return sum(check.points for check, outcome in checks if unknown(outcome))


def unknown(outcome: Outcome | None) -> bool:
    """Whether a check of a step that was judged could not be: that is no failure, whatever else fails beside it."""
    return outcome is None or outcome.verdict is Verdict.ERROR


def could_not_judge(outcomes: Iterable[Outcome]) -> bool:
    """Nothing is known to be wrong, but something could not be read."""
    return {outcome.verdict for outcome in outcomes if not outcome.verdict.passes} == {Verdict.ERROR}


def score(steps: Sequence[Step], state: AttemptState, seconds: float) -> LabFinished:
    """Points and verdict of these steps. Bonus steps count for nothing. `could_not_judge`: not passed, and unknown why.

    What could not be judged is not zero: a run in which anything that counts could not be is not judged as a whole,
    also where something else is known to be wrong. Whoever takes points for a grade must not take those.
    """
    counting = [step for step in steps if not step.optional and not _nothing_to_judge(state, step)]
    missing = [step for step in counting if not state.step(step.id).passed]
    earned = total = 0
    for step in counting:
        outcomes = state.step(step.id).outcomes
        of_step = points((check, outcomes.get(at)) for at, check in enumerate(step.checks))
        earned, total = earned + of_step[0], total + of_step[1]
    cleanup = state.step(CLEANUP).status
    return LabFinished(
        passed=not missing and cleanup not in (StepStatus.FAILED, StepStatus.ERROR),
        could_not_judge=_could_not_judge(state, missing),
        steps_passed=len(counting) - len(missing),
        steps_total=len(counting),
        points=earned,
        points_total=total,
        seconds=seconds,
    )


def _nothing_to_judge(state: AttemptState, step: Step) -> bool:
    record = state.step(step.id)
    return record.status is StepStatus.SKIPPED and not record.because


def _could_not_judge(state: AttemptState, missing: Sequence[Step]) -> bool:
    if not missing:
        return state.step(CLEANUP).status is StepStatus.ERROR
    records = [state.step(step.id) for step in missing]
    if any(each.verdict is Verdict.ERROR for record in records for each in record.outcomes.values()):
        return True
    return all(record.status in (StepStatus.ERROR, StepStatus.SKIPPED) for record in records)
