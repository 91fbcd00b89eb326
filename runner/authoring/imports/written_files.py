"""Files that a text has its reader write: with an editor, or by hand before they are applied."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import PurePosixPath

from runner.authoring.imports.kubectl import PLAIN
from runner.authoring.imports.markup import Action

WRITES = re.compile(r"^\s*cat\s*>\s*(?P<file>[^\s<>|&;]+)\s*$")
"""`cat > FILE`, which takes what is pasted then."""
_SHARED = "/tmp"  # noqa: S108  # the scenario's own words: the learner may write there, too


def write_command(name: str, content: str) -> str:
    """The command that writes a file."""
    end = "EOF"
    while end in content.split("\n"):
        end += "F"
    folder = PurePosixPath(name).parent.as_posix()
    made = "" if folder in (".", _SHARED) else f"mkdir -p {folder} && "
    return f"{made}cat > {name} <<'{end}'\n{content.rstrip()}\n{end}"


def written(command: str) -> set[str]:
    """The files that a command writes, as far as it says."""
    found = re.findall(r"(?<![\d&])>{1,2}\s*([^\s;&|<>]+)", command.split("\n", 1)[0])
    found += re.findall(r"\b(?:touch|cp\s+\S+|tee)\s+([^\s;&|<>]+)", command)
    return {name.strip("\"'").removeprefix("./") for name in found}


def file_of(command: str) -> str:
    """The file that an editor is opened for, "" if that is none that can be written."""
    writes = WRITES.match(command)
    words = (
        [writes["file"]]
        if writes
        else [word for word in command.split()[1:] if not word.startswith(("-", "+"))]
    )
    if "edit" in words or not words:
        return ""
    name = words[-1].strip("\"'").removeprefix("./")
    return (
        name
        if PLAIN.fullmatch(name) and not name.startswith("/")
        else name
        if name.startswith(f"{_SHARED}/")
        else ""
    )


def wanted_file(following: Sequence[Action]) -> str | None:
    """The one file that the next commands apply."""
    for action in following:
        if not action.executed:
            if action.block:
                return None
            continue
        found = re.search(
            r"\bk(?:ubectl)?\s+(?:\S+\s+)*?(?:apply|create|replace)\s+(?:\S+\s+)*?(?:-f|--filename)[ =]*(\S+)",
            action.text,
        )
        if not found:
            continue
        name = found[1].removeprefix("./")
        plain = (
            PLAIN.fullmatch(name)
            and not name.startswith(("/", "http", "-"))
            and name.endswith((".yaml", ".yml", ".json"))
        )
        return name if plain else None
    return None
