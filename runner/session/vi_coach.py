"""Which keys come next in an editor that a step's command has opened: the command's own, from where the learner is."""

from __future__ import annotations

from collections.abc import Sequence

from checks.diagnosis.command_lines import Part, parts
from runner.labs.model import Command, Step
from runner.session.lessons.object_types import PLURALS
from runner.session.shell_now import ShellNow
from runner.shell.key_bytes import key_bytes

VI = frozenset(["vi", "vim", "nvim", "vim.basic", "vim.tiny", "vi.exe"])
"""Editors that the labs' keys are for."""
_NAMES = {"enter": "Enter", "escape": "Esc", "tab": "Tab", "space": "Space", "backspace": "Backspace"}


def strokes_now(step: Step, now: ShellNow) -> list[tuple[str, ...]]:
    """What is to be pressed now, by names of keys that belong together; [] where no editor of the step's is open."""
    index = edited_by(step, now.running) if now.editor in VI else None
    return strokes_left(step.run[index], now.typed) if index is not None else []


def edited_by(step: Step, running: str) -> int | None:
    """Which of the step's commands with keys a running program is, however its options stand; None for none of them."""
    now = next(iter(parts(running)), None)
    if now is None:
        return None
    for index, command in enumerate(step.run):
        part = next(iter(parts(command.command)), None)
        if command.keys and part is not None and _same(now, part):
            return index
    return None


def _same(one: Part, other: Part) -> bool:
    def asked(part: Part) -> tuple[str, str, list[str]]:
        objects = sorted(PLURALS.get(word, word) for each in part.words[1:] for word in each.split("/"))
        return part.name, part.verb, objects

    return asked(one) == asked(other)


def strokes(command: Command) -> list[tuple[str, ...]]:
    """The keys as they belong together: a text and the Enter after it."""
    groups: list[tuple[str, ...]] = []
    for key in command.keys:
        if key.lower() == "enter" and groups and groups[-1][-1].lower() not in ("enter", "escape"):
            groups[-1] = (*groups[-1], key)
        else:
            groups.append((key,))
    return groups


def done_of(groups: Sequence[tuple[str, ...]], typed: str) -> tuple[int, str]:
    """How many groups were typed in full, and what was typed since."""
    rest = _as_it_stands(typed)
    for number, group in enumerate(groups):
        text = "".join(key_bytes(key).decode() for key in group)
        _, found, after = rest.partition(text)
        if not found:
            return number, rest
        rest = after
    return len(groups), rest


def strokes_left(command: Command, typed: str) -> list[tuple[str, ...]]:
    """What is to be pressed now, by names of keys; [] for nothing more."""
    groups = strokes(command)
    done, since = done_of(groups, typed)
    left = groups[done:]
    if not left:
        return []
    if not since or left[0][0].lower() == "escape":
        return left
    return [("escape",), *left]  # half typed, or in whatever mode they are: it leads out of it


def written(groups: Sequence[tuple[str, ...]]) -> str:
    """Keys as they are written for a person: `Esc  :%s/a/b/ Enter  :wq! Enter`."""
    return "  ".join(" ".join(_NAMES.get(key.lower(), key) for key in group) for group in groups)


def _as_it_stands(typed: str) -> str:
    """Without what was taken back by the backspace key."""
    kept: list[str] = []
    for character in typed:
        if character in "\x7f\b":
            del kept[-1:]
        else:
            kept.append(character)
    return "".join(kept)
