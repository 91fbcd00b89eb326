"""What the keys and clicks of the text do: links, output that is cut, commands."""

from __future__ import annotations

from runner.tui.app_base import LabgateBase
from runner.tui.screens.lab_host import Host
from runner.tui.screens.wide_page import WidePage
from runner.tui.widgets.anchors import Kind
from runner.tui.widgets.text_pane import TextPane


def pressed(host: Host, app: LabgateBase, message: TextPane.Pressed) -> None:
    """Something of the text was pressed."""
    anchor = message.anchor
    match anchor.kind, message.do:
        case _, "copy":
            app.copy(anchor.about)
        case Kind.LINK, _:
            app.open_link(anchor.about)
        case Kind.OUTPUT, _:
            app.push_screen(WidePage(anchor.about))
        case Kind.COMMAND, "run":
            _run(host, anchor.about)
        case Kind.COMMAND, _:
            host.put_on_prompt(anchor.about)


def _run(host: Host, command: str) -> None:
    """One of the step's own commands: what a lab may run is what it declares, and a text declares nothing."""
    step = host.step_id
    lines = [each.command.strip() for each in host.run.lab.step(step).run]
    if command in lines:
        host.show_terminal()
        host.act(lambda: host.run.run(step, lines.index(command)))
