"""The JUnit XML report: a suite for each step, a test case for each check.

Follows the schema that Jenkins publishes (junit-10.xsd), which GitLab, Azure and the usual viewers read.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC
from xml.etree import ElementTree as ET

from checks.base import Outcome, Verdict
from runner.grading.output import plain
from runner.grading.result import CheckResult, Result, State, StepResult
from runner.grading.said import STATES, run_end, title, told, without_credentials
from runner.session.findings import Mention
from runner.session.said import description
from runner.words import phrase, say, text

_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_KINDS = {
    Verdict.FAILED: "failure",
    Verdict.PENDING: "failure",
    Verdict.ERROR: "error",
    Verdict.SKIPPED: "skipped",
}
_NOT_JUDGED = (State.WAITING, State.RUNNING, State.SKIPPED)


def junit_report(result: Result, language: str) -> str:
    """The run as JUnit XML. Of a hidden check it says whether it holds, and nothing else."""
    root = ET.Element("testsuites", name=clean(text(result.lab.title, language)))
    totals = [_suite(root, result, part, language) for part in result.parts]
    _count(root, *(sum(column) for column in zip(*totals, strict=True)))
    root.set("time", _seconds(result.seconds))
    ET.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n"


def clean(words: str) -> str:
    """What XML 1.0 can hold of `words`, without a terminal's control sequences."""
    return _NOT_XML.sub("", plain(words))


def _count(element: ET.Element, tests: int = 0, failures: int = 0, errors: int = 0) -> None:
    element.set("tests", str(tests))
    element.set("failures", str(failures))
    element.set("errors", str(errors))


def _seconds(seconds: float) -> str:
    return f"{seconds:.3f}"


def _suite(root: ET.Element, result: Result, part: StepResult, language: str) -> tuple[int, int, int]:
    """Adds a step's suite and gives how many tests, failures and errors it has."""
    suite = ET.SubElement(root, "testsuite", name=clean(f"{part.id}: {title(part, language)}"))
    suite.set("package", clean(f"{result.lab.id}.{part.id}"))
    properties = ET.SubElement(suite, "properties")
    for name, value in _properties(result, part):
        ET.SubElement(properties, "property", name=name, value=clean(value))
    kinds = [
        _case(suite, _name(number, each, language), _verdict(result, part, number - 1, language))
        for number, each in enumerate(part.checks, 1)
    ]
    if not part.checks and part.state is State.FAILED:
        told = say(phrase("its commands did not all succeed"), language)
        kinds.append(_case(suite, say(phrase("commands"), language), ("error", told, "")))
    _count(suite, len(kinds), kinds.count("failure"), kinds.count("error"))
    suite.set("skipped", str(kinds.count("skipped")))
    suite.set("time", _seconds(part.seconds))
    suite.set("timestamp", result.started.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S"))
    if part.commands:
        lines = (f"$ {run.command}\n{say(run_end(run), language)}" for run in part.commands)
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


def _name(number: int, each: CheckResult, language: str) -> str:
    return f"{number}. {description(each.check, language)}"


def _case(suite: ET.Element, name: str, verdict: tuple[str, str, str]) -> str:
    """Adds a test case and gives its kind. Its time is zero: a check is a look, and looks are not timed."""
    kind, message, details = verdict
    case = ET.SubElement(
        suite, "testcase", name=clean(name), classname=suite.get("package", ""), time=_seconds(0)
    )
    if kind == "passed":
        return kind
    element = ET.SubElement(case, kind, message=clean(message))
    if kind != "skipped":
        element.set("type", kind)
        element.text = clean(details) or None
    return kind


def _verdict(result: Result, part: StepResult, index: int, language: str) -> tuple[str, str, str]:
    """A check's kind (passed, failure, error, skipped), its message, and the details."""
    each = part.checks[index]
    if each.passed:
        return "passed", "", ""
    if each.outcome is None or part.state in _NOT_JUDGED:
        if result.problem is not None and part.state is not State.SKIPPED:
            return "error", say(result.problem, language), ""
        reason = STATES[part.state if part.state in _NOT_JUDGED else State.WAITING]
        if part.because:
            reason = phrase("not judged, needs: {step}", step=part.because)
        return "skipped", say(reason, language), ""
    return _KINDS[each.outcome.verdict], *_told(part, index, each.outcome, language)


def _told(part: StepResult, index: int, outcome: Outcome, language: str) -> tuple[str, str]:
    """The one line and the details of a check that does not hold."""
    each = part.checks[index]
    if each.check.hidden:
        return say(phrase("a hidden check does not hold"), language), ""
    own = text(each.check.message, language) if each.check.message else ""
    expected = say(phrase("expected: {expected}", expected=outcome.expected), language)
    found = say(phrase("found: {found}", found=outcome.found), language)
    lines = [expected, found]
    for mention in part.mentions[index]:
        lines += _cause(part, mention, language)
    if each.check.hint:
        lines.append(say(phrase("hint: {hint}", hint=text(each.check.hint, language)), language))
    return own or f"{expected}; {found}", "\n".join(lines)


def _cause(part: StepResult, mention: Mention, language: str) -> Iterable[str]:
    """A cause whole in the first test case that has it; in the others with that one's name."""
    if mention.here:
        for name, words in told(mention.finding, language):
            yield f"{say(name, language)}: {words}" if name else f"  {words}"
        return
    yield say(phrase("cause: {cause}", cause=mention.finding.cause), language)
    first = _name(mention.first + 1, part.checks[mention.first], language)
    yield say(phrase("same cause as in: {check}", check=first), language)
