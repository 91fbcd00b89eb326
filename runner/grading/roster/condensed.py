"""A learner's report as a class keeps it: hundreds of them are in memory at a time."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any


def condensed(report: Mapping[str, Any]) -> dict[str, Any]:
    """The JSON report with words instead of words and values, and of what holds that it holds."""
    return {**report, "steps": [_step(step) for step in report["steps"]]}


def _step(step: Mapping[str, Any]) -> dict[str, Any]:
    return {**step, "checks": [_check(check) for check in step["checks"]]}


def _check(check: Mapping[str, Any]) -> dict[str, Any]:
    held = check["verdict"] in ("passed", "skipped", None)
    kept = {**check, "description": _words(check["description"])}
    for name in ("expected", "found"):
        kept[name] = None if held or check[name] is None else _words(check[name])
    kept["findings"] = [
        {**finding, "cause": _words(finding["cause"]), "remedy": _words(finding["remedy"])}
        for finding in check["findings"]
    ]
    return kept


def _words(words: Mapping[str, Any]) -> dict[str, Any]:
    return {"text": sys.intern(words["text"]), "values": {}}
