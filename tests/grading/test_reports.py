"""Reports: what stands in them, and that their readers can read them."""

from __future__ import annotations

import json
import os
import sys
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from checks.base import Finding, ObjectRef, Outcome, Verdict
from checks.phrase import phrase
from runner.grading.reports import REPORTS, report_files
from runner.grading.reports.json_report import json_report
from runner.grading.reports.junit_report import junit_report
from runner.session.events import CheckUpdated, CommandFinished, CommandStarted, StepFailed
from runner.shell import CommandEnd

# The rules of the schema that the xunit plugin of Jenkins publishes (junit-10.xsd): attributes with what is
# required of them, and children.
SCHEMA = {
    "testsuites": (set(), {"name", "time", "tests", "failures", "errors"}, {"testsuite"}),
    "testsuite": (
        {"name", "tests", "failures", "errors"},
        {"time", "skipped", "timestamp", "hostname", "id", "package"},
        {"properties", "testcase", "system-out", "system-err"},
    ),
    "properties": (set(), set(), {"property"}),
    "property": ({"name", "value"}, set(), set()),
    "testcase": ({"name"}, {"time", "classname"}, {"skipped", "error", "failure", "system-out"}),
    "skipped": (set(), {"type", "message"}, set()),
    "error": (set(), {"type", "message"}, set()),
    "failure": (set(), {"type", "message"}, set()),
    "system-out": (set(), set(), set()),
}


def validate(element: ET.Element) -> None:
    required, optional, children = SCHEMA[element.tag]
    assert required <= set(element.attrib) <= required | optional, element.attrib
    assert {child.tag for child in element} <= children
    if element.tag == "testsuite":
        cases = element.findall("testcase")
        assert int(element.get("tests")) == len(cases)
        for kind, attribute in (("failure", "failures"), ("error", "errors"), ("skipped", "skipped")):
            assert int(element.get(attribute)) == len([c for c in cases if c.find(kind) is not None])
    if element.tag == "testsuites":
        for name in ("tests", "failures", "errors"):
            assert int(element.get(name)) == sum(int(suite.get(name)) for suite in element)
    for child in element:
        validate(child)


def junit(result, language="en") -> ET.Element:
    root = ET.fromstring(junit_report(result, language))
    validate(root)
    return root


def kinds(root: ET.Element, step: str) -> list[str]:
    (suite,) = (suite for suite in root if suite.get("name").startswith(f"{step}:"))
    return [case[0].tag if len(case) else "passed" for case in suite.findall("testcase")]


@pytest.mark.parametrize("name", ["passed", "not-passed", "unreadable"])
@pytest.mark.parametrize("language", ["en", "ko"])
def test_both_reports_are_valid(result_of, streams, name, language):
    result = result_of(streams[name])
    junit(result, language)
    assert json.loads(json_report(result, language))["exit_code"] == result.ending.exit_code


def test_a_test_case_for_each_check(result_of, streams):
    root = junit(result_of(streams["passed"]))
    assert kinds(root, "install") == ["passed"] * 3
    assert kinds(root, "bonus") == ["skipped"]  # it counts for nothing, and the run passed


def test_failures_errors_and_skipped_are_distinguished(result_of, streams):
    root = junit(result_of(streams["not-passed"]))
    assert kinds(root, "install") == ["passed", "failure", "failure"]
    assert kinds(root, "expose") == ["skipped"]
    assert kinds(junit(result_of(streams["unreadable"])), "install") == ["error"] * 3


def test_a_failure_says_expected_found_cause_and_hint(result_of, streams):
    failure = junit(result_of(streams["not-passed"])).find(".//failure")
    assert failure.get("message") == "expected: replicas: 2; found: replicas: 0"
    for words in ("can't be pulled", "correct the image", "Look at the image."):
        assert words in failure.text


NASTY = Finding(
    "crash-loop",
    phrase("The container keeps exiting"),
    phrase("Read its last words: {command}", command="kubectl logs web-1 -n default --previous"),
    ObjectRef("Pod", "web-1", "default"),
    "panic: \x1b[31mno\x00 config\nexit",
    source="log of container app",
)


def failed(streams, *findings):
    """A run whose first two checks failed for these."""
    outcomes = tuple(Outcome(Verdict.FAILED, phrase("x"), phrase("y"), (each,)) for each in findings)
    updates = [CheckUpdated("install", at, outcome) for at, outcome in enumerate(outcomes)]
    return [*streams["passed"][:5], *updates, StepFailed("install", 1.0, outcomes, False)]


def test_a_finding_is_data_in_json(result_of, streams):
    events = failed(streams, NASTY, replace(NASTY, source="", field="status.phase", about=None, others=2))
    step = json.loads(json_report(result_of(events), "en"))["steps"][0]
    first, second = (check["findings"][0] for check in step["checks"][:2])
    assert first["rule"] == "crash-loop"
    about = {"apiVersion": "v1", "kind": "Pod", "name": "web-1", "namespace": "default"}
    assert first["about"] == about and first["object"] == "pod/web-1 in default"
    assert first["evidence"] == "panic: no config\nexit"
    assert first["source"] == "log of container app" and first["field"] is None
    assert first["command"] == "kubectl logs web-1 -n default --previous"
    assert second["about"] is None and second["field"] == "status.phase" and second["others"] == 2


def test_a_cause_is_reported_once_in_junit_and_named_by_the_others(result_of, streams):
    other = replace(NASTY, about=ObjectRef("Pod", "web-2", "default"))
    first, second = junit(result_of(failed(streams, NASTY, other))).findall(".//failure")
    assert first.text.splitlines()[2:] == [
        "cause: The container keeps exiting",
        "object: pod/web-1 in default, and 1 more",
        "seen in: log of container app",
        "  | panic: no config",
        "  | exit",
        "remedy: Read its last words:",
        "  $ kubectl logs web-1 -n default --previous",
    ]
    assert second.text.splitlines()[2:4] == [
        "cause: The container keeps exiting",
        "same cause as in: 1. Namespace istio-system: exists",
    ]


def test_a_hidden_check_says_nothing_of_itself_in_junit(result_of, streams):
    assert "top-secret" not in junit_report(result_of(streams["not-passed"]), "en")


def test_a_hidden_check_is_marked_in_json(result_of, streams):
    checks = json.loads(json_report(result_of(streams["not-passed"]), "en"))["steps"][0]["checks"]
    assert [check["hidden"] for check in checks] == [False, False, True]


def test_what_was_never_reached_is_skipped(result_of, streams):
    result = result_of(streams["passed"][:7])
    result.interrupted = True
    root = junit(result)
    assert kinds(root, "install") == ["passed", "skipped", "skipped"]
    assert kinds(root, "expose") == ["skipped"]


def test_a_breakdown_is_an_error_in_every_check_it_left_open(result_of, streams):
    result = result_of(streams["passed"][:7])
    result.problem = phrase("the cluster went away")
    root = junit(result)
    assert kinds(root, "install") == ["passed", "error", "error"]
    assert root.find(".//error").get("message") == "the cluster went away"


def test_a_setup_that_failed_is_an_error(result_of, streams):
    ran = [CommandStarted("setup", 0, "false"), CommandFinished("setup", 0, "false", CommandEnd(1, 0.1))]
    assert kinds(junit(result_of([streams["passed"][0], *ran])), "setup") == ["error"]


def test_control_characters_and_lone_surrogates_are_left_out(result_of, streams):
    nasty = Outcome(Verdict.FAILED, phrase("x"), phrase("{v}", v="a\x00\x1b[31mb\ud800\ufffe<&>\x0b"))
    result = result_of(
        [
            *streams["passed"][:5],
            CheckUpdated("install", 0, nasty),
            StepFailed("install", 1.0, (nasty,), False),
        ]
    )
    root = junit(result)
    assert root.find(".//failure").text == "expected: x\nfound: ab<&>"
    json_report(result, "en").encode()


def test_properties(result_of, streams):
    suite = junit(result_of(streams["passed"]))[0]
    properties = {item.get("name"): item.get("value") for item in suite.find("properties")}
    assert properties["lab"] == "mesh"
    assert properties["cluster"] == "practice/mesh"
    assert properties["version"] == "1.22.0"


@pytest.mark.parametrize("report", REPORTS.values())
def test_no_credentials(result_of, streams, report):
    assert "secret@" not in report(result_of(streams["passed"]), "en")


def test_json_has_words_and_values(result_of, streams):
    report = json.loads(json_report(result_of(streams["not-passed"]), "ko"))
    step = report["steps"][0]
    assert step["title"] == "Istio 설치하기"
    assert step["checks"][1]["expected"]["values"] == {"wanted": 2}
    assert step["checks"][1]["findings"][0]["evidence"] == "ErrImagePull"
    assert step["commands"] == [
        {"command": "istioctl install", "exit_code": 1, "seconds": 2.0, "reason": None}
    ]
    assert report["verdict"] == "not-passed"
    assert report["labgate_report"] == 1


def test_formats_are_named(tmp_path: Path):
    assert report_files.wanted(["junit=a.xml,json=b,c.json", "tap=- , csv=x"], REPORTS) == [
        report_files.Wanted("junit", Path("a.xml")),
        report_files.Wanted("json", Path("b,c.json")),
        report_files.Wanted("tap", report_files.STDOUT),
        report_files.Wanted("csv", Path("x")),
    ]
    for wrong in ("xlsx=x", "junit", "junit=", "json=x,pdf=y", ""):
        with pytest.raises(report_files.ReportProblem):
            report_files.wanted([wrong], REPORTS)


def test_an_unwritable_file_is_found_before_and_nothing_is_left(tmp_path: Path):
    report_files.prepare([report_files.Wanted("junit", tmp_path / "new" / "out.xml")])
    assert list((tmp_path / "new").iterdir()) == []
    (tmp_path / "file").touch()
    for path in (tmp_path, tmp_path / "file" / "out.xml", Path("/proc/nowhere/out.xml")):
        with pytest.raises(report_files.ReportProblem):
            report_files.prepare([report_files.Wanted("junit", path)])


def test_a_report_is_written_whole_or_not_at_all(result_of, streams, tmp_path: Path, monkeypatch):
    result, path = result_of(streams["passed"]), tmp_path / "out.json"
    path.write_text("old")

    def broken(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", broken)
    wanted = report_files.Wanted("json", path)
    with pytest.raises(report_files.ReportProblem, match="No space left"):
        report_files.write_report(wanted, REPORTS["json"](result, "en"), sys.stdout)
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]
    monkeypatch.undo()
    assert report_files.write_all([(wanted, REPORTS["json"](result, "en"))], sys.stdout) == []
    assert json.loads(path.read_text())["verdict"] == "passed"
    assert path.stat().st_mode & 0o077 == 0o077 & 0o666 & ~_umask()


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
