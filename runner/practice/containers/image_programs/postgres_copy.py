"""COPY of postgres: rows as lines of text, in dumps and at psql's input."""

from __future__ import annotations

import re
from typing import Any

_COPY = re.compile(r"copy\s+([\w.\"]+\s*(?:\([^)]*\))?)\s+from\s+stdin\b[^;]*", re.IGNORECASE)
_ESCAPES = {"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"}


def copy_target(statement: str) -> str:
    """`public.t (id, name)` of COPY public.t (id, name) FROM stdin; "" for other statements."""
    found = _COPY.fullmatch(statement.strip())
    return found[1] if found else ""


def line_of(row: list[Any]) -> str:
    """A row as COPY writes it."""
    return "\t".join("\\N" if value is None else _escaped(str(value)) for value in row)


def insert_of(target: str, line: str) -> str:
    """The statement that adds a row of COPY's."""
    values = ("NULL" if text == "\\N" else _quoted(_plain(text)) for text in line.split("\t"))
    return f"INSERT INTO {target} VALUES ({', '.join(values)})"  # noqa: S608 (of a lab's own database)


def with_inserts(text: str) -> str:
    """A script in which the rows after each COPY are statements."""
    lines, target = [], ""
    for line in text.splitlines():
        if target:
            if line == "\\.":
                target = ""
            else:
                lines.append(f"{insert_of(target, line)};")
        elif not (target := copy_target(line.rstrip().removesuffix(";"))):
            lines.append(line)
    return "\n".join(lines)


def _escaped(text: str) -> str:
    return "".join(_ESCAPES.get(each, each) for each in text)


def _plain(text: str) -> str:
    plain = {"t": "\t", "n": "\n", "r": "\r", "\\": "\\"}
    return re.sub(r"\\(.)", lambda found: plain.get(found[1], found[1]), text)


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
