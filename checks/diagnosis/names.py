"""Files and programs that are there, under another name or in another place."""

from __future__ import annotations

import difflib
from itertools import islice
from pathlib import Path

from checks.base import Finding
from checks.words import phrase

MOST_LOOKED_AT = 2000
"""Entries of a folder; a learner's folder has a few."""


def similar_path(path: Path) -> Finding | None:
    """For a path that isn't there: a sibling whose name is nearly the same (another version, a typo)."""
    names = _names(path.parent)
    near = difflib.get_close_matches(path.name, names, n=1, cutoff=0.75)
    if not near:
        return None
    return Finding(
        "similar-name",
        phrase("Something of a similar name is there: {path}", path=str(path.parent / near[0])),
        phrase("Check the name and the version that were typed."),
    )


def elsewhere_on_disk(tool: str, root: Path) -> Finding | None:
    """For a program that the PATH doesn't find: a copy of it in the lab's folder, at most two folders deep."""
    for pattern in (tool, f"bin/{tool}", f"*/{tool}", f"*/bin/{tool}"):
        for path in islice(root.glob(pattern), 1):
            if path.is_file():
                return Finding(
                    "not-on-path",
                    phrase(
                        "The program is here, and this folder is not on the PATH: {folder}",
                        folder=str(path.parent),
                    ),
                    phrase(
                        "Put its folder on the PATH: {command}",
                        command=f'export PATH="$PATH:{path.parent}"',
                    ),
                )
    return None


def _names(folder: Path) -> list[str]:
    try:
        return [entry.name for entry in islice(folder.iterdir(), MOST_LOOKED_AT)]
    except OSError:
        return []
