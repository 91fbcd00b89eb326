"""Reports of a graded run, one file a format: a pure function of the result and a language."""

from __future__ import annotations

from collections.abc import Callable

from runner.grading.reports.json import json_report
from runner.grading.reports.junit import junit_report
from runner.grading.result import Result

Report = Callable[[Result, str], str]

REPORTS: dict[str, Report] = {
    "junit": junit_report,
    "json": json_report,
}
