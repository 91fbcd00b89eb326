"""A class as JSON: each learner's own report, and where the class stands."""

from __future__ import annotations

import json
from dataclasses import asdict

from runner.grading.output import plain
from runner.grading.roster.model import ClassResult
from runner.grading.roster.standing import common_causes, exit_code, points, standing, steps


def json_report(result: ClassResult, language: str) -> str:
    """For graders: hidden checks are in it, marked as such."""
    learners = []
    for each in result.graded:
        earned = points(each)
        learners.append(
            {
                "id": each.learner,
                "name": plain(each.name),
                "standing": standing(each).value,
                "points": earned[0] if earned else None,
                "points_total": earned[1] if earned else None,
                "problem": plain(each.problem) or None,
                "seconds": each.seconds,
                "finished": each.finished,
                "report": each.report,
            }
        )
    head = {
        "labgate_class": 1,
        "language": language,
        "lab": {"id": result.lab, "title": plain(result.title)},
        "started": result.started,
        "exit_code": exit_code(result),
        "learners_total": result.total,
        "steps": [asdict(step) for step in steps(result)],
        "causes": [asdict(each) for each in common_causes(result)],
    }
    lines = ",\n".join(
        json.dumps(each, ensure_ascii=False) for each in learners
    )  # a line each: quick, and to be read
    return f'{json.dumps(head, ensure_ascii=False)[:-1]}, "learners": [\n{lines}\n]}}\n'
