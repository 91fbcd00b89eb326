"""Widgets and screens whose words follow the language that the person reads."""

from __future__ import annotations

from collections.abc import Mapping
from functools import wraps
from typing import TYPE_CHECKING, Any, cast

from runner import words
from runner.words import Phrase

if TYPE_CHECKING:
    from runner.tui.app_base import LabgateBase


class Spoken:
    """Mixed into a Textual widget or screen, before it in the list of bases.

    Words that come late, to a page that is being closed, are dropped: what they would be put on is gone, in part.
    """

    if TYPE_CHECKING:
        app: Any
        _pruning: bool
        is_attached: bool

        def watch(self, *_: Any, **__: Any) -> None: ...

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        own = cls.__dict__.get("respeak")
        if own is None:
            return

        @wraps(own)
        def while_it_stays(self: Spoken) -> None:
            if not self._pruning and self.is_attached:
                own(self)

        cls.respeak = while_it_stays  # type: ignore[method-assign]

    def on_mount(self) -> None:
        self.watch(self.app, "language", self._language_changed)  # called at once, too

    def _language_changed(self) -> None:
        self.respeak()

    def respeak(self) -> None:
        """Put the words on the screen: called once it is mounted, and whenever the language changes."""

    @property
    def language(self) -> str:
        """The language that the person reads now."""
        return cast("LabgateBase", self.app).language

    def translate(self, sentence: Phrase) -> str:
        """A sentence of the program's in that language."""
        return words.translate(sentence, self.language)

    def text(self, by_language: Mapping[str, str]) -> str:
        """A lab's own text in that language."""
        return words.text(dict(by_language), self.language)
