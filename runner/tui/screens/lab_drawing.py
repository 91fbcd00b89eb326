"""The lab's screen drawn from the walk, whole each time: widgets redraw only what differs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content
from textual.widgets import Static

from checks.quiz import Quiz
from runner.labs.model import Step
from runner.session.consoles import consoles_of
from runner.session.step_states import StepState
from runner.tui.screens import lab_rows
from runner.tui.screens.lab_console import ConsoleDesk
from runner.tui.screens.lab_notice import notice
from runner.tui.terminal.widget import TerminalView
from runner.tui.widgets.banner import Banner
from runner.tui.widgets.check_list import CheckList
from runner.tui.widgets.quiz_list import Quizzes
from runner.tui.widgets.reading_pane import Reading
from runner.tui.widgets.step_commands import StepCommands
from runner.tui.widgets.step_list import StepList
from runner.tui.widgets.top_line import TopLine
from runner.words import phrase

if TYPE_CHECKING:
    from runner.tui.screens.lab import LabScreen


def draw(screen: LabScreen) -> None:
    """All but the terminal and the console, which draw themselves."""
    walk, step = screen.walk, screen.step
    state = walk.state(step.id)
    _head(screen)
    screen.query_one(StepList).show(lab_rows.steps(walk), step.id)
    reading = screen.query_one(Reading)
    reading.show(step, walk.hints(step.id), walk.solution(step.id), state is StepState.PASSED)
    _quizzes(screen, step)
    _commands(screen, step, locked=state is StepState.LOCKED)
    checks = screen.query_one(CheckList)
    checks.show(step.checks, walk.outcomes(step.id), begun=lab_rows.begun(walk, step.id))
    screen.query_one("#status", Static).update(Content(lab_rows.status(walk, step, screen.language)))


def _head(screen: LabScreen) -> None:
    walk = screen.walk
    mark = "○" if walk.trouble else "●"
    version = f"v{walk.version}" if walk.version else "?"
    aside = f"{screen.place} {version} {mark}  {lab_rows.progress(walk)}"
    screen.query_one(TopLine).show(screen.text(walk.lab.title), aside)
    told = notice(walk, screen.step, screen.language)
    banner = screen.query_one(Banner)
    if told is None:
        banner.show("", "")
    else:
        banner.show(told.topic, screen.say(told.words), told.kind)


def _quizzes(screen: LabScreen, step: Step) -> None:
    outcomes = screen.walk.outcomes(step.id)
    asked = [(check, outcomes[at]) for at, check in enumerate(step.checks) if isinstance(check, Quiz)]
    right = [outcome is not None and outcome.passed for _, outcome in asked]
    screen.query_one(Quizzes).show([quiz for quiz, _ in asked], screen.walk.answers, right)


def _commands(screen: LabScreen, step: Step, *, locked: bool) -> None:
    rows = lab_rows.commands(screen.walk, step)
    commands = screen.query_one(StepCommands)
    commands.display = bool(rows)
    screen.set_class(not rows, "-to-read")
    commands.show(step.id, rows, by_hand=screen.by_hand, locked=locked)


def draw_console(screen: LabScreen) -> None:
    """The consoles of the step that is shown are looked for anew."""
    screen.query_one(ConsoleDesk).show(consoles_of(screen.walk.lab, screen.step))


def draw_typing(screen: LabScreen) -> None:
    """Whose keys the terminal takes just now."""
    terminal, line = screen.query_one(TerminalView), screen.query_one("#typing", Static)
    line.display = terminal.typing_for_you or terminal.password
    words = (
        phrase("A password is asked for: what you type is not shown and not kept.")
        if terminal.password
        else phrase("Labgate is typing for you. Your keys wait; Ctrl-C stops it.")
    )
    line.update(Content(screen.say(words)))
