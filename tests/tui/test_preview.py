"""The preview of a lab that is being written: read again on saving, with errors and advice in place."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from runner.labs.model import Practice
from runner.paths import apart
from runner.session.step_states import StepState
from runner.tui.widgets.problem_list import AdviceCard, Complaints
from runner.tui.widgets.step_list import StepList
from tests.tui.learning import NARROW, WIDE
from tests.tui.writing import writing

both_sizes = pytest.mark.parametrize("size", [NARROW, WIDE])


@both_sizes
async def test_what_is_saved_is_shown(tmp_path, size):
    async with writing(tmp_path, size, step="box") as at:
        await at.sees("A red box", "preview")
        at.saves("A red box", "A crimson box")
        await at.sees("A crimson box")
        await at.misses("A red box")
        assert at.screen.step_id == "box"


@both_sizes
async def test_errors_come_and_go_and_the_last_good_lab_stays_in_use(tmp_path, size):
    async with writing(tmp_path, size, step="box") as at:
        at.saves("learnt: {en: A Config", "learned: {en: A Config")
        await at.sees("lab.yaml:52:5", "unknown key: learned (did you mean learnt?)", "Errors: 1.")
        await at.press("f2")
        await at.sees("configmap/box created")
        await at.passes("box")
        await at.sees("Errors: 1.")  # beside the terminal, too
        at.saves("learned: {en: A Config", "learnt: {en: A Config")
        await at.misses("Errors: 1.", "unknown key")
        assert at.run.view.state("box") is StepState.PASSED


async def test_errors_and_advice_are_reported_in_korean(tmp_path):
    async with writing(tmp_path, step="box", language="ko") as at:
        await at.sees("lab.yaml:45:9", "실패할 수 없는 검사입니다", "빨간 상자")
        at.saves("learnt: {en: A Config", "learned: {en: A Config")
        await at.sees("알 수 없는 키: learned")
        await at.misses("unknown key", "Errors", "Could be better", "preview")
        await at.press("f9")
        await at.sees("Errors: 1.", "unknown key: learned", "Could be better: 1")


async def test_any_step_is_reached_and_hidden_checks_are_shown(tmp_path):
    async with writing(tmp_path) as at:
        await at.sees("Which are fruits?")
        assert at.run.view.state("open") is StepState.OPEN
        for step in ("box", "web", "open"):
            await at.press("f8")
            await at.at(step)
        await at.press("f7", "f7")
        await at.at("box")
        await at.sees("✓ hidden: Namespace default: exists")
        await at.misses("more that are not shown")
        await at.press("f2")  # though the first step has not passed
        await at.passes("box")
        assert at.run.view.state("fruits") is not StepState.PASSED


async def test_a_hidden_check_that_does_not_hold_says_why(tmp_path):
    hidden = {"{namespace: default, hidden: true}": "{namespace: elsewhere, hidden: true}"}
    async with writing(tmp_path, step="box", edits=hidden) as at:
        await at.press("f2")
        await at.sees("✗ hidden: Namespace elsewhere: exists", "found")


async def test_the_step_that_one_is_reported_of_advice_only_of(tmp_path):
    async with writing(tmp_path) as at:
        assert not at.screen.query_one(AdviceCard).display
        at.screen.step_id = "box"
        await at.sees("Could be better: 1", "lab.yaml:45:9", "[check-cannot-fail]")
        at.saves("{namespace: default, hidden: true}", "{namespace: shop, hidden: true}")
        await at.misses("check-cannot-fail")


async def test_checks_that_changed_are_looked_at_anew_and_others_keep_what_they_had(tmp_path):
    async with writing(tmp_path, step="box") as at:
        await at.outside.make_box()
        await at.passes("box")
        await at.press("f2")
        await at.sees("already exists")
        await at.prompt()
        at.saves("matches: {data: {color: red}}", "matches: {data: {color: blue}}")
        await at.until(lambda: at.run.view.state("box") is not StepState.PASSED)
        await at.sees("✗ The box is red")
        at.saves("matches: {data: {color: blue}}", "matches: {data: {color: red}}")
        await at.passes("box")
        assert at.run.view.commands("box")[0].end.exit_code == 1


async def test_the_place_is_kept_step_scroll_and_terminal(tmp_path):
    long = {
        "Make a ConfigMap that is called **box**.": "|\n"
        + "".join(f"        Line {n}.\n\n" for n in range(60))
    }
    async with writing(tmp_path, NARROW, step="box", edits=long) as at:
        text = at.screen.query_one("#text")
        text.scroll_to(y=40, animate=False)
        await at.until(lambda: text.scroll_offset.y == 40)
        at.saves("A red box", "A crimson box")
        await at.until(lambda: at.app.text(at.screen.step.title) == "A crimson box")
        assert text.scroll_offset.y == 40
        await at.press("f6", *"echo $((6*7))", "enter")
        await at.sees("42")
        at.saves("A crimson box", "A scarlet box")
        await at.until(lambda: at.app.text(at.screen.step.title) == "A scarlet box")
        await at.sees("42")
        assert at.screen.focused is at.terminal


async def test_a_step_that_is_renamed_moved_or_taken_out(tmp_path):
    async with writing(tmp_path, step="box") as at:
        await at.press("f2")
        await at.passes("box")
        at.saves("- id: box", "- id: crate")
        await at.at("crate")
        await at.passes("crate")
        at.screen.step_id = "web"
        path = at.folder / "lab.yaml"
        text = path.read_text()
        start, end = text.index("  - id: web"), text.index("  - id: open")
        path.write_text(text[:start] + text[end:])
        await at.at("open")
        path.write_text(text[: text.index("  - id: crate")] + text[text.index("cleanup:") :])
        await at.at("fruits")
        await at.until(lambda: at.screen.query_one(StepList).option_count == 1)
        path.write_text(text)
        await at.until(lambda: at.screen.query_one(StepList).option_count == 5)
        await at.passes("crate")


async def test_a_command_is_known_by_its_words(tmp_path):
    async with writing(tmp_path, step="box") as at:
        await at.press("f2")
        await at.passes("box")
        await at.prompt()
        assert [bool(each and each.succeeded) for each in at.run.view.commands("box")] == [True, False]
        create = "      - kubectl create configmap box --from-literal=color=red\n"
        at.saves(f"{create}      - echo", f"      - kubectl get nodes\n{create}      - echo")
        await at.until(lambda: len(at.run.view.commands("box")) == 3)
        assert [bool(each and each.succeeded) for each in at.run.view.commands("box")] == [False, True, False]


async def test_a_command_that_is_taken_out_while_it_runs(tmp_path):
    runs = {"- echo the box is $(": "- sleep 600; echo $("}
    async with writing(tmp_path, step="box", edits=runs) as at:
        await at.press("f2")
        await at.passes("box")
        await at.prompt()
        await at.press("f2")
        await at.until(lambda: at.run.view.state("box") is StepState.RUNNING)
        text = (at.folder / "lab.yaml").read_text()
        start, end = text.index("  - id: box"), text.index("  - id: web")
        (at.folder / "lab.yaml").write_text(text[:start] + text[end:])
        await at.at("web")
        assert not at.run.shell.ready
        at.screen.action_to_terminal()
        await at.until(lambda: at.screen.focused is at.terminal)
        await at.press("ctrl+c")
        await at.prompt()
        await at.press("f2")
        await at.sees("deployment.apps/web created")
        await at.passes("web")


async def test_a_page_about_a_check_that_is_gone_goes(tmp_path):
    async with writing(tmp_path, step="box") as at:
        await at.outside.make_box("blue")
        await at.sees("the box is red".capitalize())
        await at.press("f2")
        await at.sees("✗ The box is red")
        await at.press("f5")
        await at.until(
            lambda: at.app.screen is not at.app.screen_stack[-2] and "ExplainScreen" in repr(at.app.screen)
        )
        at.saves("matches: {data: {color: red}}", "matches: {data: {color: green}}")
        await at.until(lambda: "PreviewScreen" in repr(at.app.screen))
        await at.sees("✗ The box is red")


async def test_a_lab_that_can_not_be_read_from_the_start_comes_when_it_is_mended(tmp_path):
    async with writing(tmp_path, edits={"level: beginner": "level: easy"}, opens=False) as at:
        await at.until(lambda: at.app.screen.query(Complaints) and "unknown value: easy" in at.shown())
        await at.sees("lab.yaml:6:8", "Fix it, and save.", "Esc End")
        at.saves("level: easy", "level: beginner")
        await at.sees("Which are fruits?", "preview")


async def test_it_leaves_nothing_behind_and_touches_no_progress(tmp_path, home, monkeypatch):
    with apart("preview") as folder:
        async with writing(tmp_path, step="box") as at:
            await at.press("f2")
            await at.passes("box")
        assert (folder / "attempts").exists()
    assert not folder.exists()
    assert not home.exists()


async def test_a_key_ends_it(tmp_path):
    async with writing(tmp_path) as at:
        await at.sees("q End")
        await at.press("q")
        await at.until(lambda: not at.app.is_running)
        await asyncio.sleep(0)


async def test_the_lab_begins_anew_with_what_was_saved(tmp_path):
    async with writing(tmp_path, step="box") as at:
        await at.press("f2")
        await at.passes("box")
        at.saves("A red box", "A crimson box")
        await at.sees("A crimson box")
        before = at.run
        at.screen.act(lambda: at.screen.begin_again(cluster=False))
        await at.until(lambda: "PreviewScreen" in repr(at.app.screen) and at.run is not before)
        await at.prompt()
        assert at.app.text(at.run.lab.step("box").title) == "A crimson box"
        at.saves("A crimson box", "A scarlet box")
        await at.until(lambda: at.app.text(at.run.lab.step("box").title) == "A scarlet box")


async def test_what_the_lab_wants_done_before_its_first_step_is_done(tmp_path):
    async with writing(tmp_path, edits={"\nsteps:\n": "\nsetup:\n  - echo set up > here\nsteps:\n"}) as at:
        await at.until(lambda: at.run.view.succeeded("setup", 0))
        at.saves("A red box", "A crimson box")
        await at.until(lambda: at.app.text(at.run.lab.step("box").title) == "A crimson box")
        await at.press("f8")
        await at.at("box")
        await at.press("f2")
        await at.sees("configmap/box created")


async def test_another_version_of_the_cluster_is_reported(tmp_path):
    async with writing(tmp_path) as at:
        message = []
        at.app.show_message = lambda words, **_: message.append(words.render())
        before = at.run.lab
        now = before.model_copy(update={"practice": Practice(kubernetes="1.22")})
        at.run.target = replace(at.run.target, practice=True)
        at.screen._warn_of_the_cluster(before, now)
        assert "still as the earlier version of the lab made it" in message[0]


async def test_a_variable_that_was_set_is_set_after_each_save(tmp_path):
    edits = {
        "\nsteps:\n": "\nvariables: {shade: {default: dark}}\nsteps:\n",
        "{en: A red box,": "{en: 'A {{shade}} red box',",
    }
    async with writing(tmp_path, step="box", edits=edits, values={"shade": "pale"}) as at:
        await at.sees("A pale red box")
        at.saves("red box'", "green box'")
        await at.sees("A pale green box")
        at.saves("shade: {default", "shadow: {default")
        await at.sees("Errors:", "shade")
        await at.sees("A pale green box")
