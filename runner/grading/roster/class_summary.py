"""Statistics of a class for the summary, the comparison and the reports."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from runner.grading.roster.class_model import ClassResult, Graded, could_not_be_judged
from runner.words import Phrase, phrase


class Standing(StrEnum):
    """The state of a learner."""

    PASSED = "passed"
    NOT_PASSED = "not-passed"
    NOT_GRADED = "not-graded"  # no grade, which is not zero points


def standing(graded: Graded) -> Standing:
    """A learner's."""
    if not graded.is_graded or graded.report is None:
        return Standing.NOT_GRADED
    return Standing.PASSED if graded.report["verdict"] == "passed" else Standing.NOT_PASSED


def points(graded: Graded) -> tuple[int, int] | None:
    """Points, and points that could be had; None if there is no grade."""
    if graded.report is None or not graded.is_graded:
        return None
    return int(graded.report["points"]), int(graded.report["points_total"])


def so_far(graded: Graded) -> Phrase | None:
    """What is known of a learner who has no grade; None if they have one, or nothing is known."""
    message = graded.so_far
    if message is None:
        return None
    return phrase(
        "{points} of {total} so far, not judged: {unjudged}",
        points=message[0],
        total=message[1],
        unjudged=message[2],
    )


def held_by(graded: Graded) -> Mapping[str, Any] | None:
    """The first step that counts and does not pass; None if there is none, or no grade."""
    if graded.report is None:
        return None
    return next(
        (
            step
            for step in graded.report["steps"]
            if step["counts"] and step["verdict"] in ("failed", "error")
        ),
        None,
    )


def cause(graded: Graded) -> str:
    """In one line why: the first finding of the step that holds the learner, else what was found. Where there is no
    grade, what it is that could not be judged; or the problem."""
    if graded.problem:
        return graded.problem
    if not graded.is_graded:
        return _of_first(check for check in graded.counted if could_not_be_judged(check))
    step = held_by(graded)
    return cause_in(step) if step else ""


def cause_in(step: Mapping[str, Any]) -> str:
    """In one line why a step of a report fails; "" if only hidden checks know."""
    return _of_first(check for check in step["checks"] if check["verdict"] not in (None, "passed", "skipped"))


def _of_first(checks: Iterable[Mapping[str, Any]]) -> str:
    for check in checks:
        if check["hidden"]:
            continue
        if check["findings"]:
            return str(check["findings"][0]["cause"]["text"])
        return str(check["message"] or (check["found"] or {}).get("text", ""))
    return ""


@dataclass(frozen=True, slots=True)
class StepCount:
    """The state of a class at one step: learners by the step's verdict ("" for those without a report)."""

    id: str
    title: str
    counts: bool
    verdicts: Mapping[str, int]
    holds: int
    """Learners whose first step that does not pass is this one."""

    @property
    def passed(self) -> int | None:
        """Learners who pass it; None if it has nothing that a cluster alone could show, such as a question."""
        judged = any(self.verdicts.get(each) for each in ("passed", "failed", "error"))
        return self.verdicts.get("passed", 0) if judged else None


def steps(result: ClassResult) -> list[StepCount]:
    """Each step of the lab, in order."""
    reports = [each.report for each in result.graded if each.report is not None]
    first = max(reports, key=lambda report: len(report["steps"]), default=None)
    holding = Counter(step["id"] for each in result.graded if each.is_graded and (step := held_by(each)))
    found = []
    for step in first["steps"] if first else ():
        verdicts = Counter(_verdict(report, step["id"]) for report in reports)
        verdicts[""] += len(result.graded) - len(reports)
        found.append(
            StepCount(step["id"], step["title"], step["counts"], dict(verdicts), holding[step["id"]])
        )
    return found


def _verdict(report: Mapping[str, Any], step: str) -> str:
    return next((str(each["verdict"]) for each in report["steps"] if each["id"] == step), "")


@dataclass(frozen=True, slots=True)
class CommonCause:
    """A cause that several learners share."""

    rule: str
    cause: str
    remedy: str
    learners: tuple[str, ...]


def common_causes(result: ClassResult) -> list[CommonCause]:
    """The findings of all learners' steps that fail, the commonest first; each learner once for each."""
    found: dict[tuple[str, str, str], list[str]] = {}
    for each in result.graded:
        mine = set()
        for step in each.report["steps"] if each.report is not None else ():
            for check in step["checks"]:
                for finding in () if check["hidden"] else check["findings"]:
                    mine.add((finding["rule"], finding["cause"]["text"], finding["remedy"]["text"]))
        for key in sorted(mine):
            found.setdefault(key, []).append(each.learner)
    causes = [CommonCause(*key, tuple(learners)) for key, learners in found.items()]
    return sorted(causes, key=lambda each: (-len(each.learners), each.rule))


def exit_code(result: ClassResult) -> int:
    """0: all passed. 3: somebody could not be graded, or the run was ended. 1: all were graded, not all passed."""
    kinds: Sequence[Standing] = [standing(each) for each in result.graded]
    if Standing.NOT_GRADED in kinds or len(kinds) < result.total:
        return 3
    return 1 if Standing.NOT_PASSED in kinds else 0
