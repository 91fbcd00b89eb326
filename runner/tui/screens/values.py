"""The lab's variables: what each is for, and a value for it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.validation import Function
from textual.widget import Widget
from textual.widgets import Button, Input, Select, Static

from runner.labs.model import Lab, Variable
from runner.tui.key_labels import key
from runner.tui.screens.once import Once
from runner.tui.spoken import Spoken
from runner.tui.widgets.key_bar import KeyBar
from runner.words import phrase


class ValuesScreen(Spoken, Once, ModalScreen[dict[str, str] | None]):
    """Gives a value for each variable, all of them allowed; None where it was left as it is."""

    CSS_PATH = Path(__file__).with_name("values.tcss")
    BINDINGS: ClassVar[list[BindingType]] = [
        key("ctrl+s", "use", phrase("Use these")),
        key("escape", "leave", phrase("Back")),
        key("tab,down", "app.focus_next", phrase("Next")),
        key("shift+tab,up", "app.focus_previous", phrase("Previous"), show=False),
    ]

    def __init__(self, lab: Lab) -> None:
        super().__init__()
        self._lab = lab

    def compose(self) -> ComposeResult:
        with VerticalScroll(id="box", can_focus=False):
            yield Static(id="title")
            for name, variable in self._lab.variables.items():
                yield from self._variable(name, variable)
            with Horizontal(id="buttons"):
                yield Button("", id="use", variant="primary")
                yield Button("", id="back")
        yield KeyBar()

    def _variable(self, name: str, variable: Variable) -> Iterator[Widget]:
        value = self._lab.values[name]
        yield Static(id=f"about-{name}", classes="about")
        if variable.choices:
            options = [(choice, choice) for choice in variable.choices]
            yield Select(options, value=value, allow_blank=False, id=f"value-{name}", compact=True)
        else:
            allowed = Function(variable.allows, "")
            yield Input(value, validators=[allowed], id=f"value-{name}", compact=True, max_length=1000)
        yield Static(id=f"wrong-{name}", classes="wrong")

    def respeak(self) -> None:
        self.query_one("#title", Static).update(Content(self.translate(phrase("Values of this lab"))))
        for name, variable in self._lab.variables.items():
            about = self.text(variable.description) if variable.description else ""
            words = Content.assemble((name, "bold $secondary"), f"  {about}")
            self.query_one(f"#about-{name}", Static).update(words)
        self.query_one("#use", Button).label = Content(self.translate(phrase("Use these")))
        self.query_one("#back", Button).label = Content(self.translate(phrase("Back")))

    @on(Input.Changed)
    def _judge(self, event: Input.Changed) -> None:
        name = (event.input.id or "").removeprefix("value-")
        wrong = self.query_one(f"#wrong-{name}", Static)
        fine = self._lab.variables[name].allows(event.value)
        not_allowed = phrase(
            "not allowed: it must match {pattern}", pattern=self._lab.variables[name].pattern or "-"
        )
        wrong.update(Content("" if fine else self.translate(not_allowed)))
        wrong.display = not fine

    @on(Input.Submitted)
    def _next(self) -> None:
        self.focus_next()

    @on(Button.Pressed)
    def _pressed(self, event: Button.Pressed) -> None:
        if event.button.id == "use":
            self.action_use()
        else:
            self.dismiss(None)

    def action_use(self) -> None:
        """Go back with the values, where all of them are allowed."""
        chosen = {name: self._value(name) for name in self._lab.variables}
        for name, value in chosen.items():
            if not self._lab.variables[name].allows(value):
                self.query_one(f"#value-{name}").focus()
                return
        self.dismiss(chosen)

    def _value(self, name: str) -> str:
        return str(getattr(self.query_one(f"#value-{name}"), "value"))  # noqa: B009

    def action_leave(self) -> None:
        self.dismiss(None)
