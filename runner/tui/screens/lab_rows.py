"""What the lab screen's widgets are given, read off the view."""

from __future__ import annotations

from runner.labs.model import Step
from runner.session.attempt_view import AttemptView
from runner.session.step_states import StepState
from runner.tui.widgets.step_commands import CommandRow
from runner.tui.widgets.step_list import StepRow


def steps(view: AttemptView) -> list[StepRow]:
    """A row for every step, in order."""
    return [
        StepRow(step.id, number, step.title, view.state(step.id), step.optional)
        for number, step in enumerate(view.lab.steps, 1)
    ]


def commands(view: AttemptView, step: Step) -> list[CommandRow]:
    """A row for every command of the step."""
    return [CommandRow(command, run) for command, run in zip(step.run, view.commands(step.id), strict=True)]


def begun(view: AttemptView, step: str) -> bool:
    """Whether what fails is worth a red mark: the learner did something for it, and no command runs any more."""
    state = view.state(step)
    if state in (StepState.LOCKED, StepState.RUNNING):
        return False
    return state is not StepState.OPEN or view.begun(step)


def progress(view: AttemptView) -> str:
    """Steps done of those that count."""
    counted = [step for step in view.lab.steps if not step.optional]
    done = sum(view.state(step.id) is StepState.PASSED for step in counted)
    return f"{done}/{len(counted)}"


def last(view: AttemptView) -> str:
    """The id of the last step."""
    return view.lab.steps[-1].id


def bonus(view: AttemptView) -> str | None:
    """The first bonus step that is not done."""
    left = (s for s in view.lab.steps if s.optional and view.state(s.id) is not StepState.PASSED)
    return next((step.id for step in left), None)
