"""Two of Labgate's own labs as if there were no others, for tests of what is said of all labs."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from runner.labs import library

NAMES = ("istio-install", "kubernetes-basics")


def only_two_labs(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Copies them into `folder`, and lets Labgate take that for the folder of its own labs."""
    own = library.own_labs()
    for name in NAMES:
        shutil.copytree(own / name, folder / name)
    shutil.copy(own / "glossary.yaml", folder)
    monkeypatch.setattr(library, "own_labs", lambda: folder)
