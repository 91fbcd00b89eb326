"""An attempt as JSON, signed by this installation of Labgate."""

from __future__ import annotations

import json
from datetime import datetime

from runner.grading.exports.signing import signed
from runner.session.attempt_summary import AttemptSummary, StepSummary
from runner.words import text


def attempt_json(of: AttemptSummary, learner: str, language: str) -> str:
    """The document, with its signature beside what it is of. All numbers are whole ones: those have one spelling in JSON."""
    return json.dumps(signed(attempt_document(of, learner, language)), ensure_ascii=False, indent=2) + "\n"


def attempt_document(of: AttemptSummary, learner: str, language: str) -> dict[str, object]:
    """The attempt as data."""
    return {
        "labgate_attempt": 1,
        "language": language,
        "learner": learner or None,
        "lab": {"id": of.lab.id, "title": text(dict(of.title), language), "minutes": of.minutes},
        "cluster": {"name": of.cluster, "version": of.version},
        "attempt": of.attempt,
        "began": _moment(of.began),
        "finished": _moment(of.ended),
        "seconds": round(of.seconds),
        "steps_passed": of.score.steps_passed,
        "steps_total": of.score.steps_total,
        "points": of.score.points,
        "points_total": of.score.points_total,
        "steps": [_step(step, language) for step in of.steps],
    }


def _step(step: StepSummary, language: str) -> dict[str, object]:
    return {
        "id": step.id,
        "title": text(dict(step.title), language),
        "bonus": step.optional,
        "state": step.state.value,
        "seconds": round(step.seconds),
        "hints": step.hints,
        "solution": step.solution or None,
        "done_for_learner": step.skipped,
    }


def _moment(at: datetime | None) -> str | None:
    return at.isoformat(timespec="seconds") if at else None
