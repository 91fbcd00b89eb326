"""What the command palette offers in a lab, besides what has a key."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from typing import TYPE_CHECKING

from textual.app import SystemCommand

from runner.session.step_states import StepState
from runner.tui.screens.clean_up import ask_clean_up
from runner.tui.screens.confirm import ConfirmScreen
from runner.words import Phrase, phrase

if TYPE_CHECKING:
    from runner.tui.screens.lab import LabScreen


def commands(screen: LabScreen) -> Iterable[SystemCommand]:
    """The rarer actions that make sense at the step that is shown."""
    walk, step = screen.walk, screen.step

    def offer(name: Phrase, told: Phrase, action: Callable[[], object]) -> SystemCommand:
        return SystemCommand(screen.say(name), screen.say(told), action)

    if screen.by_hand:
        yield offer(
            phrase("Guided"), phrase("A key runs the next command"), lambda: screen.choose_by_hand(False)
        )
    else:
        yield offer(
            phrase("By hand"), phrase("You type the commands yourself"), lambda: screen.choose_by_hand(True)
        )
    unlocked = walk.state(step.id) is not StepState.LOCKED
    if unlocked and (step.solution or step.run):
        yield offer(
            phrase("Type the solution for me"),
            phrase("Runs the step's solution in the terminal"),
            lambda: screen.act(lambda: walk.run_solution(step.id)),
        )
    if unlocked and walk.state(step.id) is not StepState.PASSED and walk.may_skip(step.id):
        yield offer(
            phrase("Skip this step"),
            phrase("It is done for you, so that the next ones have what they need"),
            lambda: screen.act(lambda: walk.skip(step.id)),
        )
    yield offer(
        phrase("Do this step again"),
        phrase("Forgets what was done in it; the cluster stays as it is"),
        lambda: screen.act(lambda: walk.reset_step(step.id)),
    )
    if walk.lab.cleanup:
        yield offer(
            phrase("Clean up"),
            phrase("Takes away again what the lab brought"),
            lambda: ask_clean_up(screen),
        )
    yield offer(
        phrase("Begin the lab anew"),
        phrase("From the first step; what was done is set aside"),
        lambda: _ask(
            screen,
            phrase("Begin the lab anew? Its folder is emptied; the cluster stays as it is."),
            phrase("Begin anew"),
            lambda: screen.begin_again(cluster=False),
        ),
    )
    if walk.target.practice:
        yield offer(
            phrase("Reset the practice cluster"),
            phrase("A new cluster, and the lab from its first step"),
            lambda: _ask(
                screen,
                phrase("Reset the practice cluster? Everything in it is lost, and the lab begins anew."),
                phrase("Reset"),
                lambda: screen.begin_again(cluster=True),
            ),
        )


def _ask(screen: LabScreen, question: Phrase, yes: Phrase, action: Callable[[], Awaitable[object]]) -> None:
    def answered(said: bool | None) -> None:
        if said:
            screen.act(action)

    screen.app.push_screen(ConfirmScreen(question, yes=yes), answered)
