"""Descriptions of built-in kinds and their fields from the Kubernetes API reference, as `kubectl explain` shows them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path

FILE = Path(__file__).with_name("descriptions.json")
OF_TYPE = ""
"""The entry that describes the type itself, beside those of its fields."""


def described(type_name: str) -> Mapping[str, str]:
    """The descriptions of a type of the field table ("V1PodSpec") by field; {} if nothing is known of it."""
    return _table().get(type_name, {})


@cache
def _table() -> dict[str, dict[str, str]]:
    """Read at the first use, so that the start of a cluster does not wait for it."""
    loaded: dict[str, dict[str, str]] = json.loads(FILE.read_text(encoding="utf-8"))
    return loaded
