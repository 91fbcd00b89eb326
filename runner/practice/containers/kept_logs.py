"""Logs of containers that have ended, on this machine's disk: they outlive the runtime's process."""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from runner.practice.containers.container_config import LogLine

MOST_CHARACTERS = 256 * 1024
"""Of one log: the last lines are kept."""
MOST_LOGS = 300
"""The oldest go."""


class KeptLogs:
    """A file for each container: a line of JSON for each of its own. Without a folder nothing is kept."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder

    def keep(self, pod: str, container: str, lines: Sequence[LogLine]) -> None:
        """The container has ended. Where the disk is full its log is not kept."""
        if self._folder is None or not lines:
            return
        texts: list[str] = []
        size = 0
        for line in reversed(lines):
            texts.append(json.dumps(asdict(line), separators=(",", ":")) + "\n")
            size += len(texts[-1])
            if size > MOST_CHARACTERS:
                break
        with contextlib.suppress(OSError):
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            (self._folder / _name(pod, container)).write_text("".join(reversed(texts)), encoding="utf-8")
            files = sorted(self._folder.iterdir(), key=lambda path: path.stat().st_mtime_ns)
            for path in files[:-MOST_LOGS]:
                path.unlink()

    def read(self, container: str) -> list[LogLine] | None:
        """None where no log of that container is kept, or it can't be read."""
        if self._folder is None:
            return None
        try:
            for path in self._folder.glob(_name("*", container)):
                texts = path.read_text(encoding="utf-8").splitlines()
                return [LogLine(**json.loads(text)) for text in texts]
        except (OSError, ValueError, TypeError):
            return None
        return None

    def forget(self, pod: str) -> None:
        """The pod is gone."""
        if self._folder is not None:
            with contextlib.suppress(OSError):
                for path in self._folder.glob(_name(pod, "*")):
                    path.unlink()


def _name(pod: str, container: str) -> str:
    """A file's name: nothing of it comes from a path, and "*" stands for all."""
    return "_".join(re.sub(r"[^\w*-]", "", part) for part in (pod, container)) + ".log"
