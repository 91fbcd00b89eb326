"""A class as JSON: each learner's own report, and where the class stands."""

from __future__ import annotations

from dataclasses import asdict

from runner.grading.reports.written import json_text
from runner.grading.roster.class_model import ClassResult
from runner.grading.roster.class_summary import cause, common_causes, exit_code, points, standing, steps
from runner.plain_text import plain


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
                "points_so_far": each.so_far[0] if each.so_far else None,
                "points_unjudged": each.so_far[2] if each.so_far else None,
                "problem": plain(each.problem or ("" if each.is_graded else cause(each))) or None,
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
        json_text(each, None).rstrip() for each in learners
    )  # a line each: quick, and to be read
    return f'{json_text(head, None).rstrip()[:-1]}, "learners": [\n{lines}\n]}}\n'
