"""What the JSON report of a proof is made of: the types of what report.py writes, and the source of its JSON Schema."""

from __future__ import annotations

from typing import Literal

from pydantic import with_config
from typing_extensions import TypedDict

from runner.grading.reports.report_schema import DOCUMENTED

VerdictShape = Literal["passed", "pending", "failed", "error", "skipped"] | None


@with_config(DOCUMENTED)
class FaultShape(TypedDict):
    """One thing that keeps the lab from being proved, or (not `grave`) that its author may want to know."""

    rule: str
    """Names the kind of fault, for good."""
    grave: bool
    because: str | None
    """The step that failed before, and of which this may come; fix that first."""
    file: str
    line: int | None
    column: int | None
    path: list[str | int]
    """Where in lab.yaml: ["steps", 2, "checks", 0]."""
    message: str
    hint: str | None


@with_config(DOCUMENTED)
class ObjectShape(TypedDict):
    """An object that a step made or changed."""

    kind: str
    group: str
    namespace: str | None
    name: str
    noticed_by: list[str]
    """Steps whose checks would notice if it were missing."""


@with_config(DOCUMENTED)
class CheckProofShape(TypedDict):
    """A check, and what was seen of it; null where it was not looked at."""

    description: str
    given: bool
    """It must hold from the start."""
    at_start: VerdictShape
    """Before anything was done."""
    before: VerdictShape
    """Before its step's commands."""
    after: VerdictShape
    notices: list[str] | None
    """Objects that it would miss; null where it looks at none."""


@with_config(DOCUMENTED)
class StepProofShape(TypedDict):
    """A step, and what its work did."""

    id: str
    reached: bool
    holds: bool
    seconds: float
    made: list[ObjectShape]
    changed: list[ObjectShape]
    checks: list[CheckProofShape]


@with_config(DOCUMENTED)
class ProofClusterShape(TypedDict):
    """Where it ran."""

    name: str
    version: str


@with_config(DOCUMENTED)
class ProofReport(TypedDict):
    """A run of `labgate prove LAB --report json=FILE`.

    New fields may come at any time; `labgate_proof` grows when one goes, or means another thing.
    """

    labgate_proof: Literal[1]
    language: str
    """Of all texts: en or ko."""
    lab: str
    verdict: Literal["proved", "not-proved", "could-not-be-judged"]
    exit_code: int
    """0 proved, 1 not proved, 3 could not be judged."""
    cluster: ProofClusterShape
    seconds: float
    earlier: list[str]
    """The labs before this one (`after`) whose work was brought first, in order."""
    solutions: bool
    """Whether the solutions were worked through, too."""
    problem: str | None
    faults: list[FaultShape]
    steps: list[StepProofShape]
