"""What a handler answers."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

Object = dict[str, Any]


@dataclass
class Reply:
    """`stored` is the object behind `body`, where it is one of the resource's own."""

    code: int
    body: Object
    warnings: list[str] = field(default_factory=list)
    stored: Object | None = None


def success(code: int = 201) -> Reply:
    """A Status that says so."""
    return Reply(
        code, {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "code": code}
    )
