"""At the lab's screen: from step to step, between terminal and text, by keys and by mouse, at every size."""

from __future__ import annotations

import pytest

from runner.session.step_states import StepState
from tests.tui.learning import NARROW, WIDE, learning

both_sizes = pytest.mark.parametrize("size", [NARROW, WIDE])


@both_sizes
async def test_the_language_changes_in_the_middle_and_everything_with_it(tmp_path, size):
    async with learning(tmp_path, size) as at:
        await at.goes_to("box")
        await at.outside.make_box("blue") if size == WIDE else None
        await at.press("f4")
        await at.sees("Make a ConfigMap", "The first hint.")
        await at.press("f9")
        await at.sees("ConfigMap을 만듭니다", "첫 번째 힌트.", "작은 실습", "빨간 상자")
        await at.misses("Make a ConfigMap", "The first hint.", "A small lab", "Help")
        if size == WIDE:
            await at.sees("상자가 빨간색임")
            await at.misses("The box is red")
        await at.press("f6", "f9")  # in the terminal, too
        await at.sees("A small lab")
        await at.misses("작은 실습", "상자가")


@both_sizes
async def test_a_key_leads_to_the_terminal_and_the_same_one_back(tmp_path, size):
    async with learning(tmp_path, size) as at:
        await at.sees("F6 Terminal")
        for _ in range(2):
            await at.press("f6")
            await at.until(lambda: at.screen.focused is at.terminal)
            await at.sees("F6 Text")
            await at.press("f6")
            await at.until(lambda: at.screen.focused is not at.terminal)
            await at.sees("F6 Terminal", "Apples grow on trees.")


@both_sizes
async def test_whoever_types_on_at_once_goes_on_where_the_key_leads(tmp_path, size):
    async with learning(tmp_path, size) as at:
        for _ in range(2):
            for pane in ("terminal", "text"):
                await at.app.screen.run_action(f"to_{pane}")
                assert at.screen.focused_pane == pane, "the next key would go elsewhere"
                await at.until(lambda pane=pane: at.screen.pane == pane)


async def test_in_an_editor_every_key_but_one_is_the_editors(tmp_path):
    async with learning(tmp_path) as at:
        await at.goes_to("box")
        await at.press("f6", *"vi note", "enter")
        await at.until(lambda: at.terminal.full_screen)
        await at.press("f2", "f9", "f8", "escape", "i", *"quote", "escape")
        await at.sees("quote")
        assert at.screen.step_id == "box"
        assert at.app.language == "en"
        assert at.run.view.record.running is None
        await at.press("f6")
        await at.until(lambda: at.screen.focused is not at.terminal)
        await at.press("f9")
        await at.sees("ConfigMap을 만듭니다")
        await at.press("f6", *":q!", "enter")
        await at.until(lambda: not at.terminal.full_screen)
        await at.prompt()


async def test_an_earlier_step_that_broke_is_reported_and_a_key_goes_there(tmp_path):
    async with learning(tmp_path) as at:
        await at.goes_to("web")
        await at.outside.take_box()
        await at.sees("An earlier step fails now: A red box", "F5 go there")
        assert at.run.view.state("web") is not StepState.LOCKED
        await at.press("f5")
        await at.at("box")
        await at.sees("✗ The box is there")
        await at.misses("An earlier step fails")
        await at.outside.make_box()
        await at.sees("✓ The box is there")


@both_sizes
async def test_a_banner_is_clicked(tmp_path, size):
    async with learning(tmp_path, size) as at:
        await at.goes_to("web")
        await at.outside.take_box()
        await at.clicks("An earlier step fails")
        await at.at("box")
        await at.outside.make_box()
        await at.clicks("Step done.")
        await at.at("web")


@both_sizes
async def test_a_cluster_that_is_away_is_reported_until_it_is_back(tmp_path, size):
    async with learning(tmp_path, size) as at:
        await at.goes_to("box")
        await at.outside.practice.stop()
        await at.sees("The cluster does not answer", "○  ✓ 1/4")
        await at.outside.practice.start()
        await at.misses("The cluster does not answer")
        await at.outside.make_box()
        await at.passes("box")


async def test_steps_commands_keys_by_mouse(tmp_path):
    async with learning(tmp_path) as at:
        await at.does_fruits()
        await at.sees("Step done.")
        await at.press("f12")
        await at.clicks("2 A red box")
        await at.at("box")
        await at.clicks("$ kubectl create configmap box")
        await at.clicks("⏎ run")
        await at.sees("configmap/box created")
        await at.passes("box")
        await at.prompt()
        await at.clicks("next step")
        await at.at("web")
        await at.clicks("한국어")
        await at.sees("디플로이먼트로 실행합니다")


async def test_tabs_of_a_narrow_screen_are_clicked(tmp_path):
    async with learning(tmp_path, NARROW) as at:
        await at.goes_to("box")
        await at.clicks(" Checks ")
        await at.sees("○ The box is there")
        await at.clicks("All steps")
        await at.clicks("1 Which are fruits?")
        await at.at("fruits")
        await at.sees("Apples grow on trees.")
        await at.clicks(" Terminal ")
        await at.misses("Apples grow on trees.")
        await at.clicks("  Step  ")
        await at.sees("Apples grow on trees.")


async def test_a_terminal_that_is_resized_in_the_middle(tmp_path):
    async with learning(tmp_path, WIDE) as at:
        await at.goes_to("box")
        await at.press("f6", *"echo first", "enter")
        await at.pilot.resize_terminal(*NARROW)
        await at.until(lambda: at.screen.has_class("-narrow"))
        await at.until(lambda: at.run.shell.size[0] == 80)
        await at.sees("first", "All steps")
        await at.press("enter", *"tput cols", "enter")
        await at.until(lambda: "80" in at.shown().split())
        await at.pilot.resize_terminal(*WIDE)
        await at.until(lambda: at.screen.has_class("-wide") and at.run.shell.size == at.terminal.size)
        await at.sees("Make a ConfigMap", "○ The box is there", "2/5 A red box")


@both_sizes
async def test_back_and_forth_through_steps_that_are_done(tmp_path, size):
    async with learning(tmp_path, size) as at:
        await at.goes_to("box")
        await at.press("f7")
        await at.sees("Apples grow on trees.", "Right.")
        await at.press("f8")
        await at.sees("Make a ConfigMap")
        await at.press("f7")
        await at.sees("Apples grow on trees.")
        await at.press("f8")
        await at.at("box")


@pytest.mark.parametrize("size", [WIDE, NARROW])
async def test_nothing_moves_when_there_is_something_to_say(tmp_path, size):
    async with learning(tmp_path, size) as at:
        await at.goes_to("box")
        before = at.screen.query_one("#body").region
        await at.outside.make_box()
        await at.sees("Step done.")
        assert at.screen.query_one("#body").region == before
        at.screen.step_id = "open"
        await at.sees("Locked:")
        assert at.screen.query_one("#body").region == before
