"""Gradescope's results.json, as its documentation of autograders specifies it."""

from __future__ import annotations

import json

from runner.grading.output import plain
from runner.grading.reports.cases import Case, cases
from runner.grading.result import Ending, Result, StepResult
from runner.grading.said import title, verdict
from runner.words import say

MOST = 5000
"""Characters of one test's output."""


def gradescope_report(result: Result, language: str) -> str:
    """A test for each check of the steps that count. Students see all but the hidden ones, which are for the staff.

    A run that gave no grade has no score at all: Gradescope then shows the submission as one that failed to grade.
    """
    told = [say(verdict(result), language)]
    if result.problem is not None:
        told.append(say(result.problem, language))
    report: dict[str, object] = {
        "output": plain("\n".join(told))[:MOST],
        "output_format": "text",
        "execution_time": round(result.seconds),
        "visibility": "visible",
        "stdout_visibility": "hidden",
    }
    if result.ending in (Ending.PASSED, Ending.NOT_PASSED):
        report["score"] = result.points
        report["tests"] = [
            _test(number, index, part, each, language)
            for number, part in enumerate(result.steps, 1)
            if part.counts
            for index, each in enumerate(cases(result, part, language), 1)
            if each.kind != "skipped" or part.because  # what there was nothing to judge of is worth nothing
        ]
    return json.dumps(report, ensure_ascii=False, indent=2) + "\n"


def _test(number: int, index: int, part: StepResult, each: Case, language: str) -> dict[str, object]:
    return {
        "number": f"{number}.{index}",
        "name": plain(f"{title(part, language)}: {each.name}"),
        "name_format": "text",
        "score": each.points,
        "max_score": each.points_total,
        "status": "passed" if each.kind == "passed" else "failed",
        "output": plain("" if each.hidden else each.details or each.message)[:MOST],
        "output_format": "text",
        "tags": [part.id],
        "visibility": "hidden" if each.hidden else "visible",
    }
