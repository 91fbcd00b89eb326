"""What the line under the terminal says: one line for each moment of a lab."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce as fold
from pathlib import Path

import pytest

from runner.labs.load import load
from runner.labs.model import Lab
from runner.session.attempt_state import AttemptState
from runner.session.attempt_view import AttemptView
from runner.session.coaching import Coaching, CoachingKind, coaching, one_line
from runner.session.events import CommandFinished, CommandStarted, Event, StepPassed
from runner.session.reducer import reduce
from runner.shell import CommandEnd

LAB = """\
format: 1
title: Basics
summary: A lab
minutes: 5
level: beginner
steps:
  - id: one
    title: A namespace
    text: Make it.
    run:
      - kubectl create namespace basics
      - |
        kubectl apply -f - <<EOF
        a
        EOF
    checks: [{namespace: basics}]
  - id: two
    title: To read
    text: Read it.
    checks: [{namespace: other}]
"""
FIRST = "kubectl create namespace basics"


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Lab:
    folder: Path = tmp_path_factory.mktemp("labs") / "basics"
    folder.mkdir()
    (folder / "lab.yaml").write_text(LAB)
    return load(folder)


def after(lab: Lab, *events: Event) -> AttemptView:
    return AttemptView(lab, fold(reduce, events, AttemptState()))


def began(index: int = 0) -> Event:
    return CommandStarted("one", index, FIRST)


def ended(code: int, index: int = 0) -> Event:
    return CommandFinished("one", index, FIRST, CommandEnd(code, 1.0))


def said(line: Coaching | None) -> tuple[str, str, str] | None:
    return line and (line.kind.value, line.words.render(), line.keys.render() if line.keys else "")


@pytest.mark.parametrize(
    ("events", "line"),
    [
        ([], ("next", FIRST, "F2 run · F3 insert")),
        ([began()], ("running", f"running: {FIRST}", "Ctrl-C stops it")),
        ([began(), ended(1)], ("next", FIRST, "F2 run · F3 insert")),
        ([began(), ended(0)], ("next", "kubectl apply -f - <<EOF …", "F2 run · F3 insert")),
        ([StepPassed("one", 1.0)], ("done", "Step done.", "F8 next step")),
        ([StepPassed("one", 1.0), StepPassed("two", 1.0)], ("done", "All steps are done.", "")),
    ],
    ids=["begin", "running", "failed", "second", "passed", "finished"],
)
def test_what_is_to_be_done_now(lab: Lab, events: Sequence[Event], line: tuple[str, str, str]) -> None:
    assert said(coaching(after(lab, *events), "one")) == line


def test_a_line_on_the_prompt_is_the_whole_command(lab: Lab) -> None:
    line = coaching(after(lab, began(), ended(0)), "one")
    assert line is not None
    assert line.kind is CoachingKind.NEXT
    assert line.command.splitlines() == ["kubectl apply -f - <<EOF", "a", "EOF"]


def test_nothing_is_said_where_nothing_is_to_be_typed(lab: Lab) -> None:
    assert coaching(after(lab), "two") is None


def test_of_a_command_of_several_lines_the_first_is_shown() -> None:
    assert one_line("a\nb") == "a …"
    assert one_line("a\n") == "a"
