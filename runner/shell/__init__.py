"""The learner's shell: one bash on one pseudo-terminal, shared by the learner and the runner."""

from runner.shell.command_history import read_history
from runner.shell.pins import Uses
from runner.shell.saved import read_saved_state
from runner.shell.shell import Shell
from runner.shell.shell_model import (
    NOT_HERE,
    Answered,
    CommandEnd,
    Entered,
    Output,
    SavedState,
    ShellProblem,
)

__all__ = [
    "NOT_HERE",
    "Answered",
    "CommandEnd",
    "Entered",
    "Output",
    "SavedState",
    "Shell",
    "ShellProblem",
    "Uses",
    "read_history",
    "read_saved_state",
]
