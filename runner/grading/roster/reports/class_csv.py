"""A class as a gradebook: a line for each learner, for spreadsheets and learning platforms."""

from __future__ import annotations

import csv
import io

from runner.grading.reports.csv_report import BOM, cell
from runner.grading.roster.class_model import ClassResult
from runner.grading.roster.class_summary import cause, held_by, points, standing, steps


def csv_report(result: ClassResult, language: str) -> str:
    """RFC 4180, UTF-8. Empty points: not graded, which is not zero. What is known of those who are not graded stands
    in columns of its own, so that nobody adds it up."""
    written = io.StringIO(newline="")
    rows = csv.writer(written)
    columns = steps(result)
    rows.writerow(
        [
            "id",
            "name",
            "state",
            "points",
            "of",
            "held_by",
            "cause",
            *(f"step:{step.id}" for step in columns),
            "points_so_far",
            "points_not_judged",
        ]
    )
    for each in result.graded:
        earned = points(each)
        step = held_by(each)
        verdicts = (
            {part["id"]: part["verdict"] for part in each.report["steps"]} if each.report is not None else {}
        )
        rows.writerow(
            [
                cell(each.learner),
                cell(each.name),
                standing(each).value,
                earned[0] if earned else "",
                earned[1] if earned else "",
                cell(step["id"]) if step else "",
                cell(cause(each)),
                *(verdicts.get(column.id, "") for column in columns),
                each.so_far[0] if each.so_far else "",
                each.so_far[2] if each.so_far else "",
            ]
        )
    return BOM + written.getvalue()
