"""A run as a web page for people: what passes, what fails, why, and what to do."""

from __future__ import annotations

from runner.grading.grading_texts import MARKS, cluster, earned_by, state, title, verdict
from runner.grading.reports.cases import Case, cases
from runner.grading.reports.html_page import render
from runner.grading.result import Ending, Result, State, StepResult
from runner.plain_text import plain
from runner.words import phrase, text, translate

CLASSES = {State.PASSED: "passed", State.FAILED: "failed", State.ERROR: "error"}
ENDINGS = {
    Ending.PASSED: "passed",
    Ending.NOT_PASSED: "failed",
    Ending.NOT_JUDGED: "error",
    Ending.INTERRUPTED: "error",
}
SIGNS = {"passed": "✓", "failure": "✗", "error": "!", "skipped": "-"}
CASE_CLASSES = {"passed": "passed", "failure": "failed", "error": "error"}


def html_report(result: Result, language: str) -> str:
    """For the learner, too: of hidden checks it says whether they pass, and nothing else."""
    return render(
        "run.html",
        language,
        text(result.lab.title, language),
        result=result,
        cluster=translate(cluster(result), language),
        ending=ENDINGS[result.ending],
        verdict=translate(verdict(result), language),
        problem=None if result.problem is None else translate(result.problem, language),
        labels={
            "points": translate(phrase("points"), language),
            "steps": translate(phrase("steps"), language),
        },
        steps=[_step(result, part, language) for part in result.parts],
    )


def _step(result: Result, part: StepResult, language: str) -> dict[str, object]:
    return {
        "kind": CLASSES.get(part.state, "dim"),
        "mark": MARKS[part.state],
        "title": title(part, language),
        "state": translate(state(part), language),
        "points": translate(earned_by(part), language) if part.counts and part.points_total else None,
        "open": part.state in (State.FAILED, State.ERROR),
        "cases": [_case(each) for each in cases(result, part, language)],
        "commands": [run.command for run in part.commands],
    }


def _case(each: Case) -> dict[str, object]:
    words = each.details or each.message
    failed = each.kind in ("failure", "error")
    return {
        "style": CASE_CLASSES.get(each.kind, "dim"),
        "sign": SIGNS[each.kind],
        "name": each.name,
        "evidence": plain(words).split("\n") if failed and words else [],
        "note": "" if failed else words,
    }
