"""A lab that is being written by a program (recorded, imported): gathered as data, then written as an author would.

What is still to be done by the author is a comment beginning with `TODO:` above the step that it is about.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from runner.authoring.json_schemas import written
from runner.authoring.new_lab import SCHEMA, check_name, make_folder
from runner.labs.load import FILE
from runner.labs.scalars import plain_value, surprise

Words = Mapping[str, str]
"""A text by language: {"en": "…", "ko": "…"}."""


@dataclass(slots=True)
class DraftCommand:
    """A command of a step, as lab.yaml has it."""

    command: str
    answers: list[tuple[str, str]] = field(default_factory=list)
    """(expect, send) each; `expect` is a regular expression."""
    keys: list[str] = field(default_factory=list)
    otherwise: str = ""
    timeout: str = ""


@dataclass(slots=True)
class DraftStep:
    """A step. `text` is Markdown and becomes files beside the lab; `checks` are as lab.yaml has them."""

    id: str
    title: Words
    text: Words
    run: list[DraftCommand] = field(default_factory=list)
    checks: list[Mapping[str, Any]] = field(default_factory=list)
    within: str = ""
    hints: list[Words] = field(default_factory=list)
    solution: list[DraftCommand] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    """Comments above the step: one line each, without "#"."""
    more: dict[str, Any] = field(default_factory=dict)
    """Other keys of the step: console, learnt, optional."""


@dataclass(slots=True)
class Draft:
    """A whole lab. `files` are further files of its folder by their relative path."""

    title: Words
    summary: Words
    steps: list[DraftStep]
    minutes: int = 30
    level: str = "beginner"
    setup: list[DraftCommand] = field(default_factory=list)
    more: dict[str, Any] = field(default_factory=dict)
    """Other keys of the lab, in the order to be written: requires, variables, practice, cleanup."""
    notes: list[str] = field(default_factory=list)
    files: dict[str, bytes] = field(default_factory=dict)


def write(draft: Draft, folder: Path) -> Path:
    """Write the lab into `folder`, which must not be there yet; returns its lab.yaml. Raises new.CannotBegin."""
    check_name(folder.name)
    make_folder(folder)
    for step in draft.steps:
        for language, text in step.text.items():
            _put(folder / "text" / f"{step.id}.{language}.md", (text.rstrip() + "\n").encode())
    for name, content in draft.files.items():
        _put(folder / name, content)
    _put(folder / SCHEMA, written().encode())
    _put(folder / FILE, text_of(draft).encode())
    return folder / FILE


def text_of(draft: Draft) -> str:
    """The lab.yaml of a draft."""
    head: dict[str, Any] = {
        "format": 1,
        "title": dict(draft.title),
        "summary": dict(draft.summary),
        "minutes": draft.minutes,
        "level": draft.level,
    }
    ending = {name: draft.more[name] for name in ("cleanup",) if name in draft.more}
    head |= {name: value for name, value in draft.more.items() if name not in ending}
    if draft.setup:
        head["setup"] = [as_written(each) for each in draft.setup]
    parts = [
        f"# yaml-language-server: $schema=./{SCHEMA}\n",
        _comment(draft.notes),
        _yaml(head),
        "\nsteps:\n",
    ]
    parts += [_step(step) for step in draft.steps]
    if ending:
        parts += ["\n", _yaml(ending)]
    return "".join(parts)


def _step(step: DraftStep) -> str:
    data: dict[str, Any] = {"id": step.id, "title": dict(step.title), "text": f"text/{step.id}"}
    if step.run:
        data["run"] = [as_written(each) for each in step.run]
    if step.checks:
        data["checks"] = [dict(each) for each in step.checks]
    if step.within:
        data["within"] = step.within
    if step.hints:
        data["hints"] = [dict(each) for each in step.hints]
    if step.solution:
        data["solution"] = [as_written(each) for each in step.solution]
    data |= step.more
    lines = (_comment(step.notes) + _yaml([data])).splitlines()
    return "\n" + "".join(f"  {line}\n" if line else "\n" for line in lines)


def as_written(each: DraftCommand) -> Any:
    """A command as lab.yaml has it."""
    data: dict[str, Any] = {"command": each.command}
    if each.answers:
        data["answers"] = [{"expect": expect, "send": send} for expect, send in each.answers]
    if each.keys:
        data["keys"] = list(each.keys)
    if each.otherwise:
        data["otherwise"] = each.otherwise
    if each.timeout:
        data["timeout"] = each.timeout
    return data if len(data) > 1 else each.command


def _comment(lines: Sequence[str]) -> str:
    return "".join(f"# {line}\n" for note in lines for line in note.splitlines())


def _put(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


class _Dumper(yaml.SafeDumper):
    """Block style, lists indented under their key, text of several lines as a literal block."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        super().increase_indent(flow, False)

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _text(dumper: yaml.SafeDumper, value: str) -> yaml.Node:
    style = "|" if "\n" in value.rstrip("\n") else None
    if surprise(value) or not isinstance(
        plain_value(value), str
    ):  # the loader's YAML is stricter than PyYAML's
        style = '"'
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style=style)


_Dumper.add_representer(str, _text)


def _yaml(data: Any) -> str:
    return yaml.dump(data, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=110)
