"""Regular expressions of a lab, checked when the lab is read."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError


def _compiles(pattern: str) -> str:
    try:
        re.compile(pattern)
    except (re.error, RecursionError, OverflowError) as error:
        raise PydanticCustomError(
            "regex", "not a regular expression: {reason}", {"reason": str(error)}
        ) from None
    return pattern


Regex = Annotated[str, Field(max_length=1000), AfterValidator(_compiles)]
"""A Python regular expression."""


def excerpt(text: str, most: int = 200) -> str:
    """`text` in one line of at most `most` characters, its end kept: what went wrong is said last."""
    line = " ".join(text.split())
    return line if len(line) <= most else "… " + line[-most + 2 :]
