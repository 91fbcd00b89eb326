"""Checks that prove nothing: they pass whatever the learner does, or test output text instead of the cluster."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from checks.base import Check
from checks.command import Command
from checks.resource import Resource
from runner.authoring.lint.lint_context import Advice, Draft
from runner.words import phrase

_PRINTS_OBJECTS = re.compile(r"^\s*(sudo\s+)?kubectl\b.*\b(get|describe)\b")


def check_cannot_fail(draft: Draft) -> Iterator[Advice]:
    """A check that passes before the work proves nothing."""
    for path, check in draft.checks():
        reason = check.never_fails()
        if reason is not None:
            yield Advice(path, phrase("this check can't fail: {reason}", reason=reason))


def step_without_check(draft: Draft) -> Iterator[Advice]:
    for index, step in enumerate(draft.lab.steps):
        if not step.checks:
            yield Advice(
                ("steps", index),
                phrase("the step has no check: it passes once its commands have run, whatever they did"),
                phrase("add a check for its result, or ask a question (quiz)"),
            )


def nothing_new(draft: Draft) -> Iterator[Advice]:
    """All that the step checks was checked before it."""
    seen: list[Check] = []
    for index, step in enumerate(draft.lab.steps):
        if step.checks and all(check in seen for check in step.checks):
            yield Advice(
                ("steps", index, "checks"),
                phrase(
                    "every check of this step is also in an earlier step, so the step passes before it begins"
                ),
            )
        seen += step.checks


def absent_from_the_start(draft: Draft) -> Iterator[Advice]:
    """An object that must be absent never existed, as far as the lab shows."""
    wanted: set[tuple[str, object, object]] = set()
    for path, check in draft.checks():
        name = _named(check)
        if not check.wants_absence:
            wanted.add(name)
        elif name not in wanted and path[0] == "steps":
            yield Advice(
                path,
                phrase("this passes before the work: no earlier check requires it to exist"),
                phrase("check in an earlier step that it exists"),
            )


def looks_at_output(draft: Draft) -> Iterator[Advice]:
    """kubectl's output changes with its version; the objects do not."""
    for path, check in draft.checks():
        if isinstance(check, Command) and _PRINTS_OBJECTS.search(check.command):
            yield Advice(
                path,
                phrase(
                    "this checks what kubectl prints, once every {seconds} s",
                    seconds=round(check.interval or 0),
                ),
                phrase(
                    "check the object itself: deployment, service, pods, or resource with where or matches"
                ),
            )


LONG = 60
"""Characters of JSON that a learner may still read as what is asked of them."""


def matches_without_title(draft: Draft) -> Iterator[Advice]:
    """The whole wanted object as one line of JSON: nothing to read, and it gives the answer away."""
    for path, check in draft.checks():
        if not isinstance(check, Resource) or check.matches is None or check.title or check.hidden:
            continue
        if _leaves(check.matches) > 1 and len(json.dumps(check.matches, ensure_ascii=False)) > LONG:
            yield Advice(
                (*path, "matches"),
                phrase("without a title, the learner sees the expected value as a line of JSON"),
                phrase(
                    "describe what is expected, for example: {example}",
                    example="title: {en: MODE comes from the ConfigMap c, ko: MODE를 컨피그맵 c에서 가져옴}",
                ),
            )


def _leaves(value: Any) -> int:
    """How many values are wanted."""
    if isinstance(value, Mapping):
        return sum(map(_leaves, value.values()))
    return sum(map(_leaves, value)) if isinstance(value, list | tuple) else 1


def _named(check: Check) -> tuple[str, str, str]:
    """Which thing a check is about: its kind, name and namespace."""
    about = check.about()
    if about is not None:
        return about.kind, about.name, about.namespace
    return check.subject, str(getattr(check, check.subject)), ""
