"""The stand-ins of one lab for another: what a practice cluster can't download, and the pages that its Services answer with."""

from __future__ import annotations

import shutil
from pathlib import Path

from runner.labs.model import Lab


def copy_standins(lab: Lab, folder: Path) -> None:
    """Give the lab that is made in this folder the stand-ins of `lab`."""
    standins = lab.folder / "practice"
    if standins.is_dir():
        shutil.copytree(standins, folder / "practice", ignore=shutil.ignore_patterns("__pycache__"))
