"""What the JSON report is made of: the types of what json.py writes, and the source of its JSON Schema."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import ConfigDict, with_config
from typing_extensions import TypedDict

DOCUMENTED = ConfigDict(use_attribute_docstrings=True)


@with_config(DOCUMENTED)
class Words(TypedDict):
    """A sentence in the report's language, and the values in it as data."""

    text: str
    values: dict[str, Any]


@with_config(DOCUMENTED)
class About(TypedDict):
    """An object of the cluster."""

    apiVersion: str
    kind: str
    name: str
    namespace: str | None


@with_config(DOCUMENTED)
class FindingShape(TypedDict):
    """A cause that was found: why a check fails, and the remedy."""

    rule: str
    """Names the kind of cause, for good."""
    cause: Words
    remedy: Words
    command: str | None
    """What fixes it, where one command does."""
    object: str
    about: About | None
    """The object in which the cause was read."""
    evidence: str
    """What was read, word for word."""
    field: str | None
    """Where in the object `about`, as a path."""
    source: str | None
    """Where else: an event, a log, a command."""
    others: int
    """Further objects that show the same."""


@with_config(DOCUMENTED)
class CheckShape(TypedDict):
    """A check and what came of it."""

    type: str
    """The key that makes the check what it is in lab.yaml: deployment, service, …"""
    description: Words
    verdict: Literal["passed", "pending", "failed", "error", "skipped"] | None
    """null: it was not looked at. pending: on its way, and not there in time. error: it could not be judged. skipped:
    there was nothing to judge, or what it depends on fails."""
    points: int
    """0 if the verdict is error, too, which is not a grade of zero."""
    points_total: int
    hidden: bool
    """Learners must not see it."""
    expected: Words | None
    found: Words | None
    findings: list[FindingShape]
    """The likeliest cause first."""
    message: str | None
    """What the lab says to who does not pass it."""
    hint: str | None


@with_config(DOCUMENTED)
class CommandShape(TypedDict):
    """A command that was run; what it printed is not in the report."""

    command: str
    exit_code: int | None
    """null: it did not end by itself; `reason` says why."""
    seconds: float
    reason: str | None
    """timeout, shell-ended, interrupted, not-run, real-cluster-only"""


@with_config(DOCUMENTED)
class StepShape(TypedDict):
    """A step and what came of it."""

    id: str
    title: str
    verdict: Literal["waiting", "running", "passed", "failed", "error", "skipped"]
    """waiting: not reached. error: it could not be judged. skipped: not judged, as an earlier step fails, or
    there was nothing to judge."""
    counts: bool
    """false: a bonus step."""
    broken_later: bool
    """It passed, and fails now."""
    because_of: str | None
    """The id of the step that fails, where this one was skipped for it."""
    seconds: float
    points: int
    points_total: int
    points_unjudged: int
    """Of `points_total`, what nothing is known of."""
    commands: list[CommandShape]
    checks: list[CheckShape]


@with_config(DOCUMENTED)
class LabShape(TypedDict):
    """The lab, and what its variables were set to."""

    id: str
    title: str
    variables: dict[str, str]


@with_config(DOCUMENTED)
class ClusterShape(TypedDict):
    """Where it ran. No credentials."""

    name: str
    server: str
    version: str


@with_config(DOCUMENTED)
class Report(TypedDict):
    """A run of `labgate grade LAB --report json=FILE`.

    New fields may come at any time; `labgate_report` grows when one goes, or means another thing.
    """

    labgate_report: Literal[1]
    language: str
    """Of all texts: en or ko."""
    verdict: Literal["passed", "not-passed", "could-not-be-judged", "interrupted"]
    exit_code: int
    """0 passed, 1 not passed, 3 could not be judged, or not in full, whatever else fails, 130 interrupted."""
    started: str
    """ISO 8601, with the offset from UTC."""
    seconds: float
    points: int
    """Of the steps that count. A grade only where `complete` is true."""
    points_total: int
    points_unjudged: int
    """Of `points_total`, what nothing is known of, as it could not be judged: neither earned nor lost."""
    complete: bool
    """Everything that counts was judged: `points` are a grade."""
    lab: LabShape
    cluster: ClusterShape
    problem: Words | None
    """Why nothing could be judged."""
    steps: list[StepShape]
