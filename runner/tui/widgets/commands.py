"""The step's commands: which comes next, how those before it ended."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from textual.content import Content
from textual.message import Message
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from runner.labs.model import Command
from runner.session.said import command_end
from runner.session.steps import CommandState
from runner.tui.keys import key
from runner.tui.spoken import Spoken
from runner.words import phrase


@dataclass(frozen=True, slots=True)
class CommandRow:
    command: Command
    state: CommandState


class CommandList(Spoken, OptionList):
    DEFAULT_CSS = """
    CommandList { border: none; background: transparent; }
    CommandList > .option-list--option-highlighted { background: $surface; color: $foreground; text-style: none; }
    CommandList:focus > .option-list--option-highlighted { background: $primary 30%; }
    """
    BINDINGS = [key("y", "copy", phrase("Copy"))]  # noqa: RUF012

    class Run(Message):
        def __init__(self, index: int) -> None:
            super().__init__()
            self.index = index

    class Insert(Run):
        pass

    class Copy(Run):
        pass

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self._rows: Sequence[CommandRow] = ()
        self._step, self._by_hand = "", False
        self._drawn: object = None

    def show(self, step_id: str, rows: Sequence[CommandRow], *, by_hand: bool) -> None:
        """`by_hand`: Enter puts the command on the prompt instead of running it."""
        self._step, self._rows, self._by_hand = step_id, rows, by_hand
        self.respeak()

    def respeak(self) -> None:
        drawn = (self._step, tuple(self._rows), self.language, self._by_hand)
        if drawn == self._drawn:
            return
        self._drawn = drawn
        todo = next((at for at, row in enumerate(self._rows) if not _good(row.state)), None)
        self.set_options([Option(self._line(row, at == todo)) for at, row in enumerate(self._rows)])
        self.highlighted = todo

    def _line(self, row: CommandRow, todo: bool) -> Content:
        state = row.state
        mark = "▸" if todo else " "
        style = "bold $accent"
        end = ""
        if state.running:
            mark, end = "▸", self.say(phrase("running"))
        elif state.done:
            mark, style = ("✓", "$success") if _good(state) else ("✗", "$error")
            end = self.say(command_end(state.exit_code, state.seconds, state.reason))
        lines = [Content.assemble((f"{mark} ", style), ("$ ", "dim"), row.command.command)]
        for answer in row.command.answers:
            lines.append(Content.styled("  " + self.say(phrase("answers: {send}", send=answer.send)), "dim"))
        if row.command.keys:
            keys = " ".join(row.command.keys)
            lines.append(
                Content.styled("  " + self.say(phrase("types in the editor: {keys}", keys=keys)), "dim")
            )
        if end:
            lines.append(Content.styled(f"  {end}", "dim"))
        return Content("\n").join(lines)

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        message = self.Insert if self._by_hand else self.Run
        self.post_message(message(event.option_index))

    def action_copy(self) -> None:
        if self.highlighted is not None:
            self.post_message(self.Copy(self.highlighted))


def _good(state: CommandState) -> bool:
    return state.done and state.exit_code == 0
