"""Whether a line that the learner entered is one of the lab's commands."""

from __future__ import annotations

from runner.session.attempt_view import AttemptView
from runner.session.events import CommandFinished
from runner.session.step_states import StepState
from runner.shell import Entered


def command_by_hand(view: AttemptView, line: Entered) -> CommandFinished | None:
    """The end of a lab command that the learner has just typed; None if the line is not one of them, or failed.

    The current step is preferred, but commands of passed steps count, too: the effect of a command is often seen
    before its prompt returns.
    """
    if line.end.exit_code != 0:
        return None
    unlocked = [step for step in view.lab.steps if view.state(step.id) is not StepState.LOCKED]
    here = view.here()
    for step in sorted(unlocked, key=lambda each: (each.id != here, view.record.step(each.id).passed)):
        for index, command in enumerate(step.run):
            if not view.succeeded(step.id, index) and same_command(line.line, command.command):
                return CommandFinished(step.id, index, command.command, line.end, by="learner")
    return None


def same_command(entered: str, command: str) -> bool:
    """Whether bash's history has `command` as `entered`; the amount of white space does not matter.

    The history has continued lines as one, and joins the lines of a loop with semicolons.
    """
    if "\n" in command.strip():
        return _words(entered.replace(";", " ")) == _words(command.replace(";", " "))
    return _words(entered) == _words(command)


def _words(line: str) -> list[str]:
    return line.replace("\\\n", " ").split()
