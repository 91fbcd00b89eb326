"""Variables that were set but did not reach the program they were meant for."""

from __future__ import annotations

import os
import re
import shlex
from pathlib import Path

from checks.base import Finding, Ran, World
from checks.diagnosis.question import elsewhere
from checks.path_state import is_dir
from checks.patterns import excerpt
from checks.phrase import phrase


def wrong_on_path(world: World, wanted: str) -> Finding | None:
    """A folder that does not exist was put on the PATH. None before the learner has tried."""
    ran = _set_by(world, "PATH")
    there = elsewhere(wanted, world.workspace.root)
    if ran is None or there is None or not is_dir(there):
        return None
    entries = world.workspace.environment.get("PATH", "").split(os.pathsep)
    missing = next(
        (
            each
            for each in entries
            if each.startswith("/") and not is_dir(Path(each)) and each in _typed(ran, world)
        ),
        "",
    )
    cause = phrase("The folder {folder} is not on the PATH", folder=str(there))
    if missing:
        cause = phrase(
            "A folder that does not exist was added to the PATH: {missing}. The right one is {folder}",
            missing=missing,
            folder=str(there),
        )
    return Finding(
        "path-wrong-folder",
        cause,
        phrase("Add the right one: {command}", command=f"export PATH={shlex.quote(str(there))}:$PATH"),
        evidence=missing or excerpt(ran.line),
        source=ran.line,
    )


def not_exported(world: World, name: str) -> Finding | None:
    """Set in the shell without export: programs that it starts don't see it."""
    ran = _set_by(world, name)
    if ran is None or world.workspace.environment.get(name) is not None:
        return None
    if re.search(rf"\b(export|declare -x)\b[^;&|]*\b{name}\b", ran.line):
        return None
    return Finding(
        "not-exported",
        phrase("{name} was set without export, so programs that the shell starts do not see it", name=name),
        phrase("Export it: {command}", command=f"export {name}"),
        evidence=excerpt(ran.line),
        source=ran.line,
    )


def _set_by(world: World, name: str) -> Ran | None:
    """The last line that set it in the shell, not for a single command."""
    pattern = re.compile(
        rf"(?:^|[;&]\s*)(?:(?:export|declare(?: -x)?)\s+)?{name}=(?:[^\s'\"]|'[^']*'|\"[^\"]*\")*\s*(?:$|[;&])"
    )
    return next(
        (ran for ran in reversed(world.workspace.history) if pattern.search(ran.line) and ran.exit_code == 0),
        None,
    )


def _typed(ran: Ran, world: World) -> set[str]:
    """The folders that a line added to the PATH, if they are literal or begin with $PWD."""
    found = re.search(r"PATH=([^;&]*)", ran.line)
    written = (found[1] if found else "").replace('"', "").replace("'", "").split(":")
    return {
        re.sub(r"\$\{?PWD\}?", str(ran.folder), each).replace("$(pwd)", str(ran.folder)).strip()
        for each in written
    }
