"""What an attempt came to, step by step: for the page at the end, and for what the learner takes along."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from checks.base import Text
from runner.labs.model import Lab, Step
from runner.session.attempt_view import AttemptView
from runner.session.events import LabFinished
from runner.session.step_states import StepState


@dataclass(frozen=True, slots=True)
class StepSummary:
    """`seconds`: spent while the learner read it. `solution`: "", "shown" or "typed". `skipped`: done for the learner."""

    id: str
    number: int
    title: Text
    optional: bool
    state: StepState
    seconds: float
    hints: int
    solution: str
    skipped: bool
    learnt: Text | None

    @property
    def passed(self) -> bool:
        return self.state is StepState.PASSED


@dataclass(frozen=True, slots=True)
class AttemptSummary:
    """`minutes`: those that the lab's author reckons with; `seconds`: those that were spent, over all visits."""

    lab: Lab
    cluster: str
    version: str
    attempt: str
    began: datetime | None
    ended: datetime | None
    """When all that counts had passed; None where it has not."""
    seconds: float
    score: LabFinished
    steps: Sequence[StepSummary]

    @property
    def title(self) -> Text:
        return self.lab.title

    @property
    def minutes(self) -> int:
        return self.lab.minutes

    @property
    def learnt(self) -> list[Text]:
        """What the steps that passed taught."""
        return [step.learnt for step in self.steps if step.learnt and step.passed]

    @property
    def hints(self) -> int:
        return sum(step.hints for step in self.steps)

    @property
    def solutions(self) -> int:
        return sum(bool(step.solution) for step in self.steps)


def summary(view: AttemptView) -> AttemptSummary:
    """The attempt as it is now."""
    record = view.record
    begun = [at for step in view.lab.steps if (at := record.step(step.id).began)]
    return AttemptSummary(
        lab=view.lab,
        cluster=record.target,
        version=record.version,
        attempt=record.attempt,
        began=record.began or min(begun, default=None),
        ended=record.ended_at if record.finished else None,
        seconds=view.seconds,
        score=view.score(),
        steps=[_step(view, number, step) for number, step in enumerate(view.lab.steps, 1)],
    )


def _step(view: AttemptView, number: int, step: Step) -> StepSummary:
    record = view.record.step(step.id)
    return StepSummary(
        id=step.id,
        number=number,
        title=step.title,
        optional=step.optional,
        state=view.state(step.id),
        seconds=record.spent,
        hints=record.hints,
        solution=record.solution,
        skipped=record.skipped,
        learnt=step.learnt or None,
    )
