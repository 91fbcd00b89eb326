"""At the lab's screen: commands run, questions are answered, checks turn by themselves."""

from __future__ import annotations

import pytest

from runner.session.step_states import StepState
from runner.tui.widgets.key_bar import KeyBar
from runner.tui.widgets.quiz_question import QuizCard
from tests.tui.learning import NARROW, WIDE, learning

both_sizes = pytest.mark.parametrize("size", [NARROW, WIDE])


@both_sizes
async def test_a_key_runs_the_steps_commands_one_after_the_other(tmp_path, size):
    async with learning(tmp_path, size) as at:
        await at.goes_to("box")
        await at.press("f2")
        await at.sees("configmap/box created")
        await at.passes("box")
        await at.until(lambda: at.run.view.next_command("box") == 1)
        await at.press("f2")
        await at.sees("the box is red")
        await at.until(lambda: at.run.view.next_command("box") is None)


@both_sizes
async def test_a_key_puts_the_command_on_the_prompt_and_enter_runs_it(tmp_path, size):
    async with learning(tmp_path, size) as at:
        await at.goes_to("box")
        await at.press("f3")
        await at.until(lambda: at.screen.focused is at.terminal)
        await at.sees("❯ kubectl create")
        assert at.run.view.commands("box")[0] is None
        await at.press("enter")
        await at.sees("configmap/box created")
        await at.passes("box")


async def test_a_command_typed_by_hand_counts(tmp_path):
    async with learning(tmp_path) as at:
        await at.goes_to("box")
        await at.press("f6")
        await at.press(*"kubectl create configmap  box --from-literal=color=red", "enter")
        await at.passes("box")


async def test_in_the_terminal_letters_are_the_shells(tmp_path):
    async with learning(tmp_path) as at:
        await at.goes_to("box")
        await at.press("f6")
        await at.until(lambda: at.screen.focused is at.terminal)
        await at.press(*"echo rhsoeq", "enter")
        await at.until(lambda: at.shown().count("rhsoeq") == 2)
        assert at.run.view.hints("box") == 0
        assert at.run.view.next_command("box") == 0


@both_sizes
async def test_a_locked_step_is_read_and_not_run(tmp_path, size):
    async with learning(tmp_path, size, notices=True) as at:
        await at.press("f7", "f8")  # not done yet: F8 stays
        assert at.screen.step_id == "fruits"
        at.screen.step_id = "web"
        await at.sees("It runs in a Deployment.")
        assert at.run.view.state("web") is StepState.LOCKED
        await at.sees("Locked: you can read ahead. First do: Which are fruits?")
        await at.misses("F2 run", "F3 put on the prompt", "▸ $")
        await at.press("f2", "f3")
        assert at.screen.pane == "text"
        at.screen.act(lambda: at.run.run("web", 0))
        await at.sees("Do step 1 first")
        assert at.run.view.commands("web")[0] is None


async def test_a_check_turns_by_itself_when_the_cluster_changes(tmp_path):
    async with learning(tmp_path) as at:
        await at.goes_to("box")
        await at.sees("○ The box is there", "and 1 more that are not shown")
        await at.outside.make_box()
        await at.sees("✓ The box is there", "✓ The box is red", "A ConfigMap is a box with labels.")
        await at.sees("Step done.", "F8 next step")
        await at.press("f8")
        await at.sees("It runs in a Deployment.")


async def test_what_fails_reports_what_was_expected_and_found(tmp_path):
    async with learning(tmp_path) as at:
        await at.goes_to("box")
        await at.outside.make_box("blue")
        await at.press("f2")  # AlreadyExists
        await at.sees("✗ The box is red", "The box has another colour.", "✗ $ kubectl create configmap")
        await at.press("e")
        await at.sees("found", "fails")
        await at.press("escape")
        await at.misses("fails")


async def test_explain_opens_before_anything_was_done_and_where_all_is_well(tmp_path):
    async with learning(tmp_path) as at:
        await at.goes_to("box")
        await at.sees("○ The box is there")
        await at.press("e")
        await at.sees("Nothing was done for this yet.", "next", "$ kubectl create configmap")
        await at.outside.make_box()
        await at.sees("passes", "compared")
        await at.misses("Nothing was done for this yet.")
        await at.press("escape")
        await at.misses("compared")
        await at.press("e")
        await at.sees("passes", "compared")


async def test_a_wrong_image_is_diagnosed(tmp_path):
    async with learning(tmp_path) as at:
        await at.goes_to("web")
        await at.press("f6", *"kubectl create deployment web --image=nginx:1.999", "enter")
        await at.sees("deployment.apps/web created")
        await at.press("f6")
        await at.press("f2")  # fails: there is one
        await at.sees("cause", "remedy", "nginx:1.999")
        await at.press("e")
        await at.sees("cause", "remedy", "seen in", "not yet")
        await at.sees("$ kubectl get pod web-", "ImagePullBackOff")  # the object beside it
        await at.press("escape")
        await at.press("f6", *"kubectl set image deployment/web nginx=nginx:1.25", "enter")
        await at.passes("web")
        await at.misses("cause")


@both_sizes
async def test_a_question_is_answered_wrong_and_then_right(tmp_path, size):
    async with learning(tmp_path, size) as at:
        listed = size == WIDE  # a narrow window has the checks on a page of their own
        await at.sees("[ ] Apple", *["Question 1: not answered yet"] * listed)
        await at.press("a", "1", "2", "enter")
        await at.sees("Not right yet", "[x] Stone", *["Question 1: the answer is not right yet"] * listed)
        keys = [str(each.render()) for each in at.screen.query_one(KeyBar).children]
        assert sum(each.startswith("Esc ") for each in keys) == 1, keys
        await at.press("escape", "e")  # what is wrong is the answer: there it is given
        await at.until(lambda: isinstance(at.screen.focused, QuizCard))
        assert "A stone has no seeds." not in at.shown()
        assert at.run.view.state("fruits") is not StepState.PASSED
        await at.press("2", "3", "enter")
        await at.sees("Right.", "A stone has no seeds.")
        await at.passes("fruits")
        await at.press("enter")
        await at.at("box")


async def test_a_question_by_arrows_space_and_mouse(tmp_path):
    async with learning(tmp_path) as at:
        await at.sees("[ ] Apple")
        await at.press("a", "space", "down", "j")
        await at.clicks("Pear")
        await at.sees("[x] Apple", "[x] Pear")
        await at.press("enter")
        await at.passes("fruits")


async def test_nothing_is_run_twice_by_a_hasty_hand(tmp_path):
    async with learning(tmp_path) as at:
        await at.goes_to("box")
        await at.press("f2", "f2", "f2")
        await at.passes("box")
        await at.prompt()
        assert at.shown().count("configmap/box created") == 1
        assert "AlreadyExists" not in at.shown()


async def test_f2_in_the_terminal_leads_to_the_question_that_the_line_offers(tmp_path):
    async with learning(tmp_path) as at:
        await at.press("f6")
        await at.until(lambda: at.screen.in_terminal)
        await at.press("f2")
        await at.until(lambda: isinstance(at.app.focused, QuizCard))
