"""HTTPie's request items: Header:value, query==value, field=value, field:=json, and @ for files."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

SEPARATORS = (":=@", "=@", ":=", "==", "@", "=", ":", ";")
"""Those that begin at the same letter: the longest counts."""


class ItemError(Exception):
    """An item that means nothing, or whose JSON is none."""


@dataclass(slots=True)
class Items:
    """What the items say; `data` and `files` in their order."""

    headers: list[tuple[str, str]] = field(default_factory=list)
    query: list[tuple[str, str]] = field(default_factory=list)
    data: dict[str, Any] = field(default_factory=dict)
    files: list[tuple[str, str, bytes]] = field(default_factory=list)
    """(field, file name, content)"""

    def add(self, text: str, read: Callable[[str], bytes]) -> None:
        """Raises ItemError, OSError."""
        name, separator, value = split_item(text)
        if separator == ":":
            self.headers.append((name, value))
        elif separator == ";":
            self.headers.append((name, ""))
        elif separator == "==":
            self.query.append((name, value))
        elif separator == "@":
            self.files.append((name, value.rpartition("/")[2], read(value)))
        else:
            content = read(value).decode("utf-8", "replace") if separator.endswith("@") else value
            self.data[name] = self._json(text, content) if separator.startswith(":=") else content

    def _json(self, text: str, content: str) -> Any:
        try:
            return json.loads(content)
        except ValueError as error:
            raise ItemError(f'"{text}": {error}') from None


def split_item(text: str) -> tuple[str, str, str]:
    """(name, separator, value); a backslash takes a separator's meaning. Raises ItemError."""
    name, position = "", 0
    while position < len(text):
        if text[position] == "\\" and position + 1 < len(text):
            name += text[position + 1]
            position += 2
            continue
        found = next((each for each in SEPARATORS if text.startswith(each, position)), "")
        if found and not (found == ";" and position != len(text) - 1):
            return name, found, text[position + len(found) :]
        name += text[position]
        position += 1
    raise ItemError(f"'{text}' is not a valid value")
