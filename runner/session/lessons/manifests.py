"""Manifests that were refused, by kubectl 1.20 to 1.34 and their servers."""

from __future__ import annotations

import re

from checks.patterns import excerpt
from runner.session.lessons.lesson import Lesson, Typed
from runner.words import phrase


def not_yaml(typed: Typed) -> Lesson | None:
    found = typed.search(r"error parsing ([^:]+): error converting YAML to JSON: yaml: (?:line (\d+))?")
    if found is None:
        return None
    if not found[2]:
        return Lesson(phrase("{file} is not valid YAML.", file=found[1]))
    words = phrase("{file} can't be read: something is wrong near line {line}", file=found[1], line=found[2])
    return Lesson(words, "" if found[1] == "STDIN" else f"vi +{found[2]} {found[1]}")


def unknown_field(typed: Typed) -> Lesson | None:
    """`ValidationError(Deployment.spec): unknown field "replica"` (1.20); `strict decoding error: unknown field "spec.x"`."""
    found = typed.search(r'unknown field "([^"]+)"')
    if found is None:
        return None
    return Lesson(phrase("The manifest has a field that this kind does not have: {field}", field=found[1]))


def unknown_kind(typed: Typed) -> Lesson | None:
    found = typed.search(r'no matches for kind "(\w+)" in version "([^"]+)"')
    if found is None:
        return None
    words = phrase(
        "The cluster does not have the kind {kind} ({api}): it is not installed, or has another version.",
        kind=found[1],
        api=found[2],
    )
    return Lesson(words, f"kubectl api-resources | grep -i {found[1]}")


def refused_value(typed: Typed) -> Lesson | None:
    found = re.search(r'^The (\w+) "([^"]+)" is invalid: \s*(?:\* )?([^\n]+)', typed.output, re.MULTILINE)
    if found is None:
        return None
    return Lesson(
        phrase(
            "The server rejected a value of {name}: {reason}", name=found[2], reason=excerpt(found[3], 160)
        )
    )
