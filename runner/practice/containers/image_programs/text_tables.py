"""Result tables as the clients of databases print them."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from typing import Any


def width(text: str) -> int:
    """Columns on a terminal."""
    return sum(2 if unicodedata.east_asian_width(each) in "WF" else 1 for each in text)


def _padded(text: str, to: int, *, right: bool) -> str:
    gap = " " * (to - width(text))
    return gap + text if right else text + gap


def mysql_table(columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    """With +---+ around it."""
    shown = [["NULL" if value is None else str(value) for value in row] for row in rows]
    widths = [max([width(name), *(width(row[at]) for row in shown)]) for at, name in enumerate(columns)]
    rights = [
        bool(rows) and all(isinstance(row[at], int | float) or row[at] is None for row in rows)
        for at in range(len(columns))
    ]
    rule = "+" + "+".join("-" * (each + 2) for each in widths) + "+\n"
    head = (
        "|"
        + "|".join(f" {_padded(name, widths[at], right=False)} " for at, name in enumerate(columns))
        + "|\n"
    )
    body = "".join(
        "|"
        + "|".join(f" {_padded(value, widths[at], right=rights[at])} " for at, value in enumerate(row))
        + "|\n"
        for row in shown
    )
    return rule + head + rule + body + rule


def mysql_vertical(columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    """As \\G prints it."""
    longest = max((width(name) for name in columns), default=0)
    found = []
    for number, row in enumerate(rows, 1):
        found.append(f"*************************** {number}. row ***************************\n")
        found += [
            f"{_padded(name, longest, right=True)}: {'NULL' if value is None else value}\n"
            for name, value in zip(columns, row, strict=True)
        ]
    return "".join(found)


def mysql_tabs(columns: Sequence[str], rows: Sequence[Sequence[Any]], *, names: bool) -> str:
    """As it comes where nobody is at a terminal."""
    lines = [list(columns)] if names else []
    lines += [
        ["NULL" if value is None else str(value).replace("\n", "\\n").replace("\t", "\\t") for value in row]
        for row in rows
    ]
    return "".join("\t".join(line) + "\n" for line in lines)


def psql_table(columns: Sequence[str], rows: Sequence[Sequence[Any]], title: str = "") -> str:
    """Aligned, with the count of rows below."""
    shown = [["" if value is None else str(value) for value in row] for row in rows]
    widths = [max([width(name), *(width(row[at]) for row in shown)]) for at, name in enumerate(columns)]
    rights = [
        bool(rows) and all(isinstance(row[at], int | float) or row[at] is None for row in rows)
        for at in range(len(columns))
    ]
    total = sum(widths) + 3 * len(widths) - 1
    head = "|".join(" " + name.center(widths[at]) + " " for at, name in enumerate(columns))
    rule = "+".join("-" * (each + 2) for each in widths)
    lines = [
        "|".join(f" {_padded(value, widths[at], right=rights[at])} " for at, value in enumerate(row)).rstrip()
        for row in shown
    ]
    over = f"{title.center(total).rstrip()}\n" if title else ""
    count = f"({len(rows)} row{'' if len(rows) == 1 else 's'})\n\n"
    return over + "\n".join([head, rule, *lines]) + "\n" + count


def psql_bare(rows: Sequence[Sequence[Any]], mark: str = "|") -> str:
    """As -tA prints it."""
    return "".join(mark.join("" if value is None else str(value) for value in row) + "\n" for row in rows)
