from __future__ import annotations

from pathlib import Path

from runner.labs.library import own_labs
from runner.labs.load import load
from runner.session.trust import all_lines, commands_of, consent, visible

LAB = """
format: 1
title: Mine
summary: A lab
minutes: 5
level: beginner
setup: [echo setup]
steps:
  - id: one
    title: One
    text: "One it is. "
    run: [echo run, {command: echo first, otherwise: echo otherwise}, echo run]
    solution: [echo solution]
    checks: [{command: test -f here, exit_code: 0}]
  - {id: two, title: Two, text: "Two it is. ", run: [echo two]}
cleanup: {title: Away, text: "Away it is. ", run: [echo cleanup]}
"""


def lab(folder: Path):  # type: ignore[no-untyped-def]
    (folder / "mine").mkdir()
    (folder / "mine" / "lab.yaml").write_text(LAB)
    return load(folder / "mine")


def test_a_lab_from_elsewhere_shows_all_that_it_may_run_each_once(tmp_path: Path) -> None:
    assert list(all_lines(lab(tmp_path))) == [
        "echo setup",
        "echo run",
        "echo first",
        "echo otherwise",
        "echo solution",
        "test -f here",
        "echo two",
        "echo cleanup",
    ]


def test_nothing_is_asked_for_a_lab_of_labgates_own() -> None:
    assert consent(load(own_labs() / "kubernetes-basics")) is None


def test_judging_alone_runs_the_checks_commands_only(tmp_path: Path) -> None:
    assert list(commands_of(lab(tmp_path), run=False)) == ["test -f here"]


def test_only_some_steps_and_no_clean_up(tmp_path: Path) -> None:
    assert list(commands_of(lab(tmp_path), only=("two",), cleanup=False)) == ["echo setup", "echo two"]


def test_nothing_of_a_command_can_hide() -> None:
    assert visible("echo 하나\n  \x1b[2K\u202e# rm\r") == "echo 하나\n  \\x1b[2K\\u202e# rm\\r"
