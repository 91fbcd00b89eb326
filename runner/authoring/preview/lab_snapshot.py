"""The lab as saved at this moment, as its author should see it, or what is wrong with it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from checks.base import Check
from runner.authoring.lint.linter import lint
from runner.labs.lab_files import read_text
from runner.labs.lab_problems import LabErrors, Problem
from runner.labs.load import FILE, load, shown
from runner.labs.model import Lab, Step
from runner.labs.source import read_nodes
from runner.labs.yaml_nodes import List, Node, Scalar
from runner.labs.yaml_nodes import Mapping as MappingNode
from runner.session.session_texts import description
from runner.words import LANGUAGES, phrase, translate

LAB = ""
"""Stands for the lab as a whole where steps are named by their ids."""


@dataclass(frozen=True, slots=True)
class Reading:
    """The result of reading the files once. Without a `lab` there are `problems`; `advice` is lint's, by the step
    that it is about."""

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
        language: translate(phrase("hidden: {check}", check=description(open_, language)), language)
        for language in LANGUAGES
    }
    return open_.model_copy(update={"title": title})


def _by_step(folder: Path, lab: Lab, advice: Sequence[Problem]) -> dict[str, list[Problem]]:
    found: dict[str, list[Problem]] = {}
    root = read_nodes(read_text(folder / FILE, folder, folder / FILE, []) or "", folder / FILE, [])
    lines, files = _lines(root, lab.steps), _text_files(root, lab.steps)
    for problem in advice:
        message = _inside(folder, problem)
        before = [step for first, step in lines if first <= (problem.line or 0)]
        step = (
            before[-1]
            if before and problem.file == shown(folder) / FILE
            else files.get(message.file.as_posix(), LAB)
        )
        found.setdefault(step, []).append(message)
    return found


def _inside(folder: Path, problem: Problem) -> Problem:
    """With the file as it is called in the lab's folder: there is but one lab on the screen."""
    try:
        return replace(problem, file=problem.file.absolute().relative_to(folder.absolute()))
    except ValueError:
        return problem


def _lines(root: Node | None, steps: Sequence[Step]) -> list[tuple[int, str]]:
    """The line at which each step begins, and what comes behind the last."""
    nodes = _steps(root)
    if not isinstance(root, MappingNode) or not nodes:
        return []
    lines = [(node.place.line, step.id) for node, step in zip(nodes, steps, strict=False)]
    at, _ = root.entries["steps"]
    lines += [(place.line, LAB) for place, _ in root.entries.values() if place.line > at.line]
    return sorted(lines)


def _text_files(root: Node | None, steps: Sequence[Step]) -> dict[str, str]:
    """The steps by the files that hold their texts."""
    found: dict[str, str] = {}
    for node, step in zip(_steps(root), steps, strict=False):
        written = node.entries.get("text") if isinstance(node, MappingNode) else None
        if written and isinstance(written[1], Scalar):
            found |= {f"{written[1].text}.{language}.md": step.id for language in LANGUAGES}
    return found


def _steps(root: Node | None) -> Sequence[Node]:
    written = root.entries.get("steps") if isinstance(root, MappingNode) else None
    return written[1].items if written and isinstance(written[1], List) else ()
