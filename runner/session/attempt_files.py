"""What an attempt leaves beside its record: transcript, shell state, workspace."""

from __future__ import annotations

import shutil
from pathlib import Path

KUBECONFIG = "kubeconfig"
"""The attempt's own, where the cluster's is shared."""


def forget(folder: Path, workspace: Path | None) -> None:
    """Delete what an attempt left beside its record."""
    shutil.rmtree(folder / "shell", ignore_errors=True)
    (folder / KUBECONFIG).unlink(missing_ok=True)
    (folder / "transcript.txt").unlink(missing_ok=True)
    if workspace is not None:
        shutil.rmtree(workspace, ignore_errors=True)


def set_aside(folder: Path, workspace: Path | None, record: Path | None) -> None:
    """Keep what a finished attempt left: its transcript beside its record, and the files of the last one."""
    transcript = folder / "transcript.txt"
    if record is not None and transcript.exists():
        transcript.replace(
            record.with_name(record.name.replace("record-", "transcript-")).with_suffix(".txt")
        )
    if workspace is not None and workspace.exists():
        earlier = workspace.with_name("workspace-earlier")
        shutil.rmtree(earlier, ignore_errors=True)
        workspace.replace(earlier)
    forget(folder, workspace)


def end_of(transcript: Path, most: int = 200_000) -> str:
    """What the terminal showed last on earlier visits; the beginning of a long one is left out."""
    try:
        with transcript.open("rb") as file:
            file.seek(max(0, transcript.stat().st_size - most))
            return file.read().decode(errors="replace")
    except OSError:
        return ""
