"""What the line under the terminal says: one line for each moment of a lab."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import reduce as fold
from pathlib import Path

import pytest

from checks.base import Finding, Outcome, Ran, Verdict
from runner.labs.load import load
from runner.labs.model import Lab
from runner.session.attempt_state import AttemptState
from runner.session.attempt_view import AttemptView
from runner.session.coaching import Coaching, CoachingKind, coaching, one_line
from runner.session.events import CheckUpdated, CommandFinished, CommandStarted, Event, StepPassed
from runner.session.lessons import Lesson
from runner.session.reducer import reduce
from runner.session.session_texts import sentence
from runner.session.shell_now import ShellNow
from runner.session.unlock_policy import any_order
from runner.session.wrapping import Wrapped
from runner.shell import CommandEnd
from runner.words import Phrase, phrase

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
  - id: three
    title: An edit
    text: Edit it.
    run:
      - command: kubectl edit svc kiali -n istio-system
        keys: [":%s/ClusterIP/LoadBalancer/g", enter, ":wq!", enter]
    checks: [{service: kiali, in: istio-system, type: LoadBalancer}]
  - id: two
    title: To read
    text: Read it.
    checks: [{namespace: other}]
"""
EDIT = "kubectl edit svc kiali -n istio-system"
FIRST = "kubectl create namespace basics"


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Lab:
    folder: Path = tmp_path_factory.mktemp("labs") / "basics"
    folder.mkdir()
    (folder / "lab.yaml").write_text(LAB)
    return load(folder)


def after(lab: Lab, *events: Event) -> AttemptView:
    return AttemptView(lab, fold(reduce, events, AttemptState()), any_order)


def began(index: int = 0) -> Event:
    return CommandStarted("one", index, FIRST)


def ended(code: int, index: int = 0) -> Event:
    return CommandFinished("one", index, FIRST, CommandEnd(code, 1.0))


def _keys(keys: tuple[tuple[str, Phrase], ...]) -> str:
    names = {"ctrl+c": "Ctrl-C"}
    return " · ".join(f"{names.get(name, name.upper())} {does.render()}" for name, does in keys)


def message(line: Coaching | None) -> tuple[str, str, str] | None:
    return line and (line.kind.value, line.words.render(), _keys(line.keys))


@pytest.mark.parametrize(
    ("events", "line"),
    [
        ([], ("next", FIRST, "F2 run · F3 insert")),
        ([began()], ("running", f"running: {FIRST}", "Ctrl-C stops it")),
        ([began(), ended(1)], ("next", FIRST, "F2 run · F3 insert")),
        ([began(), ended(0)], ("next", "kubectl apply -f - <<EOF …", "F2 run · F3 insert")),
        ([StepPassed("one", 1.0)], ("done", "Step done.", "F8 next step")),
        ([StepPassed(each, 1.0) for each in ("one", "two", "three")], ("done", "All steps are done.", "")),
    ],
    ids=["begin", "running", "failed", "second", "passed", "finished"],
)
def test_what_is_to_be_done_now(lab: Lab, events: Sequence[Event], line: tuple[str, str, str]) -> None:
    assert message(coaching(after(lab, *events), "one")) == line


def test_a_line_on_the_prompt_is_the_whole_command(lab: Lab) -> None:
    line = coaching(after(lab, began(), ended(0)), "one")
    assert line is not None
    assert line.kind is CoachingKind.NEXT
    assert line.command.splitlines() == ["kubectl apply -f - <<EOF", "a", "EOF"]


def test_nothing_is_reported_where_nothing_is_to_be_typed(lab: Lab) -> None:
    assert coaching(after(lab), "two") is None


def test_of_a_command_of_several_lines_the_first_is_shown() -> None:
    assert one_line("a\nb") == "a …"
    assert one_line("a\n") == "a"


# with the shell's live state

NOW_EDITING = ShellNow(running="kubectl edit svc kiali -n istio-system", editor="vi", seconds=3)
KEYS = "In vi, press: "
SUBSTITUTE, SAVE = ":%s/ClusterIP/LoadBalancer/g Enter", ":wq! Enter"


@pytest.mark.parametrize(
    ("now", "line"),
    [
        (
            ShellNow(password=True, running="sudo true"),
            ("password", "A password is asked for: what you type is not shown and not kept.", ""),
        ),
        (ShellNow(typing=True), ("typing", "Labgate is typing for you. Your keys wait; Ctrl-C stops it.", "")),
        (NOW_EDITING, ("editor", f"{KEYS}{SUBSTITUTE}  {SAVE}", "F2 types it")),
        (replace(NOW_EDITING, typed=":%s/Clus"), ("editor", f"{KEYS}Esc  {SUBSTITUTE}  {SAVE}", "F2 types it")),
        (replace(NOW_EDITING, typed="ihello"), ("editor", f"{KEYS}Esc  {SUBSTITUTE}  {SAVE}", "F2 types it")),
        (replace(NOW_EDITING, typed=":%s/ClusterIP/LoadBalancer/g\r"), ("editor", f"{KEYS}{SAVE}", "F2 types it")),
        (replace(NOW_EDITING, typed=":%s/ClusterIX\x7fP/LoadBalancer/g\r"), ("editor", f"{KEYS}{SAVE}", "F2 types it")),
        (
            replace(NOW_EDITING, running="kubectl -n istio-system edit services/kiali"),
            ("editor", f"{KEYS}{SUBSTITUTE}  {SAVE}", "F2 types it"),
        ),
        (
            replace(NOW_EDITING, running="kubectl -n istio-system edit deploy/kiali"),
            ("running", "running: kubectl -n istio-system edit deploy/kiali", ""),
        ),
        (replace(NOW_EDITING, editor="nano"), ("running", "running: kubectl edit svc kiali -n istio-system", "")),
        (replace(NOW_EDITING, running="vi notes"), ("running", "running: vi notes", "")),
        (ShellNow(running="sleep 9"), ("next", EDIT, "F2 run · F3 insert")),
        (ShellNow(running="sleep 9", seconds=1), ("running", "running: sleep 9", "Ctrl-C stops it")),
        (ShellNow(last=Ran("x", 1, "", Path("/"))), ("next", EDIT, "F2 run · F3 insert")),
        (ShellNow(lesson=Lesson(phrase("So it is."), "kubectl get pods")), ("teaching", "So it is.", "F3 insert")),
        (ShellNow(lesson=Lesson(phrase("So it is."))), ("teaching", "So it is.", "")),
        (
            ShellNow(running="sleep 9", seconds=2, lesson=Lesson(phrase("So it is."))),
            ("running", "running: sleep 9", "Ctrl-C stops it"),
        ),
    ],
)  # fmt: skip
def test_what_the_shell_does_comes_first(lab: Lab, now: ShellNow, line: tuple[str, str, str]) -> None:
    assert message(coaching(after(lab), "three", now)) == line


def test_what_a_check_found_out_about_the_line_is_taught_too(lab: Lab) -> None:
    found = Finding(
        "wrong-folder",
        phrase("It is elsewhere."),
        phrase("Go there: {command}", command="cd istio"),
        source="kubectl apply -f a",
    )
    outcome = Outcome(Verdict.FAILED, phrase("a"), phrase("b"), (found,))
    view = after(lab, CheckUpdated("one", 0, outcome))
    typed = ShellNow(last=Ran("kubectl apply -f a", 1, "", Path("/")))
    line = coaching(view, "one", typed)
    assert message(line) == ("teaching", "It is elsewhere.", "F3 insert")
    assert line is not None
    assert line.command == "cd istio"
    other = ShellNow(last=Ran("kubectl get pods", 0, "", Path("/")))
    assert message(coaching(view, "one", other)) == ("next", FIRST, "F2 run · F3 insert")


def test_it_waits_for_a_check_and_says_since_when(lab: Lab) -> None:
    done = (began(), ended(0), began(1), ended(0, 1))
    last, what = Ran(FIRST, 0, "", Path("/")), sentence(lab.step("one").checks[0], None, "en")
    waiting = after(lab, *done, CheckUpdated("one", 0, Outcome(Verdict.PENDING, phrase("a"), phrase("b"))))
    assert message(coaching(waiting, "one")) == ("waiting", f"Not yet: {what}", "")
    line = coaching(waiting, "one", ShellNow(last=last, ago=12))
    assert message(line) == ("waiting", f"Not yet, for 12 s: {what}", "")
    failed = after(lab, *done, CheckUpdated("one", 0, Outcome(Verdict.FAILED, phrase("a"), phrase("b"))))
    assert message(coaching(failed, "one")) == ("waiting", f"Not yet: {what}", "F5 explains it")


def test_what_wrapped_is_offered_whole_once_the_commands_are_done(lab: Lab) -> None:
    now = ShellNow(wrapped=Wrapped(157, "kubectl get all | less -S"))
    done = coaching(after(lab, StepPassed("one", 1.0)), "one", now)
    assert done is not None
    assert (done.kind, done.wrapped, done.command) == (CoachingKind.DONE, 157, "kubectl get all | less -S")
    following = coaching(after(lab), "one", now)  # the next command is worth more
    assert following is not None
    assert (following.wrapped, following.command) == (0, FIRST)


@pytest.mark.parametrize("line", ["kubectl get all | less -S", "less a.yaml", "man kubectl"])
def test_a_pager_says_how_to_move_in_it_and_out_of_it(lab: Lab, line: str) -> None:
    told = message(coaching(after(lab), "one", ShellNow(running=line, editor="vi", seconds=3)))
    assert told == ("pager", "The arrow keys scroll, also sideways; q ends it.", "")
    other = message(coaching(after(lab), "one", ShellNow(running="top", editor="vi", seconds=3)))
    assert other == ("running", "running: top", "")
