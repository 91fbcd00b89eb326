"""How long: `90s`, `5m`, `1h`, or a number of seconds."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import BeforeValidator, Field
from pydantic_core import PydanticCustomError

_UNITS = {"s": 1.0, "m": 60.0, "h": 3600.0}
_PATTERN = re.compile(r"(\d{1,9}(?:\.\d{1,9})?)([smh])", re.ASCII)
LONGEST = 24 * 3600.0


def _seconds(value: object) -> object:
    if not isinstance(value, str):
        return value
    found = _PATTERN.fullmatch(value.strip())
    if found is None:
        raise PydanticCustomError("duration", "a duration is a number of seconds, or 90s, 5m, 1h")
    return float(found[1]) * _UNITS[found[2]]


Duration = Annotated[
    float,
    Field(gt=0, le=LONGEST),
    BeforeValidator(
        _seconds,
        json_schema_input_type=Annotated[float, Field(gt=0, le=LONGEST)]
        | Annotated[str, Field(pattern=r"^\d{1,9}(\.\d{1,9})?[smh]$")],
    ),
]
"""Seconds, at most a day."""
