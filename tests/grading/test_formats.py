"""What readers of each format get, and that nothing that a cluster or a learner says is more than text in it."""

from __future__ import annotations

import csv
import io
import json
import re
from html.parser import HTMLParser
from xml.etree import ElementTree as ET

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from checks.base import Finding, ObjectRef, Outcome, Verdict
from checks.phrase import phrase
from runner.grading.reports import REPORTS
from runner.grading.reports.json_report import report_of
from runner.grading.roster.class_model import ClassResult, Graded
from runner.grading.roster.condensed import condensed
from runner.grading.roster.reports import CLASS_REPORTS
from runner.session.events import CheckUpdated, StepFailed
from tests.schemas import conforms

HOSTILE = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    '=HYPERLINK("http://x")',
    "@SUM(1)",
    "\x1b]0;owned\x07\x1b[2J",
    "\u202egnp.exe",
    "a\x00b",
    "\ud800",
    "::error::x\n::stop-commands::y",
    "not ok 1\n1..0",
    "| a | b |\n# head",
    "]]></failure>&amp;",
    "'; DROP TABLE\r\n",
    "한글\u3000과 \u200b\u200b",
)
words = st.one_of(st.sampled_from(HOSTILE), st.text(max_size=60)).map(lambda text: text or "x")


def failing(found: str, cause: str, evidence: str) -> Outcome:
    finding = Finding(
        "image-not-found",
        phrase("The cause: {cause}", cause=cause),
        phrase("The remedy: {cause}", cause=cause),
        ObjectRef("Pod", cause[:30], "shop"),
        evidence,
    )
    return Outcome(
        Verdict.FAILED,
        phrase("expected {found}", found=found),
        phrase("found {found}", found=found),
        (finding,),
    )


@pytest.fixture
def reported(result_of, streams):
    """A finished result in which one check fails with these words."""

    def make(found: str, cause: str, evidence: str):
        result = result_of(streams["not-passed"])
        step = next(part for part in result.steps if part.checks)
        outcome = failing(found, cause, evidence)
        result.apply(CheckUpdated(step.id, 0, outcome))
        result.apply(StepFailed(step.id, 1.0, (outcome, *[each.outcome for each in step.checks[1:]]), False))
        return result

    return make


class Reader(HTMLParser):
    """What a browser would make of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}


def read(name: str, text: str) -> None:
    """Raises where the format's own reader does not take it, or finds more than we wrote."""
    assert not re.search("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", text)
    text.encode()
    if name == "html":
        reader = Reader()
        reader.feed(text)
        assert not reader.tags & {"script", "img", "iframe", "a", "form", "object"}
        assert not {
            attribute for attribute in reader.attributes if attribute.startswith("on") or attribute == "src"
        }
    elif name == "junit":
        ET.fromstring(text)
    elif name in ("json", "gradescope"):
        json.loads(text)
    elif name == "csv":
        rows = list(csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline="")))
        assert len({len(row) for row in rows}) == 1
        assert not [cell for row in rows for cell in row if cell.startswith(("=", "+", "@"))]
    elif name == "annotations":
        assert all(re.match(r"::(error|warning|notice) title=[^:,]*::", line) for line in text.splitlines())
    elif name == "tap":
        top = [line for line in text.splitlines() if re.match(r"(not )?ok ", line)]
        (plan,) = re.findall(r"^1\.\.(\d+)$", text, re.M)
        assert len(top) == int(plan)
    elif name == "markdown":
        assert not re.search(r"(?<!\\)<", text)  # none that is not escaped


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40)
@given(found=words, cause=words, evidence=words)
@pytest.mark.parametrize("name", REPORTS)
def test_hostile_words_in_a_run(reported, name, found, cause, evidence):
    read(name, REPORTS[name](reported(found, cause, evidence), "en"))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40)
@given(found=words, cause=words, evidence=words)
@pytest.mark.parametrize("name", CLASS_REPORTS)
def test_hostile_words_in_a_class(reported, name, found, cause, evidence):
    report = condensed(report_of(reported(found, cause, evidence), "en"))
    graded = (
        Graded("s1", found, report),
        Graded("s2", cause, report),
        Graded("s3", evidence, None, problem=evidence),
    )
    read(name, CLASS_REPORTS[name](ClassResult("mesh", cause, "2026-01-01", graded, 4), "en"))


@pytest.mark.parametrize("name", [name for name in REPORTS if name != "json"])
@pytest.mark.parametrize("language", ["en", "ko"])
def test_a_hidden_checks_words_are_in_nothing_that_a_learner_gets(reported, name, language):
    result = reported("SECRET-FOUND", "SECRET-CAUSE", "SECRET-EVIDENCE")
    secret = {"en": "SECRET-WORDS", "ko": "SECRET-WORDS"}
    at, step = next((at, step) for at, step in enumerate(result.lab.steps) if step.checks)
    hidden = step.checks[0].model_copy(
        update={"hidden": True, "title": secret, "message": secret, "hint": secret}
    )
    steps = list(result.lab.steps)
    steps[at] = step.model_copy(update={"checks": (hidden, *step.checks[1:])})
    result.lab = result.lab.model_copy(update={"steps": tuple(steps)})
    assert "SECRET" not in REPORTS[name](result, language)
    if name == "gradescope":
        hidden = [
            test
            for test in json.loads(REPORTS[name](result, language))["tests"]
            if test["visibility"] == "hidden"
        ]
        assert {test["output"] for test in hidden} == {""}


@pytest.mark.parametrize("name", ["gradescope", "csv", "html"])
def test_not_graded_is_not_zero(result_of, name):
    result = result_of([])
    result.problem = phrase("The cluster does not answer")
    report = REPORTS[name](result, "en")
    if name == "gradescope":
        assert "score" not in json.loads(report)
        assert "The cluster does not answer" in json.loads(report)["output"]
    if name == "csv":
        rows = list(csv.DictReader(io.StringIO(report.removeprefix("\ufeff"))))
        assert {row["points"] for row in rows} == {""}
    if name == "html":
        assert 'class="big"' not in report


def test_gradescopes_points_are_the_runs(reported):
    result = reported("a", "b", "c")
    report = json.loads(REPORTS["gradescope"](result, "en"))
    assert report["score"] == result.points == sum(test["score"] for test in report["tests"])
    assert sum(test["max_score"] for test in report["tests"]) == result.points_total


@pytest.mark.parametrize("how", ["passed", "not-passed", "unreadable"])
@pytest.mark.parametrize("language", ["en", "ko"])
def test_the_json_reports_are_what_their_schemas_describe(result_of, streams, how, language):
    result = result_of(streams[how])
    conforms("report", json.loads(REPORTS["json"](result, language)))
    graded = (
        Graded("kim", "김민수", report_of(result, language), "", 1.0, "2026-01-01T00:00:00+00:00"),
        Graded("lee", "", None, "away"),
    )
    conforms(
        "class",
        json.loads(CLASS_REPORTS["json"](ClassResult("mesh", "M", "2026-01-01", graded, 3), language)),
    )


def test_a_report_with_a_finding_is_what_its_schema_describes(reported):
    conforms("report", json.loads(REPORTS["json"](reported("found", "cause", "evidence"), "en")))
