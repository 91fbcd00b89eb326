"""Events of a lab: drawn by screens, reported by graders, stored as the record, asserted by tests."""

from __future__ import annotations

from dataclasses import dataclass

from checks.base import Outcome
from checks.phrase import Phrase
from runner.shell import CommandEnd

SETUP, CLEANUP = "setup", "cleanup"
"""The step ids in events for the lab's setup and clean-up."""


@dataclass(frozen=True, slots=True)
class Event:
    pass


@dataclass(frozen=True, slots=True)
class LabStarted(Event):
    lab: str
    target: str  # "practice/istio-install", or the context's name
    server: str
    version: str  # of the cluster; "" if it could not be read
    attempt: str
    resumed: bool
    remarks: tuple[Phrase, ...] = ()  # what is good to know of this run: the lab was finished here before


@dataclass(frozen=True, slots=True)
class LabReplaced(Event):
    """The lab's files were saved (in a preview): what the new lab means for what was done so far.

    `steps`: the new lab's. `rechecked`: steps whose checks changed, or that are gone. `moved`: (step, number, new
    number) of each command that was run; the new one is negative where no command of the step has its words now.
    """

    steps: tuple[str, ...]
    rechecked: tuple[str, ...]
    moved: tuple[tuple[str, int, int], ...]


@dataclass(frozen=True, slots=True)
class EarlierStep(Event):
    """A step of a lab that comes before this one (`after:`) is being worked through."""

    lab: str
    step: str
    number: int  # from one
    steps: int


@dataclass(frozen=True, slots=True)
class EarlierLab(Event):
    """The work of a lab that comes before this one (`after:`) is on the cluster: brought now, or `there` already."""

    lab: str
    steps: int
    seconds: float
    there: bool


@dataclass(frozen=True, slots=True)
class StepStarted(Event):
    step: str


@dataclass(frozen=True, slots=True)
class CommandStarted(Event):
    """`remarks`: what is good to know of the shell: a start-up file that was left out, a KUBECONFIG that was put back."""

    step: str
    index: int
    command: str
    remarks: tuple[Phrase, ...] = ()


@dataclass(frozen=True, slots=True)
class OutputReceived(Event):
    """Text that the shell printed, control sequences and all. Not kept in the progress record (the transcript has it)."""

    step: str
    text: str


@dataclass(frozen=True, slots=True)
class PromptAnswered(Event):
    step: str
    index: int
    expect: str
    send: str


@dataclass(frozen=True, slots=True)
class CommandFinished(Event):
    step: str
    index: int
    command: str
    end: CommandEnd
    by: str = ""  # "learner" where they typed it themselves


@dataclass(frozen=True, slots=True)
class QuizAnswered(Event):
    step: str
    question: str
    answer: tuple[str, ...]
    by: str  # "learner" or "solution"


@dataclass(frozen=True, slots=True)
class CheckUpdated(Event):
    """A check's outcome has changed."""

    step: str
    index: int
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class StepPassed(Event):
    step: str
    seconds: float


@dataclass(frozen=True, slots=True)
class StepFailed(Event):
    """Not all checks passed in time; `outcomes` are the last ones."""

    step: str
    seconds: float
    outcomes: tuple[Outcome, ...]
    could_not_judge: bool  # no check failed, and some could not be read


@dataclass(frozen=True, slots=True)
class StepSkipped(Event):
    """Not judged: an earlier step failed, or there was nothing to judge (a question nobody was asked)."""

    step: str
    because: str  # the earlier step's id; "" if there was nothing to judge


@dataclass(frozen=True, slots=True)
class StepBroken(Event):
    """The step passed earlier and fails now."""

    step: str
    outcomes: tuple[Outcome, ...]


@dataclass(frozen=True, slots=True)
class StepUnlocked(Event):
    step: str


@dataclass(frozen=True, slots=True)
class HintShown(Event):
    step: str
    index: int


@dataclass(frozen=True, slots=True)
class SolutionShown(Event):
    step: str
    how: str  # "shown", or "typed" for the learner


@dataclass(frozen=True, slots=True)
class SkipTaken(Event):
    """The step was completed for the learner."""

    step: str


@dataclass(frozen=True, slots=True)
class StepReset(Event):
    """The step was reset, so that it can be done again."""

    step: str


@dataclass(frozen=True, slots=True)
class StepTried(Event):
    """The learner entered a command of their own that changes something, while they read the step."""

    step: str


@dataclass(frozen=True, slots=True)
class ConsoleOpened(Event):
    """The learner opened the step's console, or took its address to another browser."""

    step: str
    by: str = "learner"  # or "solution"


@dataclass(frozen=True, slots=True)
class StepReached(Event):
    """The learner opened this step; the next visit starts here."""

    step: str


@dataclass(frozen=True, slots=True)
class ClusterLost(Event):
    """The cluster can't be read at the moment. Checks keep their outcomes until it can."""

    message: Phrase


@dataclass(frozen=True, slots=True)
class ClusterBack(Event):
    pass


@dataclass(frozen=True, slots=True)
class LabFinished(Event):
    passed: bool
    could_not_judge: bool
    steps_passed: int
    steps_total: int
    points: int
    points_total: int
    seconds: float
