"""Sentences as data: what a check has to say, before anybody has chosen a language."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from checks.particles import with_particles

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
    plural: str = ""
    """The template for all values of `count` but 1, of a sentence that counts something."""

    def render(
        self,
        translate: Callable[[str], str] = str,
        clean: Callable[[str], str] = str,
        translate_plural: Callable[[str, str, int], str] | None = None,
    ) -> str:
        """The sentence in the language of `translate`; values that are phrases are rendered too.

        `clean` is asked for each value that is text: what stands in a sentence is often somebody else's.
        `translate_plural` is gettext's ngettext; without it the sentence is English.
        """
        shown = {
            name: _shown(value, translate, clean, translate_plural) for name, value in self.values.items()
        }
        if not self.plural:
            return with_particles(translate(self.template), shown)
        chosen = (translate_plural or _english)(self.template, self.plural, self._count())
        return with_particles(chosen, shown)

    def _count(self) -> int:
        count = self.values.get("count")
        return count if isinstance(count, int) else 2


def phrase(template: str, /, **values: object) -> Phrase:
    """Mark `template` for the catalogues and hold its values."""
    return Phrase(template, values)


def count_phrase(one: str, many: str, /, *, count: int, **values: object) -> Phrase:
    """Mark a sentence that counts something: `one` where `{count}` is 1, `many` for all other numbers."""
    return Phrase(one, {"count": count, **values}, many)


def _english(one: str, many: str, count: int) -> str:
    return one if count == 1 else many


def _shown(
    value: object,
    translate: Callable[[str], str],
    clean: Callable[[str], str],
    translate_plural: Callable[[str, str, int], str] | None,
) -> object:
    if isinstance(value, Phrase):
        return value.render(translate, clean, translate_plural)
    if isinstance(value, tuple | list):
        return ", ".join(str(_shown(part, translate, clean, translate_plural)) for part in value)
    if isinstance(value, bool | int | float):
        return value
    return clean(value if isinstance(value, str) else str(value))
