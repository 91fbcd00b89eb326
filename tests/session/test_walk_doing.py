"""What a learner does: commands run for them or typed by hand, help, another go, the clean-up."""

from __future__ import annotations

import asyncio
import shutil

import pytest

from runner.session.attempt_state import CommandRun
from runner.session.events import (
    CLEANUP,
    SETUP,
    CommandFinished,
    CommandStarted,
    HintShown,
    LabFinished,
    PromptAnswered,
    QuizAnswered,
    SkipTaken,
    SolutionShown,
    StepBroken,
    StepPassed,
    StepReset,
)
from runner.session.step_states import Busy, NotNow, StepState, TerminalTaken
from tests.session.walking import QUIZ, TITLE, holds, lab_of, step, until, words

pytestmark = pytest.mark.skipif(shutil.which("kubectl") is None, reason="no kubectl on the PATH")


def make(name: str) -> str:
    return f"kubectl create configmap {name}"


async def test_a_lab_by_its_commands(learn, tmp_path):
    lab = lab_of(
        tmp_path,
        step("one", "mkdir -p work", "cd work", make("one")),
        step("two", "basename $PWD", make("two"), checks=[holds("two"), QUIZ]),
        setup=["export LAB=yes"],
    )
    learner = await learn(lab)
    run = learner.run
    await learner.hears(CommandFinished, step=SETUP, exit_code=0)
    for _ in range(4):  # one more than there are: does nothing
        await run.run_next("one")
    assert [each.end.exit_code for each in run.view.commands("one")] == [0, 0, 0]
    assert run.view.next_command("one") is None
    await learner.hears(StepPassed, step="one")
    await run.run_next("two")
    await learner.sees("work\r\n")  # the folder of the step before
    await run.run_next("two")
    await until(lambda: (outcome := run.view.outcomes("two")[0]) and outcome.passed)
    assert run.view.state("two") is StepState.WAITING
    run.answer("which", ("a",))
    assert (await learner.hears(LabFinished)).points == 3
    assert run.shell.saved.environment["LAB"] == "yes"
    assert run.view.seconds > 0


async def test_a_command_that_fails_is_next_again(learn, tmp_path):
    learner = await learn(lab_of(tmp_path, step("one", "test -e flag", make("one"))))
    await learner.run.run_next("one")
    (failed, _) = learner.run.view.commands("one")
    assert failed.end.exit_code == 1
    assert learner.run.view.next_command("one") == 0
    await learner.run.run("one", 1)  # another than the next one, as the learner likes
    assert learner.run.view.next_command("one") == 0
    await learner.hears(StepPassed, step="one")


async def test_what_a_command_asks_is_answered_and_what_fails_is_done_otherwise(learn, tmp_path):
    asks = {
        "command": 'read -p "Proceed? " answer; test "$answer" = y',
        "answers": [{"expect": "Proceed", "send": "y"}],
    }
    other = {"command": "test -e no-such", "otherwise": "echo instead"}
    learner = await learn(lab_of(tmp_path, step("one", asks, other, make("one"))))
    await learner.run.run_next("one")
    await learner.hears(PromptAnswered, send="y")
    await learner.run.run_next("one")
    await learner.hears(CommandFinished, index=1, exit_code=0)
    assert [each.end.exit_code for each in learner.heard(CommandFinished, index=1)] == [1, 0]
    assert learner.run.view.succeeded("one", 1)


async def test_one_at_a_time_and_ctrl_c(learn, tmp_path):
    learner = await learn(lab_of(tmp_path, step("one", "sleep 100")))
    run = learner.run
    running = asyncio.create_task(run.run_next("one"))
    await learner.hears(CommandStarted, step="one")
    assert run.view.state("one") is StepState.RUNNING
    assert run.view.commands("one") == (CommandRun(0, "sleep 100"),)
    with pytest.raises(Busy) as problem:
        await run.run_next("one")
    assert words(problem).startswith("sleep 100 is still running")
    with pytest.raises(Busy):
        run.insert("one", 0)
    await until(lambda: run.shell.foreground == "sleep")
    run.shell.type(b"\x03")
    await running
    (state,) = run.view.commands("one")
    assert (state.end.reason, state.end.exit_code) == ("interrupted", 130)
    assert run.view.state("one") is StepState.OPEN


async def test_a_program_in_the_terminal_is_named(learn, tmp_path):
    learner = await learn(lab_of(tmp_path, step("one", "true"), cleanup=None))
    await learner.types("sleep 100")
    await until(lambda: learner.run.shell.foreground == "sleep")
    with pytest.raises(TerminalTaken) as problem:
        await learner.run.run_next("one")
    assert "sleep is using the terminal" in words(problem)
    with pytest.raises(TerminalTaken):
        learner.run.insert("one", 0)


async def test_a_command_typed_by_hand_counts(learn, tmp_path):
    lab = lab_of(tmp_path, step("one", "mkdir -p work", make("one")), step("two", "true"))
    learner = await learn(lab)
    await learner.types("mkdir   -p work")
    await learner.hears(CommandFinished, step="one", index=0, by="learner", exit_code=0)
    assert learner.run.view.next_command("one") == 1
    await learner.types("mkdir -p other")  # no command of the lab
    await learner.types("true")  # one of a step that is locked
    await learner.types(" " + make("one"))  # not kept in the history: only the step tells
    await learner.hears(StepPassed, step="one")
    assert learner.run.view.next_command("one") == 1
    await learner.types("true")
    await learner.hears(CommandFinished, step="two", by="learner")
    assert len(learner.heard(CommandFinished)) == 2
    record = next((tmp_path / "labgate").rglob("record.jsonl")).read_text()
    assert "other" not in record


async def test_a_command_typed_by_hand_counts_where_the_step_passed_before_its_end(learn, tmp_path):
    command = "kubectl create configmap one && sleep 1"
    learner = await learn(lab_of(tmp_path, step("one", command), step("two", command)))
    learner.run.go_to("one")
    await learner.types(command)
    await learner.hears(CommandFinished, step="one", by="learner")
    assert learner.run.view.state("one") is StepState.PASSED
    assert learner.run.view.next_command("one") is None


async def test_a_command_that_failed_by_hand_does_not_count_until_it_works(learn, tmp_path):
    learner = await learn(lab_of(tmp_path, step("one", "cat flag")))
    await learner.types("cat flag")
    await learner.sees("No such file")
    await learner.types("echo hi > flag")
    await learner.types("cat flag")
    await learner.hears(CommandFinished, index=0, by="learner")
    assert len(learner.heard(CommandFinished)) == 1


async def test_a_command_put_on_the_prompt_is_the_learners_to_run(learn, tmp_path):
    loop = "for each in a b; do\n  echo $each\ndone"
    learner = await learn(lab_of(tmp_path, step("one", "echo inserted-$((1+1))", loop)))
    await until(lambda: learner.run.shell.ready)
    learner.run.shell.type(b"half typed")
    learner.run.insert("one", 0)
    await learner.sees("echo inserted")
    assert b"inserted-2" not in learner.shown
    learner.run.shell.type(b"\r")
    await learner.sees("inserted-2")
    await learner.hears(CommandFinished, index=0, by="learner")
    await until(lambda: learner.run.shell.ready)
    learner.run.insert("one", 1)
    learner.run.shell.type(b"\r")
    await learner.sees("a\r\nb\r\n")


async def test_hints_come_one_at_a_time_and_the_solution_when_asked(learn, tmp_path):
    lab = lab_of(
        tmp_path, step("one", make("one"), hints=[TITLE, TITLE], solution=["export A=1", make("one")])
    )
    learner = await learn(lab)
    run = learner.run
    assert [run.view.hints("one"), run.show_hint("one"), run.show_hint("one"), run.show_hint("one")] == [
        0,
        1,
        2,
        2,
    ]
    run.show_solution("one")
    assert run.view.solution("one") == "shown"
    assert await run.run_solution("one")
    assert run.view.solution("one") == "typed"
    assert run.view.next_command("one") is None  # done another way
    assert run.view.commands("one")[0] is None
    await learner.hears(LabFinished, passed=True)
    assert [event.index for event in learner.heard(HintShown)] == [0, 1]
    assert [event.how for event in learner.heard(SolutionShown)] == ["shown", "typed"]


async def test_a_solution_goes_on_where_the_learner_is_and_answers_the_questions(learn, tmp_path):
    learner = await learn(lab_of(tmp_path, step("one", "mkdir w", make("one"), checks=[holds("one"), QUIZ])))
    await learner.run.run_next("one")
    learner.run.answer("which", ("b",))
    assert await learner.run.run_solution("one")
    assert len(learner.heard(CommandFinished, index=0)) == 1
    assert learner.heard(QuizAnswered, by="solution", answer=("a",))
    await learner.hears(LabFinished, passed=True)


async def test_a_step_is_skipped_only_where_the_lab_allows_it(learn, tmp_path):
    lab = lab_of(tmp_path, step("one", make("one")), step("two", make("two"), skip=False), skip=True)
    learner = await learn(lab)
    assert (learner.run.view.may_skip("one"), learner.run.view.may_skip("two")) == (True, False)
    await learner.run.skip("one")
    await learner.hears(StepPassed, step="one")
    assert learner.heard(SkipTaken)
    assert learner.run.view.skipped("one")
    with pytest.raises(NotNow) as problem:
        await learner.run.skip("two")
    assert "does not allow" in words(problem)


async def test_a_step_that_is_reset_can_be_done_again(learn, cluster, tmp_path):
    lab = lab_of(
        tmp_path,
        step("one", make("one"), checks=[holds("one"), holds("seen", once=True), QUIZ], hints=[TITLE]),
        step("two"),
    )
    learner = await learn(lab)
    run = learner.run
    run.show_hint("one")
    run.answer("which", ("a",))
    await cluster.make("seen")
    await run.run_next("one")
    await learner.hears(StepPassed, step="one")
    await cluster.take("seen")
    await run.reset_step("one")
    await learner.hears(StepReset)
    assert (run.view.hints("one"), run.view.next_command("one"), run.view.answers) == (0, 0, {})
    assert run.view.state("two") is StepState.OPEN  # unlocked stays unlocked
    await until(lambda: all(run.view.outcomes("one")))
    assert [outcome.passed for outcome in run.view.outcomes("one")] == [True, False, False]
    assert run.view.state("one") is StepState.OPEN
    await cluster.make("seen")
    run.answer("which", ("a",))
    await until(lambda: len(learner.heard(StepPassed, step="one")) == 2)


async def test_a_lab_that_is_cleaned_up_stays_done(learn, cluster, tmp_path):
    cleanup = {
        "title": TITLE,
        "text": TITLE,
        "run": ["kubectl delete configmap one"],
        "checks": [{"resource": "ConfigMap", "api": "v1", "name": "one", "in": "default", "absent": True}],
    }
    learner = await learn(lab_of(tmp_path, step("one", make("one")), cleanup=cleanup))
    run = learner.run
    await run.run_next("one")
    await learner.hears(LabFinished, passed=True)
    await run.clean_up()
    await learner.hears(StepPassed, step=CLEANUP)
    await asyncio.sleep(1.5)  # longer than what counts as broken
    assert not learner.heard(StepBroken)
    assert run.view.state("one") is StepState.PASSED
    await run.run("one", 0)  # whoever goes on working is verified again
    await cluster.take("one")
    await learner.hears(StepBroken, step="one")


async def test_the_shell_may_end_under_a_command(learn, tmp_path):
    learner = await learn(lab_of(tmp_path, step("one", "kill -9 $$", make("one"))))
    await learner.run.run_next("one")
    assert learner.run.view.commands("one")[0].end.reason == "shell-ended"
    await learner.run.run("one", 1)
    await learner.hears(StepPassed, step="one")
