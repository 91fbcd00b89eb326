"""Gradescope's results.json, as its documentation of autograders specifies it."""

from __future__ import annotations

from collections.abc import Iterator

from runner.grading.grading_texts import title, verdict
from runner.grading.reports.cases import Case, cases
from runner.grading.reports.written import json_text
from runner.grading.result import Result, StepResult
from runner.plain_text import plain
from runner.words import Phrase, phrase, translate

MOST = 5000
"""Characters of one test's output."""


def gradescope_report(result: Result, language: str) -> str:
    """A test for each check of the steps that count. Students see all but the hidden ones, which are for the staff.

    A run that gave no grade, or could not be judged in full, has no score at all, nor tests with scores: Gradescope wants
    `score` of the whole or of each test, and where there is none the autograder has failed for this submission. It is
    to be run again; a number would be in the gradebook.
    """
    text = [translate(each, language) for each in _summary(result)]
    report: dict[str, object] = {
        "output": plain("\n".join(text))[:MOST],
        "output_format": "text",
        "execution_time": round(result.seconds),
        "visibility": "visible",
        "stdout_visibility": "hidden",
    }
    if result.is_grade:
        report["score"] = result.points
        report["tests"] = [
            _test(number, index, part, each, language)
            for number, part in enumerate(result.steps, 1)
            if part.counts
            for index, each in enumerate(cases(result, part, language), 1)
            if each.kind != "skipped" or part.because  # what there was nothing to judge of is worth nothing
        ]
    return json_text(report)


def _summary(result: Result) -> Iterator[Phrase]:
    yield verdict(result)
    if result.problem is not None:
        yield result.problem
    for part in result.steps:
        if part.counts and part.unjudged:
            shown = tuple(
                each.outcome.found for each in part.unjudged if each.outcome and not each.check.hidden
            )
            if shown:
                yield phrase("{step}: could not be judged: {found}", step=part.id, found=shown)
            else:
                yield phrase("{step}: a hidden check could not be judged", step=part.id)


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
