"""Reports of a graded run, one file a format: a pure function of the result and a language."""

from __future__ import annotations

from collections.abc import Callable

from runner.grading.reports.annotations import annotations_report
from runner.grading.reports.csv_report import csv_report
from runner.grading.reports.gradescope import gradescope_report
from runner.grading.reports.html_report import html_report
from runner.grading.reports.json_report import json_report
from runner.grading.reports.junit_report import junit_report
from runner.grading.reports.markdown_report import markdown_report
from runner.grading.reports.tap import tap_report
from runner.grading.result import Result

Report = Callable[[Result, str], str]

REPORTS: dict[str, Report] = {
    "annotations": annotations_report,
    "csv": csv_report,
    "gradescope": gradescope_report,
    "html": html_report,
    "json": json_report,
    "junit": junit_report,
    "markdown": markdown_report,
    "tap": tap_report,
}
