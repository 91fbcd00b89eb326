"""The end of the lab: the page about it, and what is chosen there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runner.tui.screens import lab_rows
from runner.tui.screens.clean_up import ask_clean_up

if TYPE_CHECKING:
    from runner.tui.screens.lab import LabScreen

READ_FOR = 2.5
"""Seconds from the lab's end to the page about it."""


def show_ending(screen: LabScreen) -> None:
    """Put the page over the lab; what is chosen on it is done in the lab."""
    from runner.tui.screens.finished import FinishedScreen

    def chosen(choice: str | None) -> None:
        match choice:
            case "leave":
                screen.action_leave()
            case "clean-up":
                ask_clean_up(screen, lambda: show_ending(screen))
            case "bonus":
                screen.step_id = lab_rows.bonus(screen.walk) or screen.step_id

    screen.app.clear_notifications()
    screen.app.push_screen(FinishedScreen(lab_rows.ending(screen.walk)), chosen)
