"""A class as a web page: where each learner is, where learners are stuck, what several have in common, and the evidence."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from runner.grading.grading_texts import MARKS as STEP_MARKS
from runner.grading.grading_texts import STATES
from runner.grading.reports.cases import HIDDEN_FAILED, HIDDEN_UNJUDGED
from runner.grading.reports.html_page import render
from runner.grading.result import State
from runner.grading.roster.class_model import ClassResult, Graded, could_not_be_judged
from runner.grading.roster.class_summary import (
    Standing,
    StepCount,
    cause,
    common_causes,
    held_by,
    points,
    so_far,
    standing,
    steps,
)
from runner.grading.roster.views import MARKS, WORDS
from runner.words import Phrase, phrase, translate

CLASSES = {Standing.PASSED: "passed", Standing.NOT_PASSED: "failed", Standing.NOT_GRADED: "error"}
STEP_CLASSES = {"passed": "passed", "failed": "failed", "error": "error"}
MOST_CAUSES = 20
MOST_FINDINGS = 3
"""Of one check."""

_LABELS = {
    "learners": phrase("learners"),
    "stuck": phrase("Where learners are stuck"),
    "step": phrase("step"),
    "passed": phrase("passed"),
    "stuck_here": phrase("stuck here"),
    "common": phrase("What several learners have in common"),
    "class": phrase("The class"),
    "learner": phrase("learner"),
    "points": phrase("points"),
    "each": phrase("Each learner"),
}
_SHOWN = (State.PASSED, State.FAILED, State.ERROR, State.SKIPPED, State.WAITING)
"""States that the legend explains."""

Translate = Callable[[Phrase], str]
Row = dict[str, object]


def html_report(result: ClassResult, language: str) -> str:
    """For the grader: of hidden checks it has no words."""

    def translated(words: Phrase) -> str:
        return translate(words, language)

    columns = steps(result)
    return render(
        "class.html",
        language,
        result.title,
        result=result,
        labels={name: translated(words) for name, words in _LABELS.items()},
        numbers=list(_numbers(result, translated)),
        steps=[_step(step, max(1, len(result.graded))) for step in columns],
        causes=[each for each in common_causes(result) if len(each.learners) > 1][:MOST_CAUSES],
        learners=[_learner(each, columns, translated) for each in result.graded],
        legend=" · ".join(f"{STEP_MARKS[state]} {translated(STATES[state])}" for state in _SHOWN),
    )


def _numbers(result: ClassResult, translated: Translate) -> Iterator[Row]:
    kinds = [standing(each) for each in result.graded]
    for kind in Standing:
        count = kinds.count(kind) + (result.total - len(kinds) if kind is Standing.NOT_GRADED else 0)
        yield {"style": CLASSES[kind], "mark": MARKS[kind], "count": count, "name": translated(WORDS[kind])}


def _step(step: StepCount, total: int) -> Row:
    bar = [
        {"style": style, "percent": f"{100 * step.verdicts.get(verdict, 0) / total:.1f}"}
        for verdict, style in (("passed", "p"), ("failed", "f"), ("error", "e"))
    ]
    return {
        "id": step.id,
        "title": step.title,
        "bar": bar,
        "passed": "–" if step.passed is None else f"{step.passed}/{total}",
        "stuck": step.holds or "",
    }


def _learner(each: Graded, columns: Iterable[StepCount], translated: Translate) -> Row:
    kind, earned, step = standing(each), points(each), held_by(each)
    verdicts = {part["id"]: part["verdict"] for part in _parts(each)}
    shown = f"{earned[0]}/{earned[1]}" if earned else ""
    partly = so_far(each)
    return {
        "learner": each.learner,
        "name": each.name,
        "points": shown,
        "cells": [_cell(verdicts.get(column.id, ""), translated) for column in columns],
        "style": CLASSES[kind],
        "mark": MARKS[kind],
        "state": translated(WORDS[kind]),
        "known": shown if partly is None else translated(partly),
        "step": "" if step is None else step["id"],
        "why": "" if kind is Standing.PASSED else cause(each),
        "problem": each.problem,
        "parts": [found for part in _parts(each) if (found := _failing(part, translated))["checks"]],
    }


def _parts(each: Graded) -> Iterable[Mapping[str, Any]]:
    return each.report["steps"] if each.report is not None else ()


def _cell(verdict: str, translated: Translate) -> Row:
    if not verdict:
        return {"style": "", "title": "", "mark": ""}
    state = State(verdict)
    return {
        "style": STEP_CLASSES.get(verdict, ""),
        "title": translated(STATES[state]),
        "mark": STEP_MARKS[state],
    }


def _failing(part: Mapping[str, Any], translated: Translate) -> Row:
    """The checks of a step that did not pass."""
    wrong = [check for check in part["checks"] if check["verdict"] not in (None, "passed", "skipped")]
    return {
        "id": part["id"],
        "title": part["title"],
        "checks": [_check(check, translated) for check in wrong],
    }


def _check(check: Mapping[str, Any], translated: Translate) -> Row:
    unjudged = could_not_be_judged(check)
    if check["hidden"]:
        return {"hidden": translated(HIDDEN_UNJUDGED if unjudged else HIDDEN_FAILED)}
    return {
        "hidden": "",
        "sign": "!" if unjudged else "✗",
        "name": check["description"]["text"],
        "rows": list(_rows(check, translated)),
    }


def _rows(check: Mapping[str, Any], translated: Translate) -> Iterator[Row]:
    for name, value in ((phrase("expected"), check["expected"]), (phrase("found"), check["found"])):
        if value and value["text"]:
            yield {"name": translated(name), "text": value["text"], "code": ""}
    for finding in check["findings"][:MOST_FINDINGS]:
        yield {"name": translated(phrase("cause")), "text": finding["cause"]["text"], "code": ""}
        yield {
            "name": translated(phrase("evidence")),
            "text": finding["object"] or "",
            "code": finding["evidence"],
        }
        yield {"name": translated(phrase("remedy")), "text": finding["remedy"]["text"], "code": ""}
