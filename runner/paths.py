"""Where Labgate keeps a learner's things."""

from __future__ import annotations

import os
from pathlib import Path

import platformdirs


def data_folder() -> Path:
    """The learner's own folder (mode 0700): $LABGATE_HOME, or the platform's user data folder."""
    chosen = os.environ.get("LABGATE_HOME")
    folder = Path(chosen) if chosen else platformdirs.user_data_path("labgate")
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return folder
