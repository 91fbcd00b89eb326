"""What the keys and clicks of the text do: links, output that is cut, commands, terms."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runner.tui.screens.wide_page import WidePage
from runner.tui.widgets.anchors import Kind
from runner.tui.widgets.text_pane import TextPane

if TYPE_CHECKING:
    from runner.tui.screens.lab import LabScreen


def pressed(screen: LabScreen, message: TextPane.Pressed) -> None:
    """Something of the text was pressed."""
    anchor = message.anchor
    match anchor.kind, message.do:
        case _, "copy":
            screen.app.copy(anchor.about)
        case Kind.LINK, _:
            screen.app.open_link(anchor.about)
        case Kind.OUTPUT, _:
            screen.app.push_screen(WidePage(anchor.about))
        case Kind.COMMAND, "run":
            _run(screen, anchor.about)
        case Kind.COMMAND, _:
            screen.put_on_prompt(anchor.about)


def _run(screen: LabScreen, command: str) -> None:
    """One of the step's own commands: what a lab may run is what it declares, and a text declares nothing."""
    lines = [each.command.strip() for each in screen.step.run]
    if command in lines:
        screen.show_terminal()
        screen.act(lambda: screen.run.run(screen.step_id, lines.index(command)))
