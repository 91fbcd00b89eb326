"""The bottom line: what can be pressed now, in the reader's language."""

from __future__ import annotations

from collections.abc import Sequence

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal
from textual.content import Content
from textual.events import Click
from textual.widgets import Static

from runner.tui.key_labels import shown
from runner.tui.spoken import Spoken
from runner.words import Phrase


class KeyBar(Spoken, Horizontal):
    """Shows the bindings of the screen and of what has the focus; a click does what the key does."""

    DEFAULT_CSS = """
    KeyBar { dock: bottom; height: 1; background: $panel; overflow: hidden; }
    """

    def on_mount(self) -> None:
        self.screen.bindings_updated_signal.subscribe(self, lambda _screen: self.respeak())

    def respeak(self) -> None:
        if self.is_attached and self.screen.is_attached:
            self.call_after_refresh(self.recompose)

    def on_resize(self) -> None:
        self.respeak()

    def compose(self) -> ComposeResult:
        own, apps = self._offered()
        self._offer_to_page([*own, *apps])
        left = self.size.width - sum(key.width for key in apps)
        for key in own:
            left -= key.width
            if left < 0:  # whole keys only; the help page has them all
                break
            yield key
        yield from apps

    def _offer_to_page(self, keys: Sequence[_Key]) -> None:
        """A browser's page has buttons of the keys: first those that stand in a line of the screen's own (`keys_beside`)."""
        offer = getattr(self.app._driver, "offer_keys", None)
        if offer is not None:
            beside: Sequence[tuple[str, Phrase]] = getattr(self.screen, "keys_beside", tuple)()
            offer(
                [
                    *((key, shown(key), self.translate(does)) for key, does in beside),
                    *(each.offered for each in keys),
                ]
            )

    def _offered(self) -> tuple[list[_Key], list[_Key]]:
        """The keys of the page, and those of the program, which are always there."""
        own: list[_Key] = []
        apps: list[_Key] = []
        shown, names = set[str](), set[str]()
        offers = getattr(self.screen, "offers", lambda _: True)  # in the terminal most keys are the shell's
        for node, binding, enabled, _ in self.screen.active_bindings.values():
            if not binding.show or not enabled or binding.action in shown or not offers(binding):
                continue
            shown.add(binding.action)
            name = binding.key_display or binding.key
            if name in names:  # what has the focus took the first of its keys: this one is left
                name = binding.key
            names.add(name)
            of = apps if node is self.app else own
            of.append(_Key(binding, name, self.translate(Phrase(binding.description))))
        return own, apps


class _Key(Static):
    DEFAULT_CSS = """
    _Key { width: auto; height: 1; padding: 0 1 0 0; margin: 0 0 0 1; }
    _Key:hover { background: $boost; text-style: bold; }
    """

    def __init__(self, binding: Binding, name: str, words: str) -> None:
        shown = Content.assemble((name, "bold $accent"), " ", words)
        super().__init__(shown)
        self.width = shown.cell_length + 2  # with what is around it
        self._key = binding.key
        self.offered = (binding.key, name, words)
        """The key, how it is written, and what it does."""

    def on_click(self, event: Click) -> None:
        event.stop()
        self.app.simulate_key(self._key)
