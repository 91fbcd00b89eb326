"""What the line above the keys says in a lab: the most urgent thing that the learner should know or do now."""

from __future__ import annotations

from dataclasses import replace

from runner.labs.model import Step
from runner.session.attempt_view import AttemptView
from runner.session.coaching import Coaching, CoachingKind, one_line
from runner.session.mending import step_to_mend
from runner.session.step_states import StepState
from runner.tui.widgets.coach_line import Coach, Kind
from runner.words import phrase, text

_KINDS: dict[CoachingKind, Kind] = {
    CoachingKind.PASSWORD: "busy",
    CoachingKind.TYPING: "busy",
    CoachingKind.PAGER: "teach",
    CoachingKind.EDITOR: "teach",
    CoachingKind.TEACHING: "teach",
    CoachingKind.DONE: "good",
    CoachingKind.NEXT: "next",
    CoachingKind.QUESTION: "next",
}
_FIRST = (
    CoachingKind.PASSWORD,
    CoachingKind.TYPING,
    CoachingKind.PAGER,
    CoachingKind.EDITOR,
    CoachingKind.TEACHING,
)
"""What happens in the terminal this moment, or has just failed in it, comes before what is said of steps."""

_WITH_OUTPUT = ("done", "question", "waiting")
"""Topics beside which the line offers to see what wrapped in the terminal."""


def coach(
    view: AttemptView, step: Step, coaching: Coaching | None, language: str, zoomed_columns: int = 0
) -> Coach:
    """The line while `step` is shown. `coaching`: what there is to say of the terminal and of the step's commands.

    `zoomed_columns`: of the terminal, if it were given the whole window.
    """
    line = _most_urgent(view, step, coaching, language)
    if coaching is None or not coaching.wrapped or line.topic not in _WITH_OUTPUT:
        return line
    fits = coaching.wrapped <= zoomed_columns
    wider = ("f10", phrase("wider")) if fits else ("f3", phrase("without wrapping"))
    words = phrase("Step done.") if line.topic == "done" else line.words  # the table is to be looked at now
    return replace(line, words=words, keys=(wider, *line.keys))


def _most_urgent(view: AttemptView, step: Step, coaching: Coaching | None, language: str) -> Coach:
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
    if coaching.kind is CoachingKind.TEACHING and coaching.command:
        words = phrase("{lesson}  ▸ {command}", lesson=coaching.words, command=one_line(coaching.command))
        return Coach(coaching.kind.value, kind, words, coaching.keys, shorter=coaching.words)
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
    done = phrase("Step done.")
    if not step.learnt:
        return Coach("done", "good", done, following)
    words = phrase("Step done. {learnt}", learnt=text(step.learnt, language))
    return Coach("done", "good", words, following, shorter=done)


def _cleaned(all_of_it: bool) -> Coach:
    if all_of_it:
        words = phrase("Cleaned up: what the lab created is gone. Press : to start this lab again.")
        return Coach("cleaned", "good", words)
    words = phrase("Something is left: the terminal shows why. Fix that, then press : to clean up again.")
    return Coach("cleaned", "error", words)
