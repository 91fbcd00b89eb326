"""The words that all exports of an attempt share."""

from __future__ import annotations

from datetime import datetime

from runner.session.attempt_summary import AttemptSummary, StepSummary
from runner.session.session_texts import minutes_spent
from runner.session.step_states import StepState
from runner.words import Phrase, phrase, translate

STATES = {
    StepState.PASSED: phrase("done"),
    StepState.BROKEN: phrase("was done, and fails now"),
}
OPEN = phrase("not done")
MARKS = {StepState.PASSED: "✓", StepState.BROKEN: "✗"}


def state(step: StepSummary) -> Phrase:
    """How far the step is."""
    return STATES.get(step.state, OPEN)


def help_taken(step: StepSummary, language: str) -> str:
    """The hints and the solution that the learner looked at; "" for none."""
    parts = []
    if step.hints:
        parts.append(phrase("hints: {count}", count=step.hints))
    if step.skipped:
        parts.append(phrase("done for you"))
    elif step.solution:
        parts.append(phrase("solution"))
    return " · ".join(translate(each, language) for each in parts)


def facts(of: AttemptSummary, learner: str, language: str) -> list[tuple[str, str]]:
    """What there is to know of the attempt as a whole, each with its name."""
    rows: list[tuple[Phrase, str]] = [(phrase("Learner"), learner)] if learner else []
    score = of.score
    rows += [
        (phrase("Steps"), f"{score.steps_passed}/{score.steps_total}"),
        (phrase("Points"), f"{score.points}/{score.points_total}"),
        (phrase("Time spent"), translate(minutes_spent(of.seconds, of.minutes), language)),
        (phrase("Cluster"), of.cluster + (f" (Kubernetes {of.version})" if of.version else "")),
    ]
    if of.began:
        rows.append((phrase("Began"), moment(of.began)))
    if of.ended:
        rows.append((phrase("Finished on"), moment(of.ended)))
    return [(translate(name, language), value) for name, value in rows]


def moment(at: datetime) -> str:
    """Date and time, in the learner's own time."""
    return f"{at.astimezone():%Y-%m-%d %H:%M}"
