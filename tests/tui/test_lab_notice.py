"""The line above the keys: what it offers beside a step that is done."""

from __future__ import annotations

from dataclasses import replace
from functools import reduce as fold
from pathlib import Path

import pytest
from textual.content import Content

from checks.base import Outcome, Verdict
from runner.labs.load import load
from runner.session.attempt_state import AttemptState
from runner.session.attempt_view import AttemptView
from runner.session.coaching import coaching
from runner.session.events import CheckUpdated, StepPassed
from runner.session.reducer import reduce
from runner.session.unlock_policy import any_order
from runner.tui.screens.lab_notice import coach
from runner.tui.widgets.rows import OneLine
from runner.words import phrase

LAB = """\
format: 1
title: Basics
summary: A lab
minutes: 5
level: beginner
steps:
  - {id: one, title: One, text: Make it., checks: [{namespace: a}], learnt: A namespace groups objects.}
  - {id: two, title: Two, text: Make it., checks: [{namespace: b}]}
"""


@pytest.fixture
def passed(tmp_path: Path) -> AttemptView:
    looked = CheckUpdated("one", 0, Outcome(Verdict.FAILED, phrase("x"), phrase("y")))
    folder = tmp_path / "basics"
    folder.mkdir()
    (folder / "lab.yaml").write_text(LAB)
    return AttemptView(
        load(folder), fold(reduce, [looked, StepPassed("one", 1.0)], AttemptState()), any_order
    )


@pytest.mark.parametrize(("room", "first"), [(118, "f3"), (158, "f10")])
def test_what_wrapped_is_shown_by_zoom_where_that_is_wide_enough(passed, room, first):
    step = passed.lab.steps[0]
    said = coaching(passed, "one")
    assert said is not None
    line = coach(passed, step, replace(said, wrapped=157, command="x | less -S"), "en", room)
    assert [name for name, _ in line.keys] == [first, "f8"]


def test_what_was_learnt_is_said_whole_or_not_at_all(passed):
    line = coach(passed, passed.lab.steps[0], coaching(passed, "one"), "en")
    assert line.shorter is not None
    words = OneLine(Content(str(line.words.render())), shorter=Content(line.shorter.render()))
    assert words.lines(80)[0].plain == "Step done. A namespace groups objects."
    assert words.lines(30)[0].plain == "Step done."
