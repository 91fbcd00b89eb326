"""What the JSON report of a class is made of: the types of what json.py writes, and the source of its JSON Schema."""

from __future__ import annotations

from typing import Literal

from pydantic import with_config
from typing_extensions import TypedDict

from runner.grading.reports.report_schema import DOCUMENTED, Report


@with_config(DOCUMENTED)
class LearnerShape(TypedDict):
    """One of the class."""

    id: str
    name: str
    standing: Literal["passed", "not-passed", "not-graded"]
    """not-graded is not zero points: the cluster was away, slow or broken."""
    points: int | None
    """null: there is no grade."""
    points_total: int | None
    points_so_far: int | None
    """Of a learner who has no grade: points of what could be judged. null: there is a grade, or nothing is known."""
    points_unjudged: int | None
    """Of a learner who has no grade: points that nothing is known of. Neither earned nor lost."""
    problem: str | None
    """Why there is no grade."""
    seconds: float
    finished: str
    """ISO 8601, in UTC."""
    report: Report | None
    """null: there was nothing to look at."""


@with_config(DOCUMENTED)
class StepCountShape(TypedDict):
    """How the class stands at one step."""

    id: str
    title: str
    counts: bool
    verdicts: dict[str, int]
    """Learners by the step's verdict; "" is for those without a report."""
    holds: int
    """Learners whose first step that does not pass is this one."""


@with_config(DOCUMENTED)
class CauseShape(TypedDict):
    """A cause that was found with several learners, or one."""

    rule: str
    cause: str
    remedy: str
    learners: list[str]
    """By their ids."""


@with_config(DOCUMENTED)
class ClassLabShape(TypedDict):
    """The lab."""

    id: str
    title: str


@with_config(DOCUMENTED)
class ClassReport(TypedDict):
    """A run of `labgate grade LAB --roster FILE --report json=FILE`.

    New fields may come at any time; `labgate_class` grows when one goes, or means another thing.
    """

    labgate_class: Literal[1]
    language: str
    """Of all texts: en or ko."""
    lab: ClassLabShape
    started: str
    exit_code: int
    """0 all passed, 1 not all passed, 3 somebody could not be graded, or the run was ended."""
    learners_total: int
    """In the roster: more than `learners` where the run was ended early."""
    steps: list[StepCountShape]
    causes: list[CauseShape]
    """The commonest first."""
    learners: list[LearnerShape]
    """In the roster's order."""
