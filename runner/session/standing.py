"""What there is to say of a check besides its outcome: why nothing is wrong yet, what comes next, whose the cause is."""

from __future__ import annotations

from dataclasses import dataclass

from runner.labs.model import Step
from runner.session.attempt_view import AttemptView
from runner.session.mending import belongs_to
from runner.session.step_states import StepLocked, StepState
from runner.words import Phrase, phrase, text


@dataclass(frozen=True, slots=True)
class Standing:
    """How the learner stands with the step of a check."""

    why: Phrase | None = None
    """Why it does not pass yet though nothing is wrong; None where there is something to explain, or nothing."""
    next_command: str = ""
    """What is to be run next; "" where all is done, or nothing can be run now."""
    elsewhere: Phrase | None = None
    """The step to which the cause belongs; None if it is this one."""

    @classmethod
    def of(cls, view: AttemptView, here: str, index: int, language: str) -> Standing:
        """For one check of the step `here`."""
        step, outcome, state = view.lab.step(here), view.outcomes(here)[index], view.state(here)
        first = view.first_to_do(here)
        if first is not None:
            return cls(StepLocked(view.lab.steps.index(first) + 1).message)
        if outcome is not None and outcome.verdict.passes:
            return cls()
        away = belongs_to(view, here, index)
        elsewhere = None if away is None else _step(view, away, language)
        at = view.next_command(here)
        command = step.run[at].command if at is not None else ""
        if state is StepState.RUNNING:
            return cls(phrase("A command of this step is running. Wait until it ends."), "", elsewhere)
        if state is StepState.OPEN and not view.begun(here):
            return cls(phrase("Nothing was done for this yet."), command, elsewhere)
        return cls(None, "" if outcome is not None and outcome.findings else command, elsewhere)


def _step(view: AttemptView, step: Step, language: str) -> Phrase:
    number = view.lab.steps.index(step) + 1
    return phrase("step {number}: {title}", number=number, title=text(step.title, language))
