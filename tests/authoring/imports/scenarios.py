"""Small scenarios and transcripts made for tests, and the labs that come of them."""

from __future__ import annotations

import json
from pathlib import Path

from runner.authoring.imports import course
from runner.authoring.imports.notes import Notes
from runner.authoring.imports.transcript.transcript_lab import read
from runner.authoring.lab_draft import write
from runner.labs.lab_problems import Problem
from runner.labs.load import load
from runner.labs.model import Lab


def scenario(folder: Path, *pages: str, files: dict[str, str] | None = None, **more: object) -> Path:
    """A scenario in `folder` with a step for each page; `more` are further keys of the first step."""
    folder.mkdir(parents=True, exist_ok=True)
    steps = [{"title": f"Step {number}", "text": f"{number}.md"} for number in range(1, len(pages) + 1)]
    steps[0] |= more  # type: ignore[arg-type]
    index = {
        "title": "A scenario",
        "details": {"steps": steps},
        "backend": {"imageid": "kubernetes-kubeadm-1node"},
    }
    (folder / "index.json").write_text(json.dumps(index))
    for number, page in enumerate(pages, start=1):
        (folder / f"{number}.md").write_text(page)
    for name, content in (files or {}).items():
        (folder / name).write_text(content)
    return folder


def imported(folder: Path, to: Path) -> tuple[Lab, list[Problem]]:
    """The one lab of a scenario, read back, and the notes."""
    notes = Notes()
    ((name, draft),) = course.read(folder, notes, "en").drafts.items()
    return load(write(draft, to / name).parent), notes.all


def lab_of(to: Path, *pages: str, **more: object) -> tuple[Lab, list[str]]:
    """The lab of a scenario with these pages, and the notes in words."""
    lab, notes = imported(scenario(to / "from" / "source", *pages, **more), to)  # type: ignore[arg-type]
    return lab, reported(notes)


def reported(notes: list[Problem]) -> list[str]:
    """Notes in words, each with its file's name and its line."""
    return [note.render().removeprefix(f"{note.file.parent}/") for note in notes]


def transcript(to: Path, text: str, name: str = "t.md") -> tuple[Lab, list[str]]:
    """The lab of a transcript, and the notes in words."""
    (to / name).write_text(text)
    notes = Notes()
    return load(write(read(to / name, notes, "en"), to / "made").parent), reported(notes.all)


def run_of(lab: Lab) -> list[str]:
    """The commands of all steps."""
    return [each.command for step in lab.steps for each in step.run]


def solution_of(lab: Lab, step: int = 0) -> list[str]:
    """The commands that solve a step."""
    return [each.command for each in lab.steps[step].solution or ()]


def hints_of(lab: Lab, step: int = 0) -> str:
    """All hints of a step."""
    return "\n".join(words for hint in lab.steps[step].hints for words in hint.values())
