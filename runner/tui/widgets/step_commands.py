"""The step's commands: which comes next, how those before it ended."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual.binding import BindingType
from textual.content import Content
from textual.events import Click
from textual.message import Message
from textual.style import Style

from runner.labs.model import Command
from runner.session.attempt_state import CommandRun
from runner.session.runnable import visible
from runner.session.session_texts import command_end, duration
from runner.tui.key_labels import key
from runner.tui.widgets.asked import asked
from runner.tui.widgets.listing import Item, Listing
from runner.tui.widgets.rows import Block, Row
from runner.words import Phrase, phrase


@dataclass(frozen=True, slots=True)
class CommandRow:
    """A command, and its last run; None where it was not run."""

    command: Command
    run: CommandRun | None

    @property
    def running(self) -> bool:
        return self.run is not None and self.run.running

    @property
    def succeeded(self) -> bool:
        return self.run is not None and self.run.succeeded


class StepCommands(Listing):
    """Every command whole, so that it can be typed after it. Who is in the list sees below a command what can be done with it.

    A click on a command goes there and no more: nothing is run by a hand that slipped.
    """

    DEFAULT_CSS = """
    StepCommands > .option-list--option-highlighted { background: $surface; }
    """
    PART: ClassVar[Phrase] = phrase("In the list of commands")
    BINDINGS: ClassVar[list[BindingType]] = [
        key("r", "do('run')", phrase("Run"), show=False),
        key("c", "do('insert')", phrase("Type it"), show=False),
        key("y", "do('copy')", phrase("Copy")),
    ]

    class Run(Message):
        def __init__(self, index: int) -> None:
            super().__init__()
            self.index = index

    class Insert(Run):
        """Put it on the prompt, without Enter."""

    class Copy(Run):
        pass

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self._rows: Sequence[CommandRow] = ()
        self._step, self._by_hand, self._locked = "", False, False
        self._next: int | None = None
        self._begun: dict[tuple[str, int], float] = {}  # when a running command was first seen

    def on_mount(self) -> None:
        self._clock = self.set_interval(1, self.respeak, pause=True)

    def show(self, step_id: str, rows: Sequence[CommandRow], *, by_hand: bool, locked: bool = False) -> None:
        """`by_hand`: Enter puts the command on the prompt instead of running it. `locked`: it can be read, no more."""
        at = next((i for i, row in enumerate(rows) if not row.succeeded), None)
        at = None if locked else at
        moved = step_id != self._step or at != self._next
        self._locked = locked
        self._step, self._rows, self._by_hand, self._next = step_id, rows, by_hand, at
        self._time()
        self.respeak()
        if moved:
            self.go_to(self._row_id(at) if at is not None else "")

    def _time(self) -> None:
        for at, row in enumerate(self._rows):
            if row.running:
                self._begun.setdefault((self._step, at), time.monotonic())
            else:
                self._begun.pop((self._step, at), None)
        if any(row.running for row in self._rows):
            self._clock.resume()
        else:
            self._clock.pause()

    def respeak(self) -> None:
        self.put([Item(self._row_id(at), tuple(self._blocks(at))) for at in range(len(self._rows))])

    def watch_highlighted(self, highlighted: int | None) -> None:
        super().watch_highlighted(highlighted)
        if self.is_mounted:
            self.call_next(self.respeak)

    def watch_has_focus(self, has_focus: bool) -> None:
        super().watch_has_focus(has_focus)
        if has_focus and self.highlighted is None:
            self.action_first()
        self.respeak()

    async def on_click(self, event: Click) -> None:
        await super().on_click(event)
        if event.style.meta.get("option") is not None:
            event.prevent_default()
            self.highlighted = event.style.meta["option"]

    def _row_id(self, at: int) -> str:
        return f"{self._step}/{at}"

    def _blocks(self, at: int) -> Iterator[Block]:
        row = self._rows[at]
        mark, style = self._mark(at)
        lines = visible(row.command.command.rstrip("\n")).split("\n")
        for number, line in enumerate(lines):
            begins = (mark, style) if number == 0 else (" ", "")
            first = Content.assemble(begins, (" $ " if number == 0 else " > ", "$foreground 50%"))
            style = "$foreground 60%" if self._locked else "bold" if at == self._next else ""
            yield Row(Content.styled(line, style), first, Content(" " * 6))
        yield from asked(row.command, self)
        end = self._end(at, row.run)
        if end is not None:
            colour = "$error" if row.run is not None and row.run.failed else "$foreground 60%"
            yield Row(Content.styled(self.translate(end), colour), first=Content("    "))
        if self.has_focus and at == self.highlighted and not row.running:
            yield Row(self._offers(), first=Content("    "))

    def _mark(self, at: int) -> tuple[str, str]:
        run = self._rows[at].run
        if run is not None and run.running:
            return "…", "bold $accent"
        if run is not None:
            return ("✓", "$success") if run.succeeded else ("✗", "bold $error")
        return ("▸", "bold $accent") if at == self._next else ("·", "$foreground 50%")

    def _end(self, at: int, run: CommandRun | None) -> Phrase | None:
        if run is None:
            return None
        if run.end is None:
            seconds = int(time.monotonic() - self._begun.get((self._step, at), time.monotonic()))
            return phrase("running for {time}", time=duration(seconds)) if seconds else phrase("running")
        end = command_end(run.end)
        return phrase("you typed it: {end}", end=end) if run.by == "learner" else end

    def _offers(self) -> Content:
        """What can be done with the command, what Enter does first. Each can be clicked."""
        run = ("run", "r", phrase("run"))
        insert = ("insert", "c", phrase("put on the prompt"))
        first, second = (insert, run) if self._by_hand else (run, insert)
        copy = ("y", "copy", "y", phrase("copy"))
        offers = (copy,) if self._locked else (("⏎", *first), (second[1], *second), copy)
        return Content("   ").join(
            Content.assemble((name, "bold $accent"), " ", self.translate(words)).stylize(
                Style.from_meta({"act": action})
            )
            for name, action, _, words in offers
        )

    def act(self, name: str, item_id: str) -> None:
        at = int(item_id.rpartition("/")[2])
        if self._locked and name != "copy":
            return
        message = {"run": self.Run, "insert": self.Insert, "copy": self.Copy}[
            name or ("insert" if self._by_hand else "run")
        ]
        self.post_message(message(at))

    def action_do(self, name: str) -> None:
        if self.chosen:
            self.act(name, self.chosen)
