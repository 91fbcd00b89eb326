"""The hint line under the terminal: what to do now, derived from the view alone."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from runner.session.attempt_view import AttemptView
from runner.session.step_states import StepState
from runner.words import Phrase, phrase


class CoachingKind(StrEnum):
    """The subject of the line; the first that applies is shown."""

    RUNNING = "running"  # a command of the step runs
    DONE = "done"  # the step has passed
    NEXT = "next"  # its next command


@dataclass(frozen=True, slots=True)
class Coaching:
    """The line, as data: `▸ {words}   {keys}`.

    `words`: what is said, in one line; of NEXT it is the command itself. `command`: what F3 puts on the prompt, whole
    (it may have several lines); "" if there is none. `keys`: the keys that do something about it now, as
    `F2 run · F3 insert`; None for none.
    """

    kind: CoachingKind
    words: Phrase
    command: str = ""
    keys: Phrase | None = None


def coaching(view: AttemptView, step: str) -> Coaching | None:
    """The line for `step`; None if there is nothing to do in the terminal."""
    state = view.state(step)
    if state is StepState.RUNNING and view.record.running is not None:
        run = view.command(*view.record.running)
        words = phrase("running: {command}", command=one_line(run.command if run else ""))
        return Coaching(CoachingKind.RUNNING, words, keys=phrase("Ctrl-C stops it"))
    if state is StepState.PASSED:
        return _done(view, step)
    index = view.next_command(step)
    if state is not StepState.LOCKED and index is not None:
        command = view.lab.step(step).run[index].command
        words = phrase("{command}", command=one_line(command))
        return Coaching(CoachingKind.NEXT, words, command, phrase("F2 run · F3 insert"))
    return None


def _done(view: AttemptView, step: str) -> Coaching:
    if view.finished:
        return Coaching(CoachingKind.DONE, phrase("All steps are done."))
    if view.lab.step(step) is view.lab.steps[-1]:
        return Coaching(CoachingKind.DONE, phrase("Step done."))
    return Coaching(CoachingKind.DONE, phrase("Step done."), keys=phrase("F8 next step"))


def one_line(command: str) -> str:
    """The command's first line, with `…` where it has more."""
    first, _, more = command.strip().partition("\n")
    return f"{first.rstrip()} …" if more.strip() else first
