"""What is at a path. A folder on the way that one may not enter is no reason to stop: Path.is_file() of Python before 3.14
raises PermissionError there, and a PATH or KUBECONFIG may name anything."""

from __future__ import annotations

import os
from pathlib import Path


def is_file(path: Path) -> bool:
    """Whether there is a file that can be reached."""
    return os.path.isfile(path)  # noqa: PTH113


def is_dir(path: Path) -> bool:
    """Whether there is a folder that can be reached."""
    return os.path.isdir(path)  # noqa: PTH112


def exists(path: Path) -> bool:
    """Whether there is anything that can be reached."""
    return os.path.exists(path)  # noqa: PTH110
