"""The end of the lab: the page about it, and what is chosen there."""

from __future__ import annotations

from runner.session.attempt_summary import summary
from runner.tui.screens import lab_rows
from runner.tui.screens.clean_up import ask_clean_up
from runner.tui.screens.finished import FinishedScreen
from runner.tui.screens.lab_host import Host


def show_ending(host: Host) -> None:
    """Put the page over the lab; what is chosen on it is done in the lab."""
    page = FinishedScreen(summary(host.run.view))

    def chosen(choice: str | None) -> None:
        match choice:
            case "next" if page.next_lab is not None:
                host.leave(page.next_lab.lab)
            case "leave":
                host.leave()
            case "clean-up":
                ask_clean_up(host, lambda: show_ending(host))
            case "bonus":
                host.step_id = lab_rows.bonus(host.run.view) or host.step_id

    host.clear_messages()
    host.open_page(page, chosen)
