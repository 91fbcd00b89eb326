"""What the lab screen's widgets are given, read off the view."""

from __future__ import annotations

from checks.base import Verdict
from checks.quiz import Quiz
from runner.labs.model import Step
from runner.session.attempt_view import AttemptView
from runner.session.session_texts import VERDICT_MARKS, description, question
from runner.session.step_states import StepState
from runner.tui.screen_text import safe
from runner.tui.widgets.step_commands import CommandRow
from runner.tui.widgets.step_list import StepRow
from runner.words import phrase, translate


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


def status(view: AttemptView, step: Step, language: str) -> str:
    """The step's checks in one line: how many pass, and the first that does not, or why where that is known."""
    outcomes = view.outcomes(step.id)
    passing = sum(outcome is not None and outcome.verdict.passes for outcome in outcomes)
    counted = translate(phrase("Checks: {passing} of {all}", passing=passing, all=len(outcomes)), language)
    for check, outcome in zip(step.checks, outcomes, strict=True):
        if outcome is None or not outcome.verdict.passes:
            if isinstance(check, Quiz) and not check.hidden:
                mark, asked = question(check, step.checks, outcome)
                return f"{counted} · {mark} {translate(asked, language)}"
            verdict = outcome.verdict if outcome else Verdict.PENDING
            locked = view.state(step.id) is StepState.LOCKED
            quiet = locked or (verdict is Verdict.FAILED and not begun(view, step.id))
            mark = "○" if quiet else VERDICT_MARKS[verdict]
            why = outcome.findings if outcome and not quiet and not check.hidden else ()
            words = safe(translate(why[0].cause, language)) if why else description(check, language)
            return f"{counted} · {mark} {words}"
    return f"{counted} ✓"


def last(view: AttemptView) -> str:
    """The id of the last step."""
    return view.lab.steps[-1].id


def bonus(view: AttemptView) -> str | None:
    """The first bonus step that is not done."""
    left = (s for s in view.lab.steps if s.optional and view.state(s.id) is not StepState.PASSED)
    return next((step.id for step in left), None)
