"""Where every line of a scenario's pages went: into a text, a hint, a command, a file of the lab, or a note.

As a script it looks at real courses: `python -m tests.authoring.imports.accounting FOLDER…` imports each scenario below the
folders and prints the lines that are nowhere, and the folded ones that stand in a step's text.
"""

from __future__ import annotations

import json
import re
import sys
import tempfile
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from typing import NamedTuple

import yaml

from runner.authoring.imports import course
from runner.authoring.imports.notes import Notes, Unreadable
from runner.authoring.lab_draft import write
from runner.labs.lab_problems import Problem

_MARK = re.compile(r"\{\{[^{}\n]*\}\}|\[\[[A-Z0-9_]+\]\]")
_ADDRESS = re.compile(r"\]\([^)\n]*\)|https?://\S+")
_TAG = re.compile(r"</?[A-Za-z][^<>\n]*>|<!--|-->")
_FENCE = re.compile(r"^[\s>]*(?:[-*+]\s+|\d+[.)]\s+)?(?:`{3,}|~{3,})")
_QUESTION = re.compile(r"^\s*>>\s*[Qq]?\d+\s*[:.)]")
_NAMES = frozenset({"root", "HOME", "LABGATE", "WORKSPACE", "home", "scrapbook", "tutorial", "sudo"})
"""The home folder's names, which are the workspace's in the lab; and what means nothing there."""
_CALLED = {"k": "kubectl"}


class Line(NamedTuple):
    """A line of a page."""

    file: str
    number: int
    text: str


def words(text: str) -> list[str]:
    """What a line says, without how it is marked up."""
    plain = _TAG.sub(" ", _ADDRESS.sub("] ", _MARK.sub(" ", unescape(_QUESTION.sub("", text)))))
    found = re.findall(r"[^\W_]+", plain)
    return [_CALLED.get(word, word) for word in found if word not in _NAMES]


def _together(texts: list[str]) -> str:
    return f" {' '.join(word for text in texts for line in text.split(chr(10)) for word in words(line))} "


def pages(scenario: Path) -> Iterator[tuple[str, list[str]]]:
    """The pages that index.json names, each with its lines."""
    details = json.loads((scenario / "index.json").read_text(encoding="utf-8-sig")).get("details") or {}
    parts = [details.get("intro"), *(details.get("steps") or []), details.get("finish")]
    names = [part.get(key) for part in parts if isinstance(part, dict) for key in ("text", "answer")]
    for name in dict.fromkeys(each for each in names if isinstance(each, str)):
        yield name, (scenario / name).read_text(encoding="utf-8-sig").replace("\r\n", "\n").split("\n")


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for each in value.values():
            yield from _texts(each)
    elif isinstance(value, list):
        for each in value:
            yield from _texts(each)


def unaccounted(scenario: Path, lab: Path, notes: list[Problem]) -> list[Line]:
    """The lines that are nowhere in the lab in `lab`, and in no note: neither by their number nor by their words."""
    output = list(_texts(yaml.safe_load((lab / "lab.yaml").read_text())))
    output += [
        path.read_text(errors="replace")
        for path in sorted(lab.rglob("*"))
        if path.is_file() and path.name not in ("lab.yaml", "lab.schema.json")
    ]
    output += [note.message.render() for note in notes]
    whole = _together(output)
    reported = {(note.file.name, note.line) for note in notes}
    return [
        Line(name, number, line.strip())
        for name, lines in pages(scenario)
        for number, line in enumerate(lines, start=1)
        if words(line)
        and not _FENCE.match(line)
        and (Path(name).name, number) not in reported
        and f" {' '.join(words(line))} " not in whole
    ]


def folded(lines: list[str]) -> tuple[list[Line], list[Line]]:
    """The lines within `<details>`, and those without."""
    inside, outside, depth, fence = list[Line](), list[Line](), 0, ""
    for number, line in enumerate(lines, start=1):
        mark = _FENCE.match(line)
        if mark and not fence and not mark.string[mark.end() :].lstrip().startswith("{{"):
            fence = mark[0].strip()[-3:]
        elif mark and fence and mark[0].strip().endswith(fence):
            fence = ""
        opens = 0 if fence else len(re.findall(r"<details\b", line, re.IGNORECASE))
        closes = 0 if fence else len(re.findall(r"</details\b", line, re.IGNORECASE))
        (inside if depth or opens else outside).append(Line("", number, line))
        depth = max(0, depth + opens - closes)
    return inside, outside


def visible(scenario: Path, lab: Path) -> list[Line]:
    """The folded lines that stand in a step's text, as whole lines, though no page has them outside of its folds."""
    shown = {
        " ".join(words(line)) for path in (lab / "text").glob("*.md") for line in path.read_text().split("\n")
    }
    everything = [(name, *folded(lines)) for name, lines in pages(scenario)]
    open_ones = {" ".join(words(line.text)) for _, _, outside in everything for line in outside}
    return [
        Line(name, line.number, line.text)
        for name, inside, _ in everything
        for line in inside
        if len(output := " ".join(words(line.text))) > 10 and output in shown and output not in open_ones
    ]


def main() -> None:
    """Look at the scenarios of real courses."""
    counted = dict.fromkeys(("scenarios", "refused", "unaccounted", "visible"), 0)
    for index in (index for folder in sys.argv[1:] for index in sorted(Path(folder).rglob("index.json"))):
        counted["scenarios"] += 1
        notes = Notes()
        with tempfile.TemporaryDirectory() as temporary:
            try:
                drafts = course.read(index.parent, notes, "en").drafts
            except Unreadable:
                counted["refused"] += 1
                continue
            name, draft = next(iter(drafts.items()))
            lab = write(draft, Path(temporary) / name).parent
            for what, lines in (
                ("unaccounted", unaccounted(index.parent, lab, notes.all)),
                ("visible", visible(index.parent, lab)),
            ):
                counted[what] += len(lines)
                for line in lines:
                    print(f"{what}: {index.parent / line.file}:{line.number}: {line.text[:120]}")
    print(counted)


if __name__ == "__main__":
    main()
