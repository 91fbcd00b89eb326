"""The result of proving a lab."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from checks.base import Check, Outcome
from runner.labs.model import Lab, Step
from runner.labs.yaml_nodes import Path
from runner.words import Phrase, phrase
from runner.world.everything import Key


class Ending(StrEnum):
    """How it ended, and by what exit code CI learns it."""

    PROVED = "proved"
    NOT_PROVED = "not-proved"
    NOT_JUDGED = "could-not-be-judged"

    @property
    def exit_code(self) -> int:
        return {Ending.PROVED: 0, Ending.NOT_PROVED: 1, Ending.NOT_JUDGED: 3}[self]


def place(lab: Lab, path: Path) -> Phrase:
    """A place in lab.yaml as text: `step 2 (room), check 1`; steps and checks are counted from 1."""
    match path:
        case ("steps", int(step), "checks", int(check), *_):
            return phrase(
                "step {number} ({step}), check {check}",
                number=step + 1,
                step=lab.steps[step].id,
                check=check + 1,
            )
        case ("steps", int(step), *part):
            return phrase(
                "step {number} ({step}), {part}",
                number=step + 1,
                step=lab.steps[step].id,
                part=".".join(str(each) for each in part),
            )
    return phrase("{place}", place=".".join(map(str, path)))


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that keeps the lab from being proved, or (`grave` False) that its author may want to know."""

    rule: str
    path: Path
    """Where in lab.yaml."""
    message: Phrase
    hint: Phrase | None = None
    grave: bool = True
    because: str = ""
    """The step that failed earlier and may be the cause; "" if there is none."""


@dataclass(slots=True)
class CheckProof:
    """A check, and what was seen of it; None where it was not looked at."""

    check: Check
    path: Path
    at_start: Outcome | None = None
    """Before anything was done."""
    before: Outcome | None = None
    """Before its step's commands."""
    after: Outcome | None = None
    notices: tuple[Key, ...] | None = None
    """What it would miss, of all that the lab made or changed; None where it was not asked (it looks at no objects)."""
    meddles: bool = False
    """Whether evaluating it changed the cluster."""


@dataclass(slots=True)
class StepProof:
    """A step, and what its work did."""

    step: Step
    path: Path
    checks: list[CheckProof]
    seconds: float = 0.0
    reached: bool = False
    passes: bool = False
    made: tuple[Key, ...] = ()
    changed: tuple[Key, ...] = ()

    @property
    def id(self) -> str:
        return self.step.id

    @property
    def number(self) -> int:
        """Its place among the steps, from 1."""
        return int(self.path[1]) + 1


@dataclass(slots=True)
class Proof:
    """The whole proof. `problem`: why it ended early through no fault of the lab."""

    lab: Lab
    steps: list[StepProof]
    target: str = ""
    version: str = ""
    faults: list[Fault] = field(default_factory=list)
    problem: Phrase | None = None
    seconds: float = 0.0
    asked: set[Key] = field(default_factory=set)
    """Objects that were still there at the end, and of which was asked who would miss them."""
    earlier: list[str] = field(default_factory=list)
    """The labs before this one whose work was brought first."""
    solutions: bool = False
    """Whether the steps' solutions were worked through, too."""

    @classmethod
    def of(cls, lab: Lab) -> Proof:
        """Nothing was evaluated yet."""
        steps = []
        for number, step in enumerate(lab.steps):
            path: Path = ("steps", number)
            checks = [CheckProof(check, (*path, "checks", index)) for index, check in enumerate(step.checks)]
            steps.append(StepProof(step, path, checks))
        return cls(lab, steps)

    @property
    def ending(self) -> Ending:
        if any(fault.grave for fault in self.faults):
            return Ending.NOT_PROVED
        return Ending.NOT_JUDGED if self.problem is not None else Ending.PROVED

    def place(self, path: Path) -> Phrase:
        """A place in lab.yaml as a person says it: steps and checks are counted from 1."""
        return place(self.lab, path)

    def notice(self, key: Key) -> list[str]:
        """The steps whose checks would notice that this object is missing."""
        return [
            step.id
            for step in self.steps
            if any(check.notices is not None and key in check.notices for check in step.checks)
        ]
