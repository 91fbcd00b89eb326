"""A module's name is its own: what it holds can be said, searched for and imported without its folder."""

from __future__ import annotations

from collections import defaultdict
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
