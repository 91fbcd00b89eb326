"""Commands typed in the wrong folder, and folders that no longer exist."""

from __future__ import annotations

import difflib
import re
import shlex
from itertools import islice
from pathlib import Path

from checks.base import Finding, World
from checks.diagnosis.question import CHANGING, Question, elsewhere, quoted
from checks.path_state import exists, is_dir
from checks.phrase import phrase

_NO_PATH = r'the path "([^"]+)" (?:does not exist|cannot be accessed)'
_MOST_LOOKED_AT = 2000


async def wrong_folder(question: Question) -> Finding | None:
    """kubectl could not find the given file or folder."""
    change = await question.change()
    found = change and re.search(_NO_PATH, change[0].output)
    if not change or not found or change[0].exit_code == 0:
        return None
    ran, name = change[0], found[1]
    if exists(ran.folder / name):
        return None  # it has come since
    evidence = quoted(ran.output, _NO_PATH)
    there = elsewhere(name, question.world.workspace.root)
    if there is not None:
        folder = Path(str(there)[: -len(name.removeprefix("./").strip("/")) - 1])
        return Finding(
            "wrong-folder",
            phrase("{path} is a path from another folder: it is in {folder}", path=name, folder=str(folder)),
            phrase("Go there, and run it again: {command}", command=f"cd {shlex.quote(str(folder))}"),
            evidence=evidence,
            source=ran.line,
        )
    near = _similar(ran.folder / name)
    if near:
        corrected = ran.line.replace(name, str(Path(name).parent / near) if "/" in name else near)
        return Finding(
            "path-typo",
            phrase("{path} does not exist, but {near} does", path=name, near=near),
            phrase("Run it again with the right name: {command}", command=corrected),
            evidence=evidence,
            source=ran.line,
        )
    return Finding(
        "path-missing",
        phrase(
            "{path} is not in the folder where you ran the command: {folder}",
            path=name,
            folder=str(ran.folder),
        ),
        phrase(
            "See where you are (pwd) and what is there (ls); the lab's own folder is {root}.",
            root=str(question.world.workspace.root),
        ),
        evidence=evidence,
        source=ran.line,
    )


def folder_gone(world: World) -> Finding | None:
    """The shell is in a folder that was deleted or moved: relative paths fail."""
    now = world.workspace.environment.get("PWD", "")
    if not now or is_dir(Path(now)):
        return None
    return Finding(
        "folder-gone",
        phrase("The shell is in a folder that no longer exists: {folder}", folder=now),
        phrase(
            "Go back to the lab's folder: {command}", command=f"cd {shlex.quote(str(world.workspace.root))}"
        ),
        evidence=f"PWD={now}",
        source="PWD",
    )


async def typed_in_a_folder_that_is_gone(question: Question) -> Finding | None:
    """For a check of the cluster: only if the last change failed there."""
    change = await question.change()
    if change is None or change[0].exit_code == 0 or change[1].verb not in CHANGING:
        return None
    return folder_gone(question.world) if change[0].folder == question.world.workspace.folder else None


_VERSIONED = re.compile(r"(.+?)-v?\d+(?:\.\d+)+$")


def similar_path(path: Path) -> Finding | None:
    """For a missing path: a sibling with nearly the same name (another version, a typo)."""
    name = _similar(path)
    versions = _VERSIONED.match(path.name), _VERSIONED.match(name)
    if not name or (versions[0] and versions[1] and versions[0][1] == versions[1][1]):
        return None  # the rule of downloads reports another version
    there = path.parent / name
    return Finding(
        "similar-name",
        phrase("There is something with a similar name: {path}", path=str(there)),
        phrase("Check the name and the version that you typed."),
        evidence=str(there),
        source=str(path.parent),
    )


def _similar(path: Path) -> str:
    try:
        names = [entry.name for entry in islice(path.parent.iterdir(), _MOST_LOOKED_AT)]
    except OSError:
        return ""
    near = difflib.get_close_matches(path.name, names, n=1, cutoff=0.75)
    return near[0] if near else ""
