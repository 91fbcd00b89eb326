"""What the command palette offers in a lab, besides what has a key."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable

from textual.app import SystemCommand

from runner.session.step_states import StepState
from runner.tui.screens.clean_up import ask_clean_up
from runner.tui.screens.confirm import ConfirmScreen
from runner.tui.screens.lab_host import Host
from runner.words import Phrase, phrase


def commands(host: Host) -> Iterable[SystemCommand]:
    """The rarer actions that make sense at the step that is shown."""
    run, view = host.run, host.run.view
    step = view.lab.step(host.step_id)

    def offer(name: Phrase, help: Phrase, action: Callable[[], object]) -> SystemCommand:  # noqa: A002
        return SystemCommand(host.translate(name), host.translate(help), action)

    if host.by_hand:
        yield offer(
            phrase("Guided"), phrase("A key runs the next command"), lambda: host.choose_by_hand(False)
        )
    else:
        yield offer(
            phrase("By hand"), phrase("You type the commands yourself"), lambda: host.choose_by_hand(True)
        )
    if host.own_prompt:
        yield offer(
            phrase("The lab's prompt"),
            phrase("Shows the lab's folder as ~, and the code of a command that failed"),
            lambda: host.choose_prompt(own=False),
        )
    else:
        yield offer(
            phrase("Your own prompt"),
            phrase("Shows the prompt of your start-up files in the terminal"),
            lambda: host.choose_prompt(own=True),
        )
    unlocked = view.state(step.id) is not StepState.LOCKED
    if unlocked and step.work and view.may_see_solution(step.id):
        yield offer(
            phrase("Type the solution for me"),
            phrase("Runs the step's solution in the terminal"),
            lambda: host.act(lambda: run.run_solution(step.id)),
        )
    if unlocked and view.state(step.id) is not StepState.PASSED and view.may_skip(step.id):
        yield offer(
            phrase("Skip this step"),
            phrase("Labgate does it for you, so that the next steps have what they need"),
            lambda: host.act(lambda: run.skip(step.id)),
        )
    yield offer(
        phrase("Do this step again"),
        phrase("Forgets what was done in it; the cluster stays as it is"),
        lambda: host.act(lambda: run.reset_step(step.id)),
    )
    if run.lab.cleanup:
        yield offer(
            phrase("Clean up"),
            phrase("Removes what the lab created"),
            lambda: ask_clean_up(host),
        )
    yield offer(
        phrase("Start the lab again"),
        phrase("From the first step; your work so far is set aside"),
        lambda: _ask(
            host,
            phrase("Start the lab again? Its folder is emptied; the cluster stays as it is."),
            phrase("Start again"),
            lambda: host.begin_again(cluster=False),
        ),
    )
    if run.target.practice:
        yield offer(
            phrase("Reset the practice cluster"),
            phrase("A new cluster, and the lab from its first step"),
            lambda: _ask(
                host,
                phrase("Reset the practice cluster? Everything in it is lost, and the lab starts again."),
                phrase("Reset"),
                lambda: host.begin_again(cluster=True),
            ),
        )
    yield offer(
        phrase("Leave the lab"),
        phrase("Everything is kept; Enter on the lab continues"),
        host.leave,
    )


def _ask(host: Host, question: Phrase, yes: Phrase, action: Callable[[], Awaitable[object]]) -> None:
    def answered(yes: bool | None) -> None:
        if yes:
            host.act(action)

    host.open_page(ConfirmScreen(question, yes=yes), answered)
