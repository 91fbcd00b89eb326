"""A module has a name of its own, so that it can be named without its folder; and names are the usual words."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
SHARED = frozenset({"__init__", "__main__", "model", "cli"})
"""Names that several packages may have."""


def test_no_two_modules_have_the_same_name() -> None:
    by_name: dict[str, list[str]] = defaultdict(list)
    for package in ("checks", "runner"):
        for module in sorted((ROOT / package).rglob("*.py")):
            if module.stem not in SHARED:
                by_name[module.stem].append(str(module.relative_to(ROOT)))
    assert len(by_name) > 500, "the modules were not found"
    assert {name: modules for name, modules in by_name.items() if len(modules) > 1} == {}


PRIVATE = re.compile(
    r"_*(?:.*_)?(?:told|tell|tells|said|befalls|befallen|leisure|trouble|troubles)(?:_.*)?", re.IGNORECASE
)
"""Words that were our own for a message, a report or a fault: a newcomer would have to learn them first."""


def _names(tree: ast.AST) -> Iterator[str]:
    """What a module names: functions, classes, their parameters, variables and attributes."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node.name
        elif isinstance(node, ast.arg):
            yield node.arg
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id
        elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            yield node.attr


def test_names_are_the_usual_words() -> None:
    found = {
        f"{module.relative_to(ROOT)}: {name}"
        for package in ("checks", "runner")
        for module in (ROOT / package).rglob("*.py")
        for name in _names(ast.parse(module.read_text()))
        if PRIVATE.fullmatch(name) and name != "tell_count"  # a key of the lab format
    }
    assert found == set()
