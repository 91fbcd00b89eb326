"""One run, eight formats, one exit code: what each reader makes of a report is what the program ended with."""

from __future__ import annotations

import csv
import io
import json
import re
import shutil
import subprocess
from datetime import UTC, datetime
from xml.etree import ElementTree as ET

import pytest

from checks.base import Outcome, Verdict
from checks.phrase import phrase
from runner.grading.reports import REPORTS
from runner.grading.reports.json_report import report_of
from runner.grading.result import Result
from runner.grading.roster.class_model import ClassResult, Graded
from runner.grading.roster.class_summary import exit_code
from runner.grading.roster.condensed import condensed
from runner.grading.roster.reports import CLASS_REPORTS
from runner.labs.model import Lab
from runner.session.events import (
    CLEANUP,
    SETUP,
    CheckUpdated,
    CommandFinished,
    CommandStarted,
    LabStarted,
    StepBroken,
    StepFailed,
    StepPassed,
    StepSkipped,
    StepStarted,
)
from runner.session.score import could_not_judge, score
from runner.shell import CommandEnd
from tests.grading.test_safe import FORGED, printed_run
from tests.schemas import conforms

VERDICTS = {
    "pass": Outcome(Verdict.PASSED, phrase("there"), phrase("there")),
    "fail": Outcome(Verdict.FAILED, phrase("there"), phrase("not there")),
    "error": Outcome(Verdict.ERROR, phrase("there"), phrase("the API server does not answer")),
    "pending": Outcome(Verdict.PENDING, phrase("there"), phrase("on its way")),
    "nothing": Outcome(Verdict.SKIPPED, phrase("there"), phrase("nobody was asked")),
}

# (what came of the first step, of the second one, of the bonus), the exit code, points, points not judged
RUNS = {
    "all pass": ((["pass"] * 3, ["pass"] * 2, ["pass"]), 0, 5, 0),
    "bonus undone": ((["pass"] * 3, ["pass"] * 2, ["fail"]), 0, 5, 0),
    "bonus on its way": ((["pass"] * 3, ["pass"] * 2, ["pending"]), 0, 5, 0),
    "bonus unreadable": ((["pass"] * 3, ["pass"] * 2, ["error"]), 0, 5, 0),
    "bonus not reached": ((["pass"] * 3, ["pass"] * 2, "blocked by first"), 0, 5, 0),
    "one fails": ((["pass", "fail", "pass"], ["pass"] * 2, ["pass"]), 1, 4, 0),
    "one fails, bonus undone": ((["pass", "fail", "pass"], ["pass"] * 2, ["fail"]), 1, 4, 0),
    "one fails, bonus unreadable": ((["pass", "fail", "pass"], ["pass"] * 2, ["error"]), 1, 4, 0),
    "one is pending": ((["pass", "pending", "pass"], ["pass"] * 2, ["pass"]), 1, 4, 0),
    "blocked by a failure": ((["fail"] * 3, "blocked by first", "blocked by first"), 1, 0, 0),
    "nothing to judge": ((["pass"] * 3, ["nothing"] * 2, ["nothing"]), 0, 3, 0),
    "one is unreadable": ((["pass", "error", "pass"], ["pass"] * 2, ["pass"]), 3, 4, 1),
    "all are unreadable": ((["error"] * 3, ["error"] * 2, ["error"]), 3, 0, 5),
    "one fails, one is unreadable": ((["fail", "error", "pass"], ["pass"] * 2, ["pass"]), 3, 3, 1),
    "a step fails, another is unreadable": ((["fail"] * 3, ["error"] * 2, ["fail"]), 3, 0, 2),
    "blocked by what is unreadable": (
        (["pass", "error", "pass"], "blocked by first", "blocked by first"),
        3,
        2,
        3,
    ),
    "blocked by the preparation": (("blocked by setup", "blocked by setup", "blocked by setup"), 3, 0, 5),
    "broken later": ((["pass"] * 3, "broken", ["pass"]), 1, 3, 0),
    "the clean-up fails": ((["pass"] * 3, ["pass"] * 2, ["pass"], ["fail"]), 1, 5, 0),
    "the clean-up is unreadable": ((["pass"] * 3, ["pass"] * 2, ["pass"], ["error"]), 3, 5, 0),
    "interrupted": ((["pass"] * 3, "open", "open"), 130, 3, 2),
    "cluster gone": ((["pass"] * 3, "gone", "open"), 3, 3, 2),
}


@pytest.fixture
def lab(tmp_path):
    text = {"en": "A title", "ko": "제목"}
    steps = [
        {
            "id": name,
            "title": text,
            "text": text,
            "checks": [{"namespace": f"n{at}"} for at in range(number)],
            "optional": bonus,
        }
        for name, number, bonus in (("first", 3, False), ("second", 2, False), ("bonus", 1, True))
    ]
    return Lab.model_validate(
        {
            "id": "lab",
            "folder": tmp_path,
            "title": text,
            "summary": text,
            "minutes": 1,
            "level": "beginner",
            "steps": steps,
            "cleanup": {"title": text, "text": text, "run": [{"command": "true"}], "checks": [{"namespace": "x"}]},
        }
    )  # fmt: skip


def judged(step, outcomes):
    if {each.verdict for each in outcomes} == {Verdict.SKIPPED}:
        return StepSkipped(step, "")
    if all(each.verdict.passes for each in outcomes):
        return StepPassed(step, 1.0)
    return StepFailed(step, 1.0, outcomes, could_not_judge(outcomes))


def events(parts):
    yield LabStarted("lab", "c", "https://s", "1.30", "a", False)
    if parts[0] == "blocked by setup":
        yield CommandStarted(SETUP, 0, "false")
        yield CommandFinished(SETUP, 0, "false", CommandEnd(1, 0.1))
    for name, part in zip(("first", "second", "bonus", CLEANUP), parts, strict=False):
        if isinstance(part, str) and part.startswith("blocked by "):
            yield StepSkipped(name, part.removeprefix("blocked by "))
            continue
        if part == "open":
            return
        yield StepStarted(name)
        if part == "gone":
            return
        outcomes = tuple(VERDICTS[each] for each in (["pass"] * 2 if part == "broken" else part))
        for index, outcome in enumerate(outcomes):
            yield CheckUpdated(name, index, outcome)
        yield judged(name, outcomes)
        if part == "broken":
            yield StepBroken(name, (VERDICTS["fail"],) * 2)


@pytest.fixture
def run(lab):
    def made(name):
        parts, code, points, unjudged = RUNS[name]
        result = Result.of(lab, datetime.now(UTC))
        for event in events(parts):
            result.apply(event)
        if "open" in parts:
            result.interrupted = code == 130
            result.problem = phrase("The cluster is gone") if code == 3 else None
        else:
            result.apply(score(lab.steps, result.record, 1.0))
        return result, code, points, unjudged

    return made


@pytest.mark.parametrize("language", ["en", "ko"])
@pytest.mark.parametrize("name", RUNS)
def test_every_format_says_what_the_exit_code_says(run, name, language):
    result, code, points, unjudged = run(name)
    assert result.ending.exit_code == code
    assert (result.points, result.points_unjudged) == (points, unjudged)
    written = {each: report(result, language) for each, report in REPORTS.items()}
    _junit(written["junit"], code)
    _tap(written["tap"], code)
    _annotations(written["annotations"], code)
    _gradescope(written["gradescope"], code, result)
    report = json.loads(written["json"])
    conforms("report", report)
    assert (report["exit_code"], report["complete"]) == (code, code in (0, 1))
    assert (report["points"], report["points_unjudged"]) == (points, unjudged)
    rows = list(csv.DictReader(io.StringIO(written["csv"].removeprefix("\ufeff"), newline="")))
    assert all(row["points"] == "" for row in rows if row["state"] in ("could-not-be-judged", "not-judged"))
    counted = {row["state"] for row in rows if row["counts"] == "yes" or row["step"] == CLEANUP}
    assert ("not-passed" in counted) <= (code != 0)
    assert ("could-not-be-judged" in counted) <= (code == 3)
    assert ('class="big"' in written["html"]) is (code in (0, 1))


def _junit(text, code):
    root = ET.fromstring(text)
    failures, errors = int(root.get("failures")), int(root.get("errors"))
    assert failures == len(root.findall(".//failure")) and errors == len(root.findall(".//error"))
    assert (failures + errors == 0) is (code == 0)
    assert (errors > 0) is (code in (3, 130))


def _tap(text, code):
    lines = text.splitlines()
    against = [line for line in lines if line.startswith("not ok") and " # TODO " not in line]
    assert bool(against or "Bail out!" in text) is (code != 0)
    assert any(line.startswith("Bail out!") for line in lines) is (code in (3, 130))


def _annotations(text, code):
    assert bool(re.search("^::error ", text, re.M)) is (code != 0)


def _gradescope(text, code, result):
    report = json.loads(text)
    assert ("score" in report) is ("tests" in report) is (code in (0, 1))
    if "score" in report:
        assert report["score"] == sum(test["score"] for test in report["tests"]) == result.points
        assert sum(test["max_score"] for test in report["tests"]) == result.points_total


@pytest.mark.skipif(shutil.which("prove") is None, reason="needs perl's prove")
@pytest.mark.parametrize("name", RUNS)
def test_perls_prove_agrees(run, name, tmp_path):
    result, code, *_ = run(name)
    file = tmp_path / "run.tap"
    file.write_text(REPORTS["tap"](result, "ko"))
    done = subprocess.run(["prove", "--exec", "cat", str(file)], capture_output=True, text=True, check=False)
    assert (done.returncode == 0) is (code == 0), done.stdout + done.stderr
    assert "Parse errors" not in done.stdout + done.stderr


@pytest.mark.skipif(shutil.which("prove") is None, reason="needs perl's prove")
@pytest.mark.parametrize(
    "words", [*FORGED, "key: value", "- a: b", '"quoted" \\" \\', "'x", "a # TODO x # SKIP", "~"]
)
def test_perls_prove_reads_whatever_is_quoted(tmp_path, words):
    result, _ = printed_run(tmp_path, words)
    result.problem = None
    file = tmp_path / "run.tap"
    file.write_text(REPORTS["tap"](result, "en").replace("Bail out!", "# Bail out!"))
    done = subprocess.run(["prove", "--exec", "cat", str(file)], capture_output=True, text=True, check=False)
    assert "Parse errors" not in done.stdout
    assert not re.search(r"^\s*not ok.*#\s*(TODO|SKIP)", file.read_text(), re.M | re.I)
    assert "Failed 2/2" in done.stdout


@pytest.mark.parametrize("name", [name for name in RUNS if "clean-up" not in name])
def test_a_class_agrees(run, name):
    """Learners are only looked at: what needs a shell does not come up."""
    result, code, points, unjudged = run(name)
    learner = Graded("kim", "김", condensed(report_of(result, "en")))
    whole = ClassResult("lab", "L", "2026", (learner,), 1)
    expected = 3 if code == 130 else code
    assert exit_code(whole) == expected
    message = {each: report(whole, "en") for each, report in CLASS_REPORTS.items()}
    row = next(csv.DictReader(io.StringIO(message["csv"].removeprefix("\ufeff"), newline="")))
    assert row["points"] == (str(points) if expected in (0, 1) else "")
    if expected == 3 and points:
        assert (row["points_so_far"], row["points_not_judged"]) == (str(points), str(unjudged))
        assert f"{points} of 5 so far, not judged: {unjudged}" in message["html"]
        assert f"{points} of 5 so far, not judged: {unjudged}" in message["markdown"]
    shown = json.loads(message["json"])
    conforms("class", shown)
    (kim,) = shown["learners"]
    assert (kim["points"] is None) is (expected == 3)
    root = ET.fromstring(message["junit"])
    assert (int(root.get("failures")) + int(root.get("errors")) == 0) is (expected == 0)
    assert (int(root.get("errors")) > 0) is (expected == 3)


def test_what_was_graded_by_an_earlier_version_and_not_in_full_is_graded_again(run):
    result, *_ = run("one fails, one is unreadable")
    report = condensed(report_of(result, "en"))
    old = {key: value for key, value in report.items() if key not in ("complete", "points_unjudged")}
    assert not Graded("kim", "", {**old, "verdict": "not-passed", "exit_code": 1}).is_graded
