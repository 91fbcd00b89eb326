"""The JUnit XML report: a suite for each step, a test case for each check.

Follows the schema that Jenkins publishes (junit-10.xsd), which GitLab, Azure and the usual viewers read.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC
from xml.etree import ElementTree as ET

from runner import plain_text
from runner.grading.grading_texts import run_end, title, verdict, without_credentials
from runner.grading.reports.cases import BONUS, Case, cases
from runner.grading.result import Result, State, StepResult
from runner.session.events import SETUP
from runner.words import phrase, text, translate

_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def junit_report(result: Result, language: str) -> str:
    """The run as JUnit XML. Of a hidden check it says whether it holds, and nothing else."""
    root = ET.Element("testsuites", name=clean(text(result.lab.title, language)))
    totals = [_suite(root, result, part, language) for part in result.parts]
    if not result.is_grade and not any(errors for *_, errors in totals):
        totals.append(_no_grade(root, result, language))
    _count(root, *(sum(column) for column in zip(*totals, strict=True)))
    root.set("time", _seconds(result.seconds))
    ET.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n"


def clean(words: str) -> str:
    """What XML 1.0 can hold of `words`, without a terminal's control sequences."""
    return _NOT_XML.sub("", plain_text.page(words))


def _count(element: ET.Element, tests: int = 0, failures: int = 0, errors: int = 0) -> None:
    element.set("tests", str(tests))
    element.set("failures", str(failures))
    element.set("errors", str(errors))


def _seconds(seconds: float) -> str:
    return f"{seconds:.3f}"


def _suite(root: ET.Element, result: Result, part: StepResult, language: str) -> tuple[int, int, int]:
    """Adds a step's suite and returns how many tests, failures and errors it has."""
    suite = ET.SubElement(root, "testsuite", name=clean(f"{part.id}: {title(part, language)}"))
    suite.set("package", clean(f"{result.lab.id}.{part.id}"))
    properties = ET.SubElement(suite, "properties")
    for name, value in _properties(result, part):
        ET.SubElement(properties, "property", name=name, value=clean(value))
    kinds = [_case(suite, each, language) for each in cases(result, part, language)]
    if not part.checks and part.state is State.FAILED:
        shown = translate(phrase("its commands did not all succeed"), language)
        kind = "error" if part.id == SETUP else "failure"  # an unprepared lab can't be judged
        kinds.append(_case(suite, Case(translate(phrase("commands"), language), kind, shown), language))
    _count(suite, len(kinds), kinds.count("failure"), kinds.count("error"))
    suite.set("skipped", str(kinds.count("skipped")))
    suite.set("time", _seconds(part.seconds))
    suite.set("timestamp", result.started.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S"))
    if part.commands:
        lines = (f"$ {run.command}\n{translate(run_end(run), language)}" for run in part.commands)
        ET.SubElement(suite, "system-out").text = clean("\n".join(lines))
    return len(kinds), kinds.count("failure"), kinds.count("error")


def _properties(result: Result, part: StepResult) -> Iterable[tuple[str, str]]:
    yield "lab", result.lab.id
    yield "step", part.id
    yield "cluster", result.target
    yield "server", without_credentials(result.server)
    yield "version", result.version
    yield "verdict", part.state.value
    yield "points", f"{part.points}/{part.points_total}"
    yield "points not judged", str(part.points_unjudged)
    yield "counts", "yes" if part.counts else "no"


def _no_grade(root: ET.Element, result: Result, language: str) -> tuple[int, int, int]:
    """A run that ended before anything failed is an error: readers that count failures must not take it for passed."""
    suite = ET.SubElement(root, "testsuite", name=clean(result.lab.id))
    shown = translate(verdict(result), language)
    _case(suite, Case(translate(phrase("the whole lab"), language), "error", shown), language)
    _count(suite, 1, 0, 1)
    suite.set("skipped", "0")
    suite.set("time", _seconds(result.seconds))
    return 1, 0, 1


def _case(suite: ET.Element, of: Case, language: str) -> str:
    """Adds a test case and returns its kind. Its time is zero: a check is a look, and looks are not timed."""
    element = ET.SubElement(
        suite, "testcase", name=clean(of.name), classname=suite.get("package", ""), time=_seconds(0)
    )
    if of.kind == "passed":
        return of.kind
    if of.bonus_undone:
        shown = translate(phrase("{why}: {what}", why=BONUS, what=of.message), language)
        ET.SubElement(element, "skipped", message=clean(shown))
        return "skipped"
    kind = ET.SubElement(element, of.kind, message=clean(of.message))
    if of.kind != "skipped":
        kind.set("type", of.kind)
        kind.text = clean(of.details) or None
    return of.kind
