"""The JSON report: everything that was judged, as words and as data."""

from __future__ import annotations

from collections.abc import Mapping

from checks.base import Finding
from runner.grading.grading_texts import title, without_credentials
from runner.grading.reports.report_schema import (
    CheckShape,
    CommandShape,
    FindingShape,
    Report,
    StepShape,
    Words,
)
from runner.grading.reports.written import json_text
from runner.grading.result import CheckResult, Result, StepResult
from runner.plain_text import plain
from runner.session.attempt_state import CommandRun
from runner.session.finding_text import remedy
from runner.shell import NOT_HERE
from runner.words import Phrase, text, translate


def json_report(result: Result, language: str) -> str:
    """The run as JSON. Checks that learners are not shown are there too, marked `hidden`.

    What commands printed is not in it, and no credentials of the cluster are.
    """
    return json_text(report_of(result, language))


def report_of(result: Result, language: str) -> Report:
    """The report as data."""
    ending = result.ending
    return {
        "labgate_report": 1,
        "language": language,
        "verdict": ending.value,
        "exit_code": ending.exit_code,
        "started": result.started.isoformat(timespec="seconds"),
        "seconds": round(result.seconds, 3),
        "points": result.points,
        "points_total": result.points_total,
        "points_unjudged": result.points_unjudged,
        "complete": result.is_grade,
        "lab": {
            "id": result.lab.id,
            "title": text(result.lab.title, language),
            "variables": dict(result.lab.values),
        },
        "cluster": {
            "name": result.target,
            "server": without_credentials(result.server),
            "version": result.version,
        },
        "problem": _words(result.problem, language) if result.problem else None,
        "steps": [_step(part, language) for part in result.parts],
    }


def _step(part: StepResult, language: str) -> StepShape:
    return {
        "id": part.id,
        "title": title(part, language),
        "verdict": part.state.value,
        "counts": part.counts,
        "broken_later": part.broken,
        "because_of": part.because or None,
        "seconds": round(part.seconds, 3),
        "points": part.points,
        "points_total": part.points_total,
        "points_unjudged": part.points_unjudged,
        "commands": [_command(run) for run in part.commands],
        "checks": [_check(each, language) for each in part.checks],
    }


def _command(run: CommandRun) -> CommandShape:
    return {
        "command": run.command,
        "exit_code": run.end.exit_code if run.end and run.end.reason != NOT_HERE else None,
        "seconds": round(run.end.seconds, 3) if run.end else 0.0,
        "reason": (run.end.reason or None) if run.end else None,
    }


def _check(each: CheckResult, language: str) -> CheckShape:
    check, outcome = each.check, each.outcome
    fails = outcome is not None and outcome.verdict.fails
    return {
        "type": check.subject,
        "description": _words(check.describe(), language),
        "verdict": outcome.verdict.value if outcome else None,
        "points": check.points if each.passed else 0,
        "points_total": check.points,
        "hidden": check.hidden,
        "expected": _words(outcome.expected, language) if outcome else None,
        "found": _words(outcome.found, language) if outcome else None,
        "findings": [_finding(finding, language) for finding in outcome.findings] if outcome else [],
        "message": text(check.message, language) if check.message and fails else None,
        "hint": text(check.hint, language) if check.hint and fails else None,
    }


def _finding(finding: Finding, language: str) -> FindingShape:
    about = finding.about
    return {
        "rule": finding.rule,
        "cause": _words(finding.cause, language),
        "remedy": _words(finding.remedy, language),
        "command": plain(remedy(finding, language)[1]) or None,
        "object": plain(finding.object),
        "about": {
            "apiVersion": plain(about.api_version),
            "kind": plain(about.kind),
            "name": plain(about.name),
            "namespace": plain(about.namespace) or None,
        }
        if about
        else None,
        "evidence": plain(finding.evidence),
        "field": plain(finding.field) or None,
        "source": plain(finding.source) or None,
        "others": finding.others,
    }


def _words(sentence: Phrase, language: str) -> Words:
    return {
        "text": plain(translate(sentence, language)),
        "values": {name: _value(value, language) for name, value in sentence.values.items()},
    }


def _value(value: object, language: str) -> object:
    """A phrase's value as JSON: itself where JSON knows it, its words where it does not."""
    if isinstance(value, Phrase):
        return _words(value, language)
    if isinstance(value, Mapping):
        return {str(key): _value(part, language) for key, part in value.items()}
    if isinstance(value, tuple | list | set | frozenset):
        return [_value(part, language) for part in value]
    if isinstance(value, str):
        return plain(value)
    if isinstance(value, bool | int | float) or value is None:
        return value
    return str(value)
