"""What the line above the keys says in a lab: the most urgent thing that the learner should know or do now."""

from __future__ import annotations

from runner.labs.model import Step
from runner.session.attempt_view import AttemptView
from runner.session.coaching import Coaching, CoachingKind
from runner.session.mending import step_to_mend
from runner.session.step_states import StepState
from runner.tui.widgets.coach_line import Coach, Kind
from runner.words import phrase, text

_KINDS: dict[CoachingKind, Kind] = {
    CoachingKind.PASSWORD: "busy",
    CoachingKind.TYPING: "busy",
    CoachingKind.EDITOR: "teach",
    CoachingKind.TEACHING: "teach",
    CoachingKind.DONE: "good",
    CoachingKind.NEXT: "next",
    CoachingKind.QUESTION: "next",
}
_FIRST = (CoachingKind.PASSWORD, CoachingKind.TYPING, CoachingKind.EDITOR, CoachingKind.TEACHING)
"""What happens in the terminal this moment, or has just failed in it, comes before what is said of steps."""


def coach(view: AttemptView, step: Step, coaching: Coaching | None, language: str) -> Coach:
    """The line while `step` is shown. `coaching`: what there is to say of the terminal and of the step's commands."""
    if view.record.lost:
        words = phrase(
            "The cluster does not answer. Checks go on by themselves when it is back. {trouble}",
            trouble=view.record.lost,
        )
        return Coach("lost", "error", words)
    if view.cleaned_up is not None:
        return _cleaned(view.cleaned_up)
    if coaching is not None and coaching.kind in _FIRST:
        return _of_coaching(coaching)
    return _of_the_lab(view, step, language) or (
        Coach("", "quiet", "") if coaching is None else _of_coaching(coaching)
    )


def _of_coaching(coaching: Coaching) -> Coach:
    kind = _KINDS.get(coaching.kind, "quiet")
    return Coach(coaching.kind.value, kind, coaching.words, coaching.keys)


def _of_the_lab(view: AttemptView, step: Step, language: str) -> Coach | None:
    """What is so of the lab as a whole; None where nothing of it matters now."""
    away = step_to_mend(view, step.id)
    if away and away.id != step.id:
        words = phrase("An earlier step fails now: {step}", step=text(away.title, language))
        return Coach("broken", "warning", words, (("f5", phrase("go there")),))
    if view.ends_at(step.id):
        return Coach("done", "good", phrase("Lab finished."), (("f8", phrase("summary")),))
    if view.state(step.id) is StepState.PASSED and step is not view.lab.steps[-1]:
        return _passed(view, step, language)
    first = view.first_to_do(step.id)
    if first is not None:
        words = phrase("Locked: you can read ahead. First do: {step}", step=text(first.title, language))
        return Coach("locked", "warning", words)
    return None


def _passed(view: AttemptView, step: Step, language: str) -> Coach:
    following = (("f8", phrase("next step")),)
    if view.was_there(step.id):
        if step.run or step.checks:
            return Coach("done", "quiet", phrase("What this step asks for is there already."), following)
        return Coach("done", "quiet", phrase("This step is only for reading."), following)
    learnt = text(step.learnt, language) if step.learnt else ""
    return Coach("done", "good", phrase("Step done. {learnt}", learnt=learnt), following)


def _cleaned(all_of_it: bool) -> Coach:
    if all_of_it:
        words = phrase("Cleaned up: what the lab created is gone. Press : to start this lab again.")
        return Coach("cleaned", "good", words)
    words = phrase("Something is left: the terminal shows why. Fix that, then press : to clean up again.")
    return Coach("cleaned", "error", words)
