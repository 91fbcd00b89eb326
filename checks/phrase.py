"""Sentences as data: what a check has to say, before anybody has chosen a language."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

LANGUAGES = ("en", "ko")
"""Everything that a learner reads is in each of these."""


@dataclass(frozen=True, slots=True)
class Phrase:
    """A sentence to be said in the reader's language.

    `template` is the English sentence with `{names}` (and the key of the translation catalogue);
    `values` are what it speaks about, kept as data so that a report can give both.
    """

    template: str
    values: Mapping[str, object] = field(default_factory=dict)

    def render(self, translate: Callable[[str], str] = str, clean: Callable[[str], str] = str) -> str:
        """The sentence in the language of `translate`; values that are phrases are rendered too.

        `clean` is asked for each value that is text: what stands in a sentence is often somebody else's.
        """
        shown = {name: _shown(value, translate, clean) for name, value in self.values.items()}
        return translate(self.template).format(**shown)


def phrase(template: str, /, **values: object) -> Phrase:
    """Mark `template` for the catalogues and hold its values."""
    return Phrase(template, values)


def _shown(value: object, translate: Callable[[str], str], clean: Callable[[str], str]) -> object:
    if isinstance(value, Phrase):
        return value.render(translate, clean)
    if isinstance(value, tuple | list):
        return ", ".join(str(_shown(part, translate, clean)) for part in value)
    if isinstance(value, bool | int | float):
        return value
    return clean(value if isinstance(value, str) else str(value))
