"""The command palette's entries: in the order in which they are offered, what belongs to the page first."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from textual.command import CommandPalette, DiscoveryHit, Hit, Hits, Provider
from textual.widgets import Input

from runner.tui.screens.once import Once
from runner.words import phrase, translate

if TYPE_CHECKING:
    from runner.tui.app_base import LabgateBase


class Offered(Provider):
    """Textual's own provider sorts by name; a learner looks for what the page can do, not for the alphabet."""

    async def discover(self) -> Hits:
        for command in self.app.get_system_commands(self.screen):
            yield DiscoveryHit(command.title, command.callback, help=command.help)

    async def search(self, query: str) -> Hits:
        matcher, found = self.matcher(query), False
        for command in self.app.get_system_commands(self.screen):
            score = max(matcher.match(command.title), matcher.match(command.help))
            if score > 0:
                found = True
                yield Hit(score, matcher.highlight(command.title), command.callback, help=command.help)
        if not found:  # Textual's own words for it are English only
            language = cast("LabgateBase", self.app).language
            yield Hit(1, translate(phrase("Nothing matches. Try a shorter word."), language), lambda: None)


class Palette(Once, CommandPalette):
    """Textual's, left once, and for words: it looks for what is typed anew at each key."""

    def on_mount(self) -> None:
        self.query_one(Input).max_length = 80
