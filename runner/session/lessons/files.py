"""Files and folders that are not where a line looks for them."""

from __future__ import annotations

import os
import shlex
from itertools import islice
from pathlib import Path

from checks.diagnosis.question import elsewhere
from runner.session.lessons.lesson import Lesson, Typed, nearest
from runner.words import phrase

_NO_FILE = (
    r"(?:[Nn]o such file or directory|그런 파일이나 디렉터리가 없습니다|그런 파일이나 디렉토리가 없습니다)"
)
_NAMES = (
    rf"(?:^|: )cd: (.+?): {_NO_FILE}",
    r'the path "([^"]+)" (?:does not exist|cannot be accessed)',
    r"cannot (?:access|stat|open|remove) '([^']+)'",
    rf"(?:open|stat|lstat) (\S+?): {_NO_FILE}",
    rf"(?:^|: )([^\s:]+): (?:Cannot open: )?{_NO_FILE}",
)
_MOST_LOOKED_AT = 2000


def missing_file(typed: Typed) -> Lesson | None:
    """What was named is elsewhere in the lab's folder, or called nearly the same."""
    found = next((found for pattern in _NAMES if (found := typed.search(pattern))), None)
    if found is None or typed.ran.exit_code == 0:
        return None
    name = found[1]
    here = typed.ran.folder
    if (path := _of_the_prompt(name, typed)) is not None:
        words = phrase("In this prompt ~ is the lab's folder; in commands ~ is your home folder.")
        return Lesson(words, _replaced(typed, name, os.path.relpath(path, here)))
    there = elsewhere(name, typed.root)
    if there is not None and there != here / name:
        if typed.parts and typed.parts[-1].name == "cd":
            words = phrase("{path} is in {folder}", path=name, folder=_shown(there.parent, typed))
            return Lesson(words, f"cd {shlex.quote(os.path.relpath(there, here))}")
        folder = Path(str(there)[: -len(name.removeprefix("./").strip("/")) - 1])
        words = phrase("{path} is in {folder}. Go there first.", path=name, folder=_shown(folder, typed))
        return Lesson(words, f"cd {shlex.quote(os.path.relpath(folder, here))}")
    near = nearest(Path(name).name, _names_in((here / name).parent), 0.75)
    if near:
        right = str(Path(name).parent / near) if "/" in name else near
        return Lesson(
            phrase("{path} does not exist, but {near} does", path=name, near=right),
            _replaced(typed, name, right),
        )
    return Lesson(phrase("{path} is not in this folder. To list it: ls", path=name), "ls")


def _of_the_prompt(name: str, typed: Typed) -> Path | None:
    """A path that was meant as the prompt shows it: `~/istio-1.11.3` of the lab's folder."""
    home = str(Path.home())
    if not name.startswith((home + "/", "~/")):
        return None
    path = typed.root / name.removeprefix(home).removeprefix("~").lstrip("/")
    return path if _there(path) else None


def _there(path: Path) -> bool:
    try:
        return path.exists()
    except (OSError, ValueError):
        return False


def _shown(folder: Path, typed: Typed) -> str:
    """A folder as the prompt shows it."""
    if folder == typed.root:
        return "~"
    return f"~/{folder.relative_to(typed.root)}" if folder.is_relative_to(typed.root) else str(folder)


def _replaced(typed: Typed, name: str, right: str) -> str:
    """The line with that path changed; it may be written with `~`."""
    line = typed.line
    for written in (name, name.replace(str(Path.home()), "~", 1), name.replace(str(Path.home()), "$HOME", 1)):
        if written in line:
            return line.replace(written, shlex.quote(right), 1)
    return ""


def _names_in(folder: Path) -> list[str]:
    try:
        return [entry.name for entry in islice(folder.iterdir(), _MOST_LOOKED_AT)]
    except (OSError, ValueError):
        return []
