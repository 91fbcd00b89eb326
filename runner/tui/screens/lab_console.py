"""The consoles of the step that is shown: looked for, opened, forwarded."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from textual import work
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.message import Message

from checks.base import CannotRead
from runner.labs.model import Console
from runner.session.consoles import Consoles, ConsoleState
from runner.tui.widgets.console import ConsoleCard
from runner.words import UserError, phrase

if TYPE_CHECKING:
    from runner.tui.app_base import LabgateBase

AGAIN = 2.0
"""Seconds between looks: a Service changes, a forward breaks and comes back."""


class ConsoleDesk(Vertical):
    """A place for each console; those that a step doesn't have show nothing."""

    DEFAULT_CSS = "ConsoleDesk { height: auto; }"

    class Opened(Message):
        """The learner opened this console, took its address with them, or says that they see it."""

        def __init__(self, console: Console) -> None:
            super().__init__()
            self.console = console

    def __init__(self, consoles: Consoles) -> None:
        super().__init__()
        self._consoles = consoles
        self._places = [ConsolePlace(consoles)]

    def compose(self) -> ComposeResult:
        yield from self._places

    def show(self, consoles: Sequence[Console]) -> None:
        """Turn to the consoles of another step."""
        for _ in range(len(consoles) - len(self._places)):
            self._places.append(ConsolePlace(self._consoles))
            self.mount(self._places[-1])
        for index, place in enumerate(self._places):
            place.show(consoles[index] if index < len(consoles) else None)

    def open(self) -> None:
        """Open the first of them in the browser."""
        self._places[0].open()


class ConsolePlace(Vertical):
    """One card, and the actions behind it."""

    DEFAULT_CSS = "ConsolePlace { height: auto; }"
    app: LabgateBase

    def __init__(self, consoles: Consoles) -> None:
        super().__init__()
        self._consoles = consoles
        self._wanted: Console | None = None
        self._state = ConsoleState()

    def compose(self) -> ComposeResult:
        yield ConsoleCard()

    def on_mount(self) -> None:
        self._draw()
        self.set_interval(AGAIN, self._look)

    def show(self, console: Console | None) -> None:
        """Turn to the console of another step; None where it has none."""
        if console != self._wanted:
            self._wanted, self._state = console, ConsoleState()
            self._draw()
        self._look()

    @work(exclusive=True, group="look")
    async def _look(self) -> None:
        console = self._wanted
        if console is not None:
            self._state = await self._consoles.state(console)
            self._draw()

    def _draw(self) -> None:
        if not self.is_mounted:
            return  # it draws itself once it is there
        card = self.query_one(ConsoleCard)
        card.display = self._wanted is not None
        if self._wanted is not None:
            card.show(self._wanted, self._state)

    def open(self) -> None:
        """Open it in the browser; where it has no address, make a port-forward or say why not."""
        if self._state.url:
            self.app.open_link(self._state.url)
            self._opened()
        elif self._state.forwardable:
            self._forward()
        elif self._state.why:
            self.app.show_message(self._state.why, severity="warning")

    @work(group="forward")
    async def _forward(self) -> None:
        console = self._wanted
        assert console is not None
        self.app.show_message(phrase("kubectl port-forward is being started…"))
        try:
            state = await self._consoles.forward(console)
        except (UserError, CannotRead) as problem:
            self.app.show_message(problem.message, severity="error")
            return
        if console == self._wanted:
            self._state = state
            self._draw()

    def on_console_card_open(self) -> None:
        self.open()

    def on_console_card_forward(self) -> None:
        self._forward()

    def on_console_card_copy_address(self) -> None:
        self.app.copy(self._state.url)
        self._opened()

    def on_console_card_seen(self) -> None:
        self._opened()

    def _opened(self) -> None:
        if self._wanted is not None:
            self.post_message(ConsoleDesk.Opened(self._wanted))
