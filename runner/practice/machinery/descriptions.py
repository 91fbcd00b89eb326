"""What Kubernetes' API reference says of built-in kinds and their fields: the words that `kubectl explain` shows."""

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
    """Read when somebody asks for the first time: a start of the cluster doesn't wait for it."""
    loaded: dict[str, dict[str, str]] = json.loads(FILE.read_text(encoding="utf-8"))
    return loaded
