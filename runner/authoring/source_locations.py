"""Where in lab.yaml what a program has to say of a lab is written."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from runner.labs.lab_files import read_text
from runner.labs.lab_problems import Problem
from runner.labs.load import FILE, shown
from runner.labs.source import read_nodes
from runner.labs.yaml_nodes import Path as At
from runner.labs.yaml_nodes import locate
from runner.words import Phrase

Remark = tuple[At, Phrase, Phrase | None, str]
"""Where in lab.yaml, the message, a hint, and the rule that says so."""


def placed(folder: Path, remarks: Iterable[Remark]) -> list[Problem]:
    """With file, line and column; the lab was read before, and can be read."""
    file, problems = shown(folder) / FILE, list[Problem]()
    root = read_nodes(read_text(folder / FILE, folder, file, problems) or "", file, problems)
    found = []
    for path, message, hint, rule in remarks:
        place = locate(root, path) if root is not None else None
        line, col = (place.line, place.col) if place else (None, None)
        found.append(Problem(file, line, col, message, hint, rule))
    return found
