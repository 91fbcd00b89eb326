"""The loader's words for what the models say."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from checks.versions import RANGE
from runner.labs import verdicts
from runner.labs.model import LabFile
from runner.words import phrase, translate

ROOT = Path(__file__).resolve().parents[2]
WITH_REASONS = {"regex", "selector", "jmespath", "key_name"}
ONLY_FOR_PROGRAMS = {"check_type", "check_types"}
"""Said by the checks to who builds them in Python; a lab file never comes so far."""


def _own_messages() -> Iterator[tuple[str, str]]:
    for file in (*(ROOT / "checks").rglob("*.py"), ROOT / "runner" / "labs" / "model.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "PydanticCustomError":
                kind, message = (ast.literal_eval(argument) for argument in node.args[:2])
                yield kind, message


def test_what_the_models_say_is_known_to_the_catalogue():
    for kind, message in _own_messages():
        if kind not in WITH_REASONS | ONLY_FOR_PROGRAMS:
            text = verdicts.in_words({"type": kind, "msg": message, "loc": ()})
            assert text.template == message, f"not in verdicts.py: {message}"


def _patterns(part: Any) -> Iterator[str]:
    if isinstance(part, dict):
        if isinstance(part.get("pattern"), str):
            yield part["pattern"]
        for each in part.values():
            yield from _patterns(each)
    elif isinstance(part, list):
        for each in part:
            yield from _patterns(each)


def test_every_pattern_has_words():
    for pattern in set(_patterns(LabFile.model_json_schema())) - {r"^\d{1,9}(\.\d{1,9})?[smh]$", RANGE}:
        error = {"type": "string_pattern_mismatch", "ctx": {"pattern": pattern}, "input": "x", "loc": ()}
        text = translate(verdicts.in_words(error), "en")
        assert re.escape(pattern) not in re.escape(text), f"no words for {pattern}"


def test_an_unknown_complaint_is_still_reported():
    text = verdicts.in_words({"type": "new", "msg": "something {odd}", "loc": ()})
    assert text == phrase("not as it must be: {reason}", reason="something {odd}")
