"""The lab as its files say it at this moment: as its author is to see it, or what is wrong with it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from checks.base import Check
from runner.authoring.lint.lint import lint
from runner.labs.files import read_text
from runner.labs.load import FILE, load, shown
from runner.labs.model import Lab, Step
from runner.labs.nodes import List, Scalar
from runner.labs.nodes import Mapping as MappingNode
from runner.labs.problems import LabErrors, Problem
from runner.labs.source import read_nodes
from runner.session.said import description
from runner.words import LANGUAGES, phrase, say

LAB = ""
"""Stands for the lab as a whole where steps are named by their ids."""


@dataclass(frozen=True, slots=True)
class Reading:
    """One look at the files. Without a `lab` there are `problems`; `advice` is lint's, by the step that it is about."""

    lab: Lab | None
    problems: tuple[Problem, ...] = ()
    advice: Mapping[str, Sequence[Problem]] = field(default_factory=dict)


def read(folder: Path, values: Mapping[str, str]) -> Reading:
    """The lab with its variables set to `values`; hidden checks are shown, and marked as such. Never raises."""
    try:
        lab = load(folder, values)
    except LabErrors as error:
        return Reading(None, tuple(_inside(folder, each) for each in error.problems))
    try:
        advice = lint(folder)
    except LabErrors:  # saved again meanwhile, or a variable without a value
        advice = []
    return Reading(revealed(lab), (), _by_step(folder, lab, advice))


def revealed(lab: Lab) -> Lab:
    """The lab with its hidden checks in sight, said to be hidden."""
    steps = tuple(
        step.model_copy(update={"checks": tuple(_revealed(check) for check in step.checks)})
        for step in lab.steps
    )
    return lab.model_copy(update={"steps": steps})


def _revealed(check: Check) -> Check:
    if not check.hidden:
        return check
    open_ = check.model_copy(update={"hidden": False})
    title = {
        language: say(phrase("hidden: {check}", check=description(open_, language)), language)
        for language in LANGUAGES
    }
    return open_.model_copy(update={"title": title})


def _by_step(folder: Path, lab: Lab, advice: Sequence[Problem]) -> dict[str, list[Problem]]:
    found: dict[str, list[Problem]] = {}
    lines, files = _places(folder, lab.steps)
    for problem in advice:
        step = _step_of(problem, shown(folder) / FILE, lines, files)
        found.setdefault(step, []).append(_inside(folder, problem))
    return found


def _inside(folder: Path, problem: Problem) -> Problem:
    """With the file as it is called in the lab's folder: there is but one lab on the screen."""
    try:
        return replace(problem, file=problem.file.absolute().relative_to(folder.absolute()))
    except ValueError:
        return problem


def _step_of(problem: Problem, file: Path, lines: Sequence[tuple[int, str]], files: Mapping[str, str]) -> str:
    if problem.file != file:
        return files.get(problem.file.name.split(".")[0], LAB)
    before = [step for first, step in lines if first <= (problem.line or 0)]
    return before[-1] if before else LAB


def _places(folder: Path, steps: Sequence[Step]) -> tuple[list[tuple[int, str]], dict[str, str]]:
    """The line at which each step begins (and what comes behind the last), and the steps of the text files."""
    root = read_nodes(read_text(folder / FILE, folder, folder / FILE, []) or "", folder / FILE, [])
    if not isinstance(root, MappingNode) or "steps" not in root.entries:
        return [], {}
    (at, written), lines, files = root.entries["steps"], list[tuple[int, str]](), dict[str, str]()
    if isinstance(written, List):
        for node, step in zip(written.items, steps, strict=False):
            lines.append((node.place.line, step.id))
            text = node.entries.get("text") if isinstance(node, MappingNode) else None
            if text and isinstance(text[1], Scalar):
                files[Path(text[1].text).name] = step.id
    behind = [place.line for place, _ in root.entries.values() if place.line > at.line]
    lines += [(line, LAB) for line in behind]
    return sorted(lines), files
