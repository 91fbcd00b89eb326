"""How reports are written down, such that they may also be printed where a CI system reads along."""

from __future__ import annotations

import json


def json_text(data: object, indent: int | None = 2) -> str:
    """JSON of the same data that has no `##` in it, by which commands to CI systems begin: the second is escaped."""
    return json.dumps(data, ensure_ascii=False, indent=indent).replace("##", "#\\u0023") + "\n"
