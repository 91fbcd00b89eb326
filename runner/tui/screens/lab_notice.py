"""What the banner of a lab says: the most urgent thing that the learner should know now."""

from __future__ import annotations

from dataclasses import dataclass

from runner.labs.model import Step
from runner.session.attempt_view import AttemptView
from runner.session.mending import step_to_mend
from runner.session.step_states import StepState
from runner.words import Phrase, phrase, text


@dataclass(frozen=True, slots=True)
class Notice:
    """`topic`: "lost", "cleaned", "broken", "passed" or "locked". `kind`: "", "error" or "good"."""

    topic: str
    words: Phrase
    kind: str = ""


def notice(view: AttemptView, step: Step, language: str) -> Notice | None:
    """What there is to say while `step` is shown; None where all is as it should be."""
    if view.record.lost:
        words = phrase(
            "The cluster does not answer. Checks go on by themselves when it is back. {trouble}",
            trouble=view.record.lost,
        )
        return Notice("lost", words, "error")
    if view.cleaned_up is not None:
        return _cleaned(view.cleaned_up)
    away = step_to_mend(view, step.id)
    if away and away.id != step.id:
        words = phrase(
            "F5: an earlier step fails now: {step}",
            step=text(away.title, language),
        )
        return Notice("broken", words)
    if view.ends_at(step.id):
        return Notice("passed", phrase("✓ Lab finished. F8 opens the summary."), "good")
    if view.state(step.id) is StepState.PASSED and step is not view.lab.steps[-1]:
        learnt = text(step.learnt, language) if step.learnt else ""
        words = phrase("✓ Step done. F8 goes on to the next one. {learnt}", learnt=learnt)
        return Notice("passed", words, "good")
    first = view.first_to_do(step.id)
    if first is not None:
        words = phrase("Locked: you can read ahead. First do: {step}", step=text(first.title, language))
        return Notice("locked", words)
    return None


def _cleaned(all_of_it: bool) -> Notice:
    if all_of_it:
        words = phrase(
            "✓ Cleaned up: what the lab created is gone. Esc goes to the labs, : starts this one again."
        )
        return Notice("cleaned", words, "good")
    words = phrase("Something is left: the terminal shows why. Fix that, then press : to clean up again.")
    return Notice("cleaned", words, "error")
