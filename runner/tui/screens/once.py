"""A page that is left once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from textual.await_complete import AwaitComplete


class Once:
    """Mixed into a screen, before it in the list of bases.

    Textual's `dismiss` takes away whatever page is on top and calls back again: a key pressed twice before the page is
    gone would take the one beneath with it, and do twice what was said yes to.
    """

    if TYPE_CHECKING:
        app: Any

    def dismiss(self, result: Any = None) -> AwaitComplete:
        if self.app.screen is not self:
            return AwaitComplete()
        left: AwaitComplete = super().dismiss(result)  # type: ignore[misc]  # a screen's
        return left
