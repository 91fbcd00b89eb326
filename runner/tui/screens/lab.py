"""The lab's screen: what its keys and clicks do."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType

from runner.session.coaching import CoachingKind
from runner.session.step_states import NotNow
from runner.tui.key_labels import key
from runner.tui.screens.lab_console import ConsoleDesk
from runner.tui.screens.lab_ending import show_ending
from runner.tui.screens.lab_reading import pressed
from runner.tui.screens.lab_stage import LabStage
from runner.tui.terminal.widget import TerminalView
from runner.tui.widgets.check_list import CheckList
from runner.tui.widgets.coach_line import CoachLine
from runner.tui.widgets.quiz_list import Quizzes
from runner.tui.widgets.quiz_question import QuizCard
from runner.tui.widgets.search_bar import SearchBar
from runner.tui.widgets.step_commands import StepCommands
from runner.tui.widgets.step_list import StepList
from runner.tui.widgets.step_rail import StepRail
from runner.tui.widgets.text_pane import TextPane
from runner.words import Phrase, phrase

OF_THE_STEP = frozenset(
    ["run_next", "insert", "next_step", "hint", "console", "solution", "explain", "go_to_broken"]
)
"""The actions that a step offers or does not: LabView.offers."""

_ANSWERS = {"insert": "f3", "run_next": "f2"}
"""Actions that the line above the keys may offer where the step does not."""


class LabScreen(LabStage):
    """Turns keys, and the messages of the widgets, into the run's actions."""

    BINDINGS: ClassVar[list[BindingType]] = [
        key("f2", "run_next", phrase("Run")),
        key("a,enter", "answer", phrase("Answer")),
        key("f8,enter", "next_step", phrase("Next step")),
        key("f3", "insert", phrase("Type it")),
        key("f6", "to_terminal", phrase("Terminal")),
        key("f6,escape", "to_text", phrase("Text")),
        key("f4", "hint", phrase("Hint")),
        key("o", "console", phrase("Open console")),
        key("s", "solution", phrase("Solution")),
        key("slash", "search", phrase("Search"), show=False),
        key("f10,z", "zoom", phrase("Zoom")),
        key("f12", "steps", phrase("All steps")),
        key("f7", "previous_step", phrase("Previous step"), show=False),
        key("f5", "go_to_broken", phrase("Go to the broken step")),
        key("f5,e", "explain", phrase("Why?")),
        key("up", "scroll_text(-1)", phrase("Up"), show=False),
        key("down", "scroll_text(1)", phrase("Down"), show=False),
        key("pageup", "scroll_text(-8)", phrase("Page up"), show=False),
        key("pagedown", "scroll_text(8)", phrase("Page down"), show=False),
        key("tab", "app.focus_next", phrase("Next part"), show=False),
        key("shift+tab", "app.focus_previous", phrase("Previous part"), show=False),
        key("less_than_sign", "move_divider(-1)", phrase("More room for the terminal"), show=False),
        key("greater_than_sign", "move_divider(1)", phrase("More room for the text"), show=False),
        key("colon,ctrl+p", "app.command_palette", phrase("More")),
        key("escape", "up", phrase("Back"), show=False),
        key("q", "leave", phrase("Labs")),
    ]

    # keys

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        match action:
            case "to_terminal":
                return not self.in_terminal
            case "to_text":
                return self.in_terminal
            case "up":
                return bool(self.zoomed or self.has_class("-listing") or self.focused_pane != "text")
            case "answer":
                return any(card.can_focus for card in self.query(QuizCard))
        if any(name == _ANSWERS.get(action) for name, _ in self._coach.keys):
            return True  # the line above the keys offers it: what mends a line, the rest of an editor's keys
        return action not in OF_THE_STEP or action in self.view.offers

    def offers(self, binding: Binding) -> bool:
        """Whether the key bar has this key now: in the terminal the function keys, in vi only the way out."""
        if binding.action in ("run_next", "insert") and self.view.locked:
            return False
        if binding.action == "answer" and self._coach.topic == "question":
            return False  # the line above the keys has it, by F2
        terminal, name = self.focused, binding.key
        if name in (key for key, _ in self._coach.keys):
            return False  # the line above the keys has it
        if not isinstance(terminal, TerminalView):
            return True
        return name in ("f6", "f10") if terminal.full_screen else name[:1] == "f" and name[1:].isdigit()

    def keys_beside(self) -> Sequence[tuple[str, Phrase]]:
        """The keys of the line above the key bar that do something where the focus is, and what they do."""
        typed = isinstance(self.focused, TerminalView)  # a letter would be the shell's
        return [(name, does) for name, does in self._coach.keys if len(name) > 1 or not typed]

    def on_key(self, event: events.Key) -> None:
        """A letter that is no key here belongs to a command that somebody begins to type: the terminal gets it."""
        if event.is_printable and event.character and event.key not in self.active_bindings and self.step.run:
            event.stop()
            self.action_to_terminal()
            self.query_one(TerminalView).send(event.character.encode())

    def action_run_next(self) -> None:
        if self._coach.topic == "question":  # then the line offers F2 for it
            self.action_answer()
            return
        if not self.view.locked:  # else a message says what is to be done first
            self.show_terminal()
        if self.run.view.next_command(self.step_id) is None and self.run.view.waits_for_console(self.step_id):
            self.action_console()
            return
        self.act(lambda: self.run.run_next(self.step_id))

    def action_insert(self) -> None:
        """The line that mends what has just failed, or shows whole what wrapped; else the step's next command."""
        coaching = self.run.coaching(self.step_id, self.language)
        offered = coaching is not None and (coaching.kind is CoachingKind.TEACHING or coaching.wrapped)
        if coaching is not None and offered and coaching.command:
            self.put_on_prompt(coaching.command)
            return
        index = self.run.view.next_command(self.step_id)
        if index is not None:
            self._insert(index)

    def action_answer(self) -> None:
        self.answer_question()

    def action_next_step(self) -> None:
        if self.run.view.ends_at(self.step_id):
            show_ending(self)
        else:
            self._move(1)

    def action_previous_step(self) -> None:
        self._move(-1)

    def _move(self, by: int) -> None:
        ids = [step.id for step in self.run.view.lab.steps]
        self.step_id = ids[max(0, min(len(ids) - 1, ids.index(self.step_id) + by))]
        self.show_text()
        self.focus_for_step()

    def action_go_to_broken(self) -> None:
        self.go_to_broken()

    def action_hint(self) -> None:
        self.run.show_hint(self.step_id)
        self.redraw()
        self.show_latest_help()

    def action_solution(self) -> None:
        try:
            self.run.show_solution(self.step_id)
        except NotNow as problem:
            self.app.show_message(problem.message, severity="warning")
            return
        self.redraw()
        self.show_latest_help()

    def action_explain(self) -> None:
        checks = self.query_one(CheckList)
        at = checks.chosen if checks.has_focus else ""
        self.explaining.open_first(int(at) if at.isdigit() else None)

    def action_console(self) -> None:
        self.query_one(ConsoleDesk).open()

    def action_search(self) -> None:
        self.pane = "text"
        self.searching.open()

    def action_steps(self) -> None:
        """The list of all steps, to go to one; again: away with it."""
        if self.narrow:
            self.pane = "text" if self.pane == "steps" else "steps"
            return
        self.toggle_class("-listing")
        self.query_one("#steps" if self.has_class("-listing") else "#text").focus()

    def action_up(self) -> None:
        """One level up, and never out of the lab."""
        self.zoomed = ""
        self.remove_class("-listing")
        self.action_to_text()

    def action_leave(self) -> None:
        if self.query_one(TerminalView).full_screen:  # the q is for the pager that is looked at
            self.action_to_terminal()
            self.query_one(TerminalView).send(b"q")
        else:
            self.leave()

    def _insert(self, index: int) -> None:
        self.at_prompt(lambda: self.run.insert(self.step_id, index))

    # messages of the widgets

    def on_terminal_view_copied(self, message: TerminalView.Copied) -> None:
        self.app.show_copied(message.text)

    def on_step_list_chosen(self, message: StepList.Chosen) -> None:
        self.remove_class("-listing")
        self.step_id = message.step_id
        if self.narrow:
            self.pane = "text"
        else:
            self.focus_for_step()

    def on_step_rail_chosen(self, message: StepRail.Chosen) -> None:
        if message.step_id:
            self.step_id = message.step_id
            self.show_text()
        else:
            self.action_steps()

    def on_step_commands_run(self, message: StepCommands.Run) -> None:
        self.show_terminal()
        self.act(lambda: self.run.run(self.step_id, message.index))

    def on_step_commands_insert(self, message: StepCommands.Insert) -> None:
        self._insert(message.index)

    def on_step_commands_copy(self, message: StepCommands.Copy) -> None:
        self.app.copy(self.step.run[message.index].command)

    def on_check_list_explain(self, message: CheckList.Explain) -> None:
        self.explaining.open(message.index)

    def on_console_desk_opened(self, message: ConsoleDesk.Opened) -> None:
        if message.console == self.step.console:
            self.run.console_opened(self.step_id)

    def on_check_list_copy(self, message: CheckList.Copy) -> None:
        self.app.copy(message.command)

    def on_check_list_insert(self, message: CheckList.Insert) -> None:
        self.put_on_prompt(message.command)

    def on_check_list_question(self, message: CheckList.Question) -> None:
        self.turn_to(message.question)

    def on_quiz_card_answered(self, message: QuizCard.Answered) -> None:
        self.run.answer(message.question, message.answer)
        self.redraw_soon()
        self.query_one(Quizzes).answered(message.question)

    def on_search_bar_changed(self, message: SearchBar.Changed) -> None:
        self.searching.look_for(message.words)

    def on_search_bar_go(self, message: SearchBar.Go) -> None:
        self.searching.go(message.by)

    def on_search_bar_closed(self) -> None:
        self.searching.close()

    def on_text_pane_pressed(self, message: TextPane.Pressed) -> None:
        pressed(self, self.app, message)

    def on_coach_line_clicked(self, message: CoachLine.Clicked) -> None:
        match message.topic:
            case "broken":
                self.action_go_to_broken()
            case "done":
                self.action_next_step()
            case "waiting":
                self.action_explain()
            case "question":
                self.action_answer()
