"""How the panes of the lab's screen are arranged: by the window's size, one alone, or as the learner moved the divider."""

from __future__ import annotations

from textual import events
from textual.reactive import reactive
from textual.screen import Screen
from textual.widget import Widget

from runner.tui.app_base import LabgateBase
from runner.tui.screens.lab_layout import FRAME, Layout, kind_of, layout
from runner.tui.screens.once import Once
from runner.tui.terminal.widget import TerminalView
from runner.tui.widgets.pane_tabs import PaneTabs

PANES = {"text": "text", "terminal": "terminal", "commands": "commands", "checks": "checks", "steps": "steps"}
"""What can be shown alone, and the id of what has the keys in it."""
_LINES = 4
"""Rows above and below the panes: the top line, the steps, the line that coaches, the keys."""
_STEP = {"wide": 4, "medium": 2}
"""Columns and rows by which a key moves the divider."""


class LabArrangement(Once, Screen[None]):
    """Knows where the panes are, and nothing of what is in them.

    #study is the text with the commands and the checks, #work the terminal; the divider is the edge where they meet.
    """

    app: LabgateBase
    pane: reactive[str] = reactive("text", init=False)
    """What a narrow window shows."""
    zoomed: reactive[str] = reactive("", init=False)
    """The pane that has the whole window; "" for none."""
    _dragging = False

    @property
    def narrow(self) -> bool:
        """Whether the panes are shown one at a time."""
        return kind_of(self.size.width) == "narrow"

    @property
    def arranged(self) -> Layout:
        """The layout of the window as it is."""
        settings = self.app.settings
        return layout(
            self.size.width,
            self.size.height - _LINES,
            text_columns=settings.text_columns,
            text_rows=settings.text_rows,
        )

    @property
    def zoomed_columns(self) -> int:
        """Columns of the terminal when it has the whole window."""
        return self.size.width - FRAME

    def on_resize(self) -> None:
        self.put_in_place()

    def put_in_place(self) -> None:
        """Put the panes where they belong."""
        at = self.arranged
        alone = bool(self.zoomed) or at.kind == "narrow"
        self.query_one("#step-column").display = at.steps > 0 and not alone
        study, terminal = self.query_one("#study"), self.query_one("#terminal-pane")
        study.styles.width = at.text_columns if at.kind == "wide" and not alone else "1fr"
        study.styles.height = at.text_rows if at.kind == "medium" and not alone else "1fr"
        tight = at.kind == "medium" and self.size.width < at.terminal + FRAME
        terminal.set_class(tight, "-tight")
        framed = at.terminal + (0 if tight else FRAME)
        terminal.styles.width = framed if at.kind == "medium" and not alone else "1fr"

    # one pane

    def watch_pane(self, before: str, now: str) -> None:
        if self.narrow:
            self._give_keys(now)
        self.remove_class(f"-pane-{before}")
        self.add_class(f"-pane-{now}")
        self.query_one(PaneTabs).show(now)

    def watch_zoomed(self, before: str, now: str) -> None:
        self.remove_class("-zoom", f"-zoom-{before}")
        if now:
            self.add_class("-zoom", f"-zoom-{now}")
        self.put_in_place()
        self.refresh_bindings()

    @property
    def focused_pane(self) -> str:
        """The pane that has the keys; the text where none has."""
        node: Widget | None = self.focused
        for each in node.ancestors_with_self if node is not None else ():
            if each.id in PANES:
                return PANES[each.id]
        return "text"

    def action_zoom(self) -> None:
        self.zoomed = "" if self.zoomed else self.focused_pane

    # the divider

    def action_move_divider(self, by: int) -> None:
        at = self.arranged
        if at.kind == "wide":
            self._divide(at.text_columns + by * _STEP["wide"])
        elif at.kind == "medium":
            self._divide(at.text_rows + by * _STEP["medium"])

    def _divide(self, where: int) -> None:
        """`where`: columns or rows of the text's pane; kept within what both sides need."""
        settings, kind = self.app.settings, self.arranged.kind
        if kind == "wide":
            settings.text_columns = where
            settings.text_columns = self.arranged.text_columns
        else:
            settings.text_rows = where
            settings.text_rows = self.arranged.text_rows
        self.put_in_place()

    def _on_divider(self, event: events.MouseEvent) -> bool:
        work = self.query_one("#work").region
        if self.zoomed or self.narrow:
            return False
        if self.arranged.kind == "wide":
            return event.screen_x in (work.x - 1, work.x) and work.y <= event.screen_y < work.bottom
        return event.screen_y in (work.y - 1, work.y)

    def on_mouse_down(self, event: events.MouseDown) -> None:
        if event.button == 1 and self._on_divider(event):
            self._dragging = True
            self.capture_mouse()
            event.stop()

    def on_mouse_move(self, event: events.MouseMove) -> None:
        if self._dragging:
            study = self.query_one("#study").region
            wide = self.arranged.kind == "wide"
            self._divide(event.screen_x - study.x + 1 if wide else event.screen_y - study.y + 1)

    def on_mouse_up(self) -> None:
        if self._dragging:
            self._dragging = False
            self.release_mouse()
            self.app.settings.save()

    # the terminal and the text

    @property
    def in_terminal(self) -> bool:
        """Whether the keys go to the terminal, or the text is not to be seen."""
        return isinstance(self.focused, TerminalView) or (self.narrow and self.pane != "text")

    def show_terminal(self) -> None:
        """Bring the terminal up for what is about to run in it."""
        if self.narrow or self.zoomed:
            self.action_to_terminal()

    def show_text(self) -> None:
        """Bring up the text of the step that one went to."""
        if self.narrow or self.zoomed:
            self.action_to_text()

    def action_to_terminal(self) -> None:
        self._show("terminal")

    def action_to_text(self) -> None:
        self._show("text")

    def _show(self, pane: str) -> None:
        self.pane = pane
        if self.zoomed:
            self.zoomed = pane
        self._give_keys(pane)

    def _give_keys(self, pane: str) -> None:
        """At once, not with the next frame: whoever types on goes on there."""
        self.set_focus(self.query_one(f"#{PANES[pane]}"), scroll_visible=False)
