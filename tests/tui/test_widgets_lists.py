"""Steps, commands and checks as lists: what is chosen, what is reported, in which language, without colour."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest
from rich.cells import cell_len
from textual.app import App
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget

from checks.base import Check, Finding, ObjectRef, Outcome, Verdict
from checks.file import File
from checks.quiz import Quiz
from runner.labs.model import Command
from runner.session.attempt_state import CommandRun
from runner.session.step_states import StepState
from runner.shell import CommandEnd
from runner.tui.widgets import step_commands as commands_module
from runner.tui.widgets.check_list import CheckList
from runner.tui.widgets.step_commands import CommandRow, StepCommands
from runner.tui.widgets.step_list import StepList, StepRow
from runner.words import phrase
from tests.tui.conftest import shown, until, until_shown

HOSTILE = [
    "[red]red[/red] [@click=app.bell]x[/]",
    "\x1b[2J\x1b]0;gone\x07\x00",
    "x" * 10_000,
    "👨‍👩‍👧‍👦⚠️ 한글" * 40,
]


class Alone(App[None]):
    """One widget, and the messages that it posts."""

    language = reactive("en")

    def __init__(self, widget: Widget, fill: Callable[[Any], object]) -> None:
        super().__init__()
        self.widget, self.fill, self.reported = widget, fill, list[Message]()

    def compose(self) -> Any:
        yield self.widget

    def on_mount(self) -> None:
        self.fill(self.widget)
        self.widget.focus()

    def on_step_list_chosen(self, message: Message) -> None:
        self.reported.append(message)

    on_step_commands_run = on_step_commands_insert = on_step_commands_copy = on_step_list_chosen
    on_check_list_explain = on_check_list_question = on_step_list_chosen
    on_check_list_copy = on_check_list_insert = on_step_list_chosen


def steps(count: int = 30) -> list[StepRow]:
    states = [StepState.PASSED, StepState.BROKEN, StepState.RUNNING, StepState.WAITING, StepState.OPEN]
    states += [StepState.LOCKED] * count
    title = {"en": "Step number {}", "ko": "단계 번호 {}"}
    return [
        StepRow(str(n), n, {k: v.format(n) for k, v in title.items()}, states[n - 1], n == 6)
        for n in range(1, count + 1)
    ]


async def test_every_state_of_a_step_has_a_mark_of_its_own():
    app = Alone(StepList(), lambda it: it.show(steps(6), "5"))
    async with app.run_test(size=(32, 10)) as pilot:
        await until_shown(pilot, "Step number 6")
        lines = shown(app).splitlines()
        assert [line[1] for line in lines[:6]] == ["✓", "✗", "▸", "…", "○", "·"]
        assert lines[4].startswith("▌")
        assert lines[5].rstrip().endswith("bonus")


async def test_a_step_is_chosen_by_key_and_by_mouse():
    app = Alone(StepList(), lambda it: it.show(steps(6), "1"))
    async with app.run_test(size=(32, 10)) as pilot:
        await until_shown(pilot, "Step number 6")
        await pilot.press("j", "ㅓ", "enter")  # the second with Hangul switched on
        await until(pilot, lambda: app.reported)
        await pilot.click(StepList, offset=(6, 4))
        await until(pilot, lambda: len(app.reported) == 2)
        assert [message.step_id for message in app.reported] == ["3", "5"]  # type: ignore[attr-defined]


async def test_the_step_that_is_read_is_in_view_and_the_place_is_kept():
    app = Alone(StepList(), lambda it: it.show(steps(), "25"))
    async with app.run_test(size=(32, 8)) as pilot:
        await until_shown(pilot, "Step number 25")
        await pilot.press("k")
        changed = [*steps()[:29], StepRow("30", 30, {"en": "Other"}, StepState.OPEN, False)]
        app.widget.show(changed, "25")  # type: ignore[attr-defined]
        await pilot.pause(0.05)
        assert app.widget.chosen == "24"  # type: ignore[attr-defined]
        await until_shown(app, "Step number 25")


async def test_a_title_that_is_cut_is_whole_in_the_tooltip():
    row = StepRow(
        "a", 1, {"en": "A title that is much longer than the list is [red]wide"}, StepState.OPEN, True
    )
    app = Alone(StepList(), lambda it: it.show([row], "a"))
    async with app.run_test(size=(30, 8), tooltips=True) as pilot:
        await until_shown(pilot, "…")
        await pilot.hover(StepList, offset=(8, 0))
        await until(pilot, lambda: app.widget.tooltip)
        assert "longer than the list is [red]wide\nto be done\nbonus" in str(app.widget.tooltip)


def to_run(command: str) -> CommandRow:
    return CommandRow(Command(command=command), None)


def ran(command: str, end: CommandEnd | None, by: str = "") -> CommandRow:
    return CommandRow(Command(command=command), CommandRun(0, command, end, by))


COMMANDS = [
    ran("kubectl get ns", CommandEnd(0, 1.2)),
    ran("kubectl apply -f a.yaml", CommandEnd(1, 0.3), by="learner"),
    to_run("cat <<END\ntwo\nEND"),
]


async def test_commands_report_how_they_ended_and_the_next_one_is_at_hand():
    app = Alone(StepCommands(), lambda it: it.show("s", COMMANDS, by_hand=False))
    async with app.run_test(size=(60, 20)) as pilot:
        await until_shown(pilot, "⏎ run")
        text = shown(app)
        assert "✓ $ kubectl get ns" in text
        assert "succeeded · 1.2 s" in text
        assert "✗ $ kubectl apply -f a.yaml" in text
        assert "you typed it: exit code 1 after 0.3 s" in text
        assert "· $ cat <<END" in text
        assert "  > two" in text
        await pilot.press("enter", "down", "r", "c", "y")
        await until(pilot, lambda: len(app.reported) == 4)
        assert [(type(reported).__name__, reported.index) for reported in app.reported] == [  # type: ignore[attr-defined]
            ("Run", 1), ("Run", 2), ("Insert", 2), ("Copy", 2),
        ]  # fmt: skip


async def test_by_hand_enter_puts_it_on_the_prompt():
    app = Alone(StepCommands(), lambda it: it.show("s", COMMANDS, by_hand=True))
    async with app.run_test(size=(60, 20)) as pilot:
        await until_shown(pilot, "⏎ put on the prompt")
        await pilot.press("enter")
        await until(pilot, lambda: app.reported)
        assert isinstance(app.reported[0], StepCommands.Insert)


async def test_what_is_offered_is_done_by_a_click():
    app = Alone(StepCommands(), lambda it: it.show("s", COMMANDS, by_hand=False))
    async with app.run_test(size=(60, 20)) as pilot:
        await until_shown(pilot, "y copy")
        lines = shown(app).splitlines()
        y = next(at for at, line in enumerate(lines) if "y copy" in line)
        await pilot.click(StepCommands, offset=(lines[y].index("y copy") + 3, y))
        await until(pilot, lambda: app.reported)
        assert [type(reported) for reported in app.reported] == [StepCommands.Copy]


async def test_a_click_on_a_command_goes_there_and_runs_nothing():
    app = Alone(StepCommands(), lambda it: it.show("s", COMMANDS, by_hand=False))
    async with app.run_test(size=(60, 20)) as pilot:
        await until_shown(pilot, "⏎ run")
        await pilot.click(StepCommands, offset=(8, 0))
        await until(pilot, lambda: app.widget.chosen == "s/0")  # type: ignore[attr-defined]
        await until(pilot, lambda: "⏎ run" in shown(app).splitlines()[2])
        await pilot.press("y")
        await until(pilot, lambda: app.reported)
        assert [type(reported) for reported in app.reported] == [StepCommands.Copy]


async def test_enter_is_offered_only_where_it_is_the_lists():
    app = Alone(StepCommands(), lambda it: it.show("s", COMMANDS, by_hand=False))
    async with app.run_test(size=(60, 20)) as pilot:
        await until_shown(pilot, "⏎ run")
        app.screen.set_focus(None)
        await until(pilot, lambda: "⏎" not in shown(app))


async def test_who_leaves_the_list_of_steps_leaves_it_at_the_step_that_is_read():
    app = Alone(StepList(), lambda it: it.show(steps(6), "2"))
    async with app.run_test(size=(32, 10)) as pilot:
        await until_shown(pilot, "Step number 6")
        await pilot.press("end")
        app.screen.set_focus(None)
        await until(pilot, lambda: app.widget.chosen == "2")  # type: ignore[attr-defined]


async def test_who_comes_to_the_checks_is_at_the_first_that_wants_something():
    app = checks_app([file(), file()], [outcome(Verdict.PASSED), outcome(Verdict.FAILED)])
    async with app.run_test(size=(60, 20)) as pilot:
        await until_shown(pilot, "✗ The file")
        await pilot.press("enter")
        await until(pilot, lambda: app.reported)
        assert app.reported[0].index == 1  # type: ignore[attr-defined]


async def test_the_commands_of_a_locked_step_are_for_reading():
    app = Alone(StepCommands(), lambda it: it.show("s", COMMANDS[2:], by_hand=False, locked=True))
    async with app.run_test(size=(60, 20)) as pilot:
        await until_shown(pilot, "cat <<END")
        assert "▸" not in shown(app)
        await pilot.press("down", "enter", "r", "c", "y")
        await until(pilot, lambda: app.reported)
        assert [type(reported) for reported in app.reported] == [StepCommands.Copy]


async def test_what_a_command_asks_is_reported_beside_it():
    asking = [
        Command(command="istioctl install", answers=[{"expect": r"Proceed\? \(y/N\)", "send": "y"}]),
        Command(command="kubectl edit svc a", keys=[":%s/a/b/g", "enter"]),
    ]
    rows = [CommandRow(each, None) for each in asking]
    app = Alone(StepCommands(), lambda it: it.show("s", rows, by_hand=True))
    async with app.run_test(size=(60, 20)) as pilot:
        await until_shown(pilot, "answer y to “Proceed? (y/N)”")
        await until_shown(app, "keys in the editor: :%s/a/b/g  ⏎")


async def test_a_running_command_reports_for_how_long(monkeypatch):
    now = 100.0
    clock = SimpleNamespace(monotonic=lambda: now)  # the list's own: asyncio goes on by the real one
    monkeypatch.setattr(commands_module, "time", clock)
    list_ = StepCommands()
    app = Alone(list_, lambda it: it.show("s", [ran("sleep 100", None)], by_hand=False))
    async with app.run_test(size=(60, 20)) as pilot:
        await until_shown(pilot, "running")
        now = 112.0
        list_.respeak()
        await until_shown(pilot, "running for 12 s")
        assert "⏎ run" not in shown(app)


def outcome(verdict: Verdict, found: str = "Nothing there", *findings: Finding) -> Outcome:
    return Outcome(verdict, phrase("A file"), phrase(found), findings)


def file(**more: Any) -> File:
    return File.model_validate({"file": "a.txt", "title": {"en": "The file", "ko": "파일"}, **more})


QUESTION = Quiz.model_validate({"quiz": "Why?", "id": "why", "answer": "because"})


def checks_app(checks: list[Check], outcomes: list[Outcome | None], *, begun: bool = True) -> Alone:
    return Alone(CheckList(), lambda it: it.show(checks, outcomes, begun=begun))


async def test_before_anything_was_done_what_fails_is_just_not_yet_so():
    app = checks_app([file(message="Wrong!")], [outcome(Verdict.FAILED)], begun=False)
    async with app.run_test(size=(60, 20)) as pilot:
        await until_shown(pilot, "○ The file")
        assert "✗" not in shown(app)
        assert "Wrong!" not in shown(app)


async def test_what_fails_reports_what_was_found_why_and_the_way_out():
    finding = Finding(
        "disk-full",
        phrase("The disk is full"),
        phrase("Free some space: {command}", command="rm -r /tmp/x"),
        ObjectRef("Pod", "a", "b"),
        "DiskFull",
        "status.reason",
        others=3,
    )
    app = checks_app([file(message="Wrong!")], [outcome(Verdict.FAILED, "Nothing there", finding)])
    async with app.run_test(size=(60, 20)) as pilot:
        await until_shown(pilot, "✗ The file")
        text = " ".join(shown(app).split())
        for each in (
            "Wrong!", "found Nothing there", "cause The disk is full", "object pod/a in b, and 3 more",
            "seen in status.reason │ DiskFull", "remedy Free some space: $ rm -r /tmp/x", "⏎ explain c put on the prompt",
        ):  # fmt: skip
            assert each in text
        await pilot.press("y", "c")
        await until(pilot, lambda: len(app.reported) == 2)
        assert [type(message) for message in app.reported] == [CheckList.Copy, CheckList.Insert]
        assert {message.command for message in app.reported} == {"rm -r /tmp/x"}  # type: ignore[attr-defined]
        app.reported.clear()
        await pilot.press("enter")
        await until(pilot, lambda: app.reported)
        assert app.reported[0].index == 0  # type: ignore[attr-defined]


async def test_a_cause_that_several_checks_fail_for_is_reported_once():
    finding = Finding(
        "x", phrase("The disk is full"), phrase("Free some space"), ObjectRef("Pod", "a"), source="event"
    )
    other = replace(finding, about=ObjectRef("Pod", "b"))
    checks = [file(), file(hidden=True), file()]
    outcomes = [outcome(Verdict.FAILED, "Nothing", each) for each in (finding, finding, other)]
    app = checks_app(checks, outcomes)
    async with app.run_test(size=(60, 20)) as pilot:
        await until_shown(pilot, "same as above: The disk is full")
        assert shown(app).count("Free some space") == 1
        await until_shown(app, "pod/a, and 1 more")


@pytest.mark.parametrize(
    ("verdict", "mark"), [(Verdict.PASSED, "✓"), (Verdict.ERROR, "!"), (Verdict.SKIPPED, "-")]
)
async def test_every_verdict_has_a_mark_of_its_own(verdict, mark):
    app = checks_app([file()], [outcome(verdict)])
    async with app.run_test(size=(60, 20)) as pilot:
        await until_shown(pilot, f"{mark} The file")


async def test_what_is_on_its_way_moves_and_rests_when_it_is_there():
    app = checks_app([file()], [outcome(Verdict.PENDING)])
    async with app.run_test(size=(60, 20)) as pilot:
        await until_shown(pilot, "The file")
        first = shown(app).splitlines()[0][0]
        await until(pilot, lambda: shown(app).splitlines()[0][0] != first)
        app.widget.show([file()], [outcome(Verdict.PASSED)], begun=True)  # type: ignore[attr-defined]
        await until_shown(pilot, "✓ The file")
        assert not app.widget._clock._active.is_set()  # type: ignore[attr-defined]


async def test_hidden_ones_are_counted_and_report_nothing():
    secret = file(hidden=True, title="Secret", message="Secret")
    app = checks_app([file(), secret, secret], [None, outcome(Verdict.FAILED), None])
    async with app.run_test(size=(60, 20)) as pilot:
        await until_shown(pilot, "and 2 more that are not shown")
        assert "Secret" not in shown(app)


async def test_a_question_is_a_question_and_leads_there():
    wrong = Outcome(
        Verdict.FAILED, phrase("Answered"), phrase("Not the right answer: {answer}", answer=("x",))
    )
    none = outcome(Verdict.FAILED, "Not answered yet")
    app = checks_app([file(), QUESTION, QUESTION], [None, none, wrong])
    async with app.run_test(size=(60, 20)) as pilot:
        await until_shown(pilot, "? Question 1: not answered yet")
        await until_shown(app, "✗ Question")
        await pilot.press("end", "enter")
        await until(pilot, lambda: app.reported)
        assert isinstance(app.reported[0], CheckList.Question)
        assert app.reported[0].question == "why"


async def test_all_lists_follow_the_language():
    fills: list[tuple[Widget, Callable[[Any], object], str]] = [
        (StepList(), lambda it: it.show(steps(6), "1"), "보너스"),
        (StepCommands(), lambda it: it.show("s", COMMANDS, by_hand=False), "⏎ 실행"),
        (CheckList(), lambda it: it.show([file()], [outcome(Verdict.FAILED)], begun=True), "실제 상태"),
    ]
    for widget, fill, korean in fills:
        app = Alone(widget, fill)
        async with app.run_test(size=(60, 20)) as pilot:
            await until(pilot, lambda app=app: shown(app).strip())
            app.language = "ko"
            await until_shown(pilot, korean)


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("width", [24, 48])
async def test_foreign_text_is_shown_as_it_is_and_stays_inside(text, width):
    finding = Finding("any", phrase("{t}", t=text), phrase("{t}", t=text), ObjectRef(text, text), text)
    found = Outcome(Verdict.FAILED, phrase("{t}", t=text), phrase("{t}", t=text), (finding,))
    fills: list[tuple[Widget, Callable[[Any], object]]] = [
        (StepList(), lambda it: it.show([StepRow("a", 1, {"en": text}, StepState.OPEN, True)], "a")),
        (StepCommands(), lambda it: it.show("s", [to_run(text)], by_hand=False)),
        (CheckList(), lambda it: it.show([file(title=text, message=text, hint=text)], [found], begun=True)),
    ]
    for widget, fill in fills:
        app = Alone(widget, fill)
        async with app.run_test(size=(width, 20)) as pilot:
            await until(pilot, lambda app=app: shown(app).strip())
            text_shown = shown(app)
            assert all(cell_len(line) <= width for line in text_shown.splitlines())
            assert "\x1b" not in text_shown
            assert "\x00" not in text_shown
            if text.startswith("[red]"):
                assert "[red]" in text_shown
