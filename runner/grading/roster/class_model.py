"""The data model of a class and its results, exchanged with files and other machines as JSON."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Learner:
    """One of the class. `id` is unique in it; `kubeconfig` is a path, as the grader's machine sees it."""

    id: str
    kubeconfig: str
    name: str = ""
    context: str = ""
    namespace: str = ""
    workspace: str = ""
    variables: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Graded:
    """The result of one learner.

    `report` is the run's JSON report (reports.json, of this learner alone); None if the learner was not graded,
    which is not the same as no points: `problem` then says why, in the grader's language.
    """

    learner: str
    name: str
    report: Mapping[str, Any] | None
    problem: str = ""
    seconds: float = 0.0
    finished: str = ""
    """When, as ISO 8601 in UTC."""

    @property
    def is_graded(self) -> bool:
        """Whether there is a grade: a run that could not be judged, or not in full, is none."""
        if self.report is None or self.report["verdict"] not in ("passed", "not-passed"):
            return False
        if "complete" in self.report:
            return bool(self.report["complete"])
        return not any(
            could_not_be_judged(check) for check in self.counted
        )  # of a version that did not say so

    @property
    def counted(self) -> Iterator[Mapping[str, Any]]:
        """The checks of the steps that count, as they are in the report."""
        for step in self.report["steps"] if self.report is not None else ():
            yield from step["checks"] if step["counts"] else ()

    @property
    def so_far(self) -> tuple[int, int, int] | None:
        """Points, points that could be had, and how many of these nothing is known of, where there is no grade and yet
        something is known; None else."""
        judged = any(check["verdict"] in ("passed", "pending", "failed") for check in self.counted)
        if self.report is None or self.is_graded or not judged:
            return None
        steps = [step for step in self.report["steps"] if step["counts"]]
        unjudged = sum(int(step.get("points_unjudged", 0)) for step in steps)
        return int(self.report["points"]), int(self.report["points_total"]), unjudged

    @property
    def points(self) -> int | None:
        """None if there is no grade."""
        return int(self.report["points"]) if self.report is not None and self.is_graded else None


def could_not_be_judged(check: Mapping[str, Any]) -> bool:
    """Of a check in a report."""
    return bool(check["verdict"] == "error")


@dataclass(frozen=True, slots=True)
class ClassResult:
    """A class as far as it was graded, in the roster's order."""

    lab: str
    title: str
    started: str
    graded: tuple[Graded, ...]
    total: int
    """Learners in the roster: more than were graded where a run was ended early."""
