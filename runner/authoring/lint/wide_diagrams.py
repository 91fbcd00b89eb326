"""Drawings that are cut off where the text stands beside a terminal."""

from __future__ import annotations

import re
from collections.abc import Iterator

from rich.cells import cell_len

from runner.authoring.lint.lint_context import Advice, Draft
from runner.words import phrase

MOST_COLUMNS = 47
"""Columns that a block has on a screen of 150 and more, where the text is at its narrowest."""

_DIAGRAM = re.compile(r"^(`{3,}|~{3,})diagram\b[^\n]*\n(.*?)^\1", re.DOTALL | re.MULTILINE)


def wide_diagram(draft: Draft) -> Iterator[Advice]:
    """A learner would have to open it to see its right end."""
    for path, file, first, words in draft.read():
        for drawing in _DIAGRAM.finditer(words):
            for number, line in enumerate(drawing[2].split("\n")):
                columns = cell_len(line.rstrip())
                if columns > MOST_COLUMNS:
                    before = words.count("\n", 0, drawing.start(2)) + number
                    yield Advice(
                        path,
                        phrase(
                            "this diagram has {columns} columns, and beside a terminal there is room for {most}",
                            columns=columns,
                            most=MOST_COLUMNS,
                        ),
                        file=file,
                        line=first + before if file else None,
                    )
                    break
