"""Finding a bash that is new enough."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path

from runner.shell.shell_model import ShellProblem
from runner.words import phrase

NEEDED = (4, 4)
"""The first bash with PS0, which reports when a command starts."""

_ELSEWHERE = (
    "/opt/homebrew/bin/bash",
    "/usr/local/bin/bash",
    "/opt/local/bin/bash",
    "/usr/bin/bash",
    "/bin/bash",
)


def find_bash(environment: Mapping[str, str]) -> Path:
    """The first bash >= 4.4 on the environment's PATH or in the usual places, whatever SHELL says.

    Raises ShellProblem.
    """
    found: list[str] = []
    for candidate in _candidates(environment):
        version = _version(candidate)
        if version is None:
            continue
        if version >= NEEDED:
            return candidate
        found.append(f"{candidate} {'.'.join(map(str, version))}")
    if found:
        raise ShellProblem(
            phrase(
                "Labs need bash 4.4 or later. Found only: {found}. Install a newer bash and start "
                "again (macOS: brew install bash).",
                found=", ".join(found),
            )
        )
    raise ShellProblem(
        phrase(
            "Labs need bash, which was not found in PATH. Install it and start again (Debian, "
            "Ubuntu: apt install bash; macOS: brew install bash)."
        )
    )


def _candidates(environment: Mapping[str, str]) -> Iterator[Path]:
    folders = environment.get("PATH", os.defpath).split(os.pathsep)
    names = [Path(folder, "bash") for folder in folders if folder.startswith("/")]
    seen: set[Path] = set()
    for candidate in [*names, *map(Path, _ELSEWHERE)]:
        if candidate not in seen and os.access(candidate, os.X_OK) and candidate.is_file():
            seen.add(candidate)
            yield candidate


def _version(bash: Path) -> tuple[int, int] | None:
    """None if it can't be run."""
    ask = 'printf "%s %s" "${BASH_VERSINFO[0]}" "${BASH_VERSINFO[1]}"'
    try:
        output = subprocess.run(
            [bash, "--norc", "--noprofile", "-c", ask],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=10,
            env={"PATH": os.defpath},
            check=True,
        ).stdout.split()
        return int(output[0]), int(output[1])
    except (OSError, subprocess.SubprocessError, ValueError, IndexError):
        return None
