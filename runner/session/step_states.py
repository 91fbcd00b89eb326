"""The states of a step, from locked to passed, and why an action is not possible now."""

from __future__ import annotations

from enum import StrEnum

from runner.words import UserError, phrase


class StepState(StrEnum):
    LOCKED = "locked"  # a step before it has not passed yet: it can be read
    OPEN = "open"  # to be worked on
    RUNNING = "running"  # a command of it runs
    WAITING = "waiting"  # its work is done, and the cluster has not caught up yet
    PASSED = "passed"
    BROKEN = "broken"  # passed earlier, and fails now


class NotNow(UserError):
    """The action is not possible now; `message` says why and what to do first."""


class StepLocked(NotNow):
    """A step that counts comes before it."""

    def __init__(self, number: int) -> None:
        super().__init__(phrase("This step is locked. Do step {number} first.", number=number))


class SolutionHidden(NotNow):
    """The step is a challenge that is not done yet."""

    def __init__(self) -> None:
        super().__init__(
            phrase("This step is a challenge: its solution is shown once you have done it. F4 shows hints.")
        )


class Busy(NotNow):
    """A command is being run for the learner."""

    def __init__(self, command: str) -> None:
        line = " ".join(command.split())
        super().__init__(
            phrase(
                "{command} is still running. Wait until it ends, or press Ctrl-C in the terminal.",
                command=line if len(line) <= 60 else line[:59] + "…",
            )
        )


class TerminalTaken(NotNow):
    """A program that the learner started has the terminal."""

    def __init__(self, program: str) -> None:
        super().__init__(
            phrase(
                "{program} is using the terminal. Quit it first, then try again.", program=program or "bash"
            )
        )
