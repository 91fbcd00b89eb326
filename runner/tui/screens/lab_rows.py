"""What the lab screen's widgets are given, read off the walk."""

from __future__ import annotations

from checks.base import Verdict
from checks.quiz import Quiz
from runner.labs.model import Step
from runner.session.session_texts import VERDICT_MARKS, description, question
from runner.session.step_states import StepState
from runner.session.walk import Walk
from runner.tui.screen_text import safe
from runner.tui.screens.finished import Ending
from runner.tui.widgets.step_commands import CommandRow
from runner.tui.widgets.step_list import StepRow
from runner.words import phrase, say


def steps(walk: Walk) -> list[StepRow]:
    """A row for every step, in order."""
    return [
        StepRow(step.id, number, step.title, walk.state(step.id), step.optional)
        for number, step in enumerate(walk.lab.steps, 1)
    ]


def commands(walk: Walk, step: Step) -> list[CommandRow]:
    """A row for every command of the step."""
    return [
        CommandRow(command, state) for command, state in zip(step.run, walk.commands(step.id), strict=True)
    ]


def begun(walk: Walk, step: str) -> bool:
    """Whether what does not hold is worth a red mark: the learner did something for it, and no command runs any more."""
    state = walk.state(step)
    if state in (StepState.LOCKED, StepState.RUNNING):
        return False
    return state is not StepState.OPEN or walk.begun(step)


def progress(walk: Walk) -> str:
    """Steps done of those that count."""
    counted = [step for step in walk.lab.steps if not step.optional]
    done = sum(walk.state(step.id) is StepState.PASSED for step in counted)
    return f"{done}/{len(counted)}"


def status(walk: Walk, step: Step, language: str) -> str:
    """The step's checks in one line: how many hold, and the first that does not, or why where that is known."""
    outcomes = walk.outcomes(step.id)
    holding = sum(outcome is not None and outcome.verdict.holds for outcome in outcomes)
    counted = say(phrase("Checks: {holding} of {all}", holding=holding, all=len(outcomes)), language)
    for check, outcome in zip(step.checks, outcomes, strict=True):
        if outcome is None or not outcome.verdict.holds:
            if isinstance(check, Quiz) and not check.hidden:
                mark, asked = question(check, step.checks, outcome)
                return f"{counted} · {mark} {say(asked, language)}"
            verdict = outcome.verdict if outcome else Verdict.PENDING
            locked = walk.state(step.id) is StepState.LOCKED
            quiet = locked or (verdict is Verdict.FAILED and not begun(walk, step.id))
            mark = "○" if quiet else VERDICT_MARKS[verdict]
            why = outcome.findings if outcome and not quiet and not check.hidden else ()
            words = safe(say(why[0].cause, language)) if why else description(check, language)
            return f"{counted} · {mark} {words}"
    return f"{counted} ✓"


def last(walk: Walk) -> str:
    """The id of the last step."""
    return walk.lab.steps[-1].id


def bonus(walk: Walk) -> str | None:
    """The first bonus step that is not done."""
    left = (s for s in walk.lab.steps if s.optional and walk.state(s.id) is not StepState.PASSED)
    return next((step.id for step in left), None)


def ending(walk: Walk) -> Ending:
    """What the finished page tells."""
    lab = walk.lab
    return Ending(
        lab.title,
        walk.score(),
        [step.learnt for step in lab.steps if step.learnt and walk.state(step.id) is StepState.PASSED],
        hints=sum(walk.hints(step.id) for step in lab.steps),
        solutions=sum(bool(walk.solution(step.id)) for step in lab.steps),
        cleanup=lab.cleanup is not None,
        bonus=bonus(walk) is not None,
    )
