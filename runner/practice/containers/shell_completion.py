"""What the Tab key offers in a shell: commands at the beginning of one, files elsewhere, variables after $."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from runner.practice.containers.container_files import ContainerFiles
from runner.practice.containers.running_container import RunningContainer
from runner.practice.containers.shell_command_names import SHELL_BUILTINS

_WORD = re.compile(r"(?:[^\s'\"|&;<>()=]|\\.)*$")
_BEGINS = re.compile(r"(?:^|[|&;(]|\b(?:then|do|else|time|exec|xargs|sudo)\s)\s*$")
_SPECIAL = re.compile(r"[\s$&;()'\"]")


def completions(container: RunningContainer, state: Any, before: str) -> Iterator[tuple[str, int]]:
    """(what stands instead, how much of the line before the cursor it replaces). A blank follows a word that is whole."""
    found = list(_possible(container, state, before))
    for text, begun in found:
        yield text + " " * (len(found) == 1 and not text.endswith("/")), begun


def _possible(container: RunningContainer, state: Any, before: str) -> Iterator[tuple[str, int]]:
    found = _WORD.search(before)
    word = found[0] if found else ""
    if word.startswith("$"):
        names = sorted({**state.env, **state.variables})
        yield from (
            (f"${name}", len(word))
            for name in names
            if name.startswith(word[1:]) and not name.startswith("_")
        )
        return
    if "/" not in word and _BEGINS.search(before[: len(before) - len(word)]):
        names = sorted({*container.command_names, *SHELL_BUILTINS, *state.aliases})
        yield from ((name, len(word)) for name in names if word and name.startswith(word) and "/" not in name)
        return
    yield from _files(ContainerFiles(container, state.cwd), state.env.get("HOME", "/root"), word)


def _files(files: ContainerFiles, home: str, word: str) -> Iterator[tuple[str, int]]:
    folder, slash, begun = word.rpartition("/")
    place = (home + folder[1:] if folder.startswith("~") else folder) + slash or "."
    if not files.is_folder(place):
        return
    for name in files.names(place):
        if name.startswith(begun) and (begun or not name.startswith(".")):
            end = "/" if files.is_folder(f"{place}/{name}") else ""
            yield f"{folder}{slash}{_SPECIAL.sub(_escaped, name)}{end}", len(word)


def _escaped(found: re.Match[str]) -> str:
    return f"\\{found[0]}"
