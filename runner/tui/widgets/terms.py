"""Words of a text that the glossary explains: the first use of each on a page is marked."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from textual.content import Content

from runner.tui.widgets.anchors import Anchor, Kind, bearing

STYLE = "underline $secondary"
"""A terminal has one kind of underline for sure; a term differs from a link by its colour."""

_PARTICLES = (
    "에서부터 에게서 으로부터 으로서 으로써 이라는 이라고 입니다 이므로 에서는 에서도 으로는 까지 부터 에서 에게 으로 처럼 "
    "보다 마다 만큼 이나 이란 이며 이고 이면 인데 라는 라고 라서 이라 에는 에도 로서 로써 들은 들이 들을 들의 에만 만을 만이 "
    "는 은 이 가 을 를 과 와 의 에 도 만 로 나 란 라 며 고 인 들"
)
_AFTER = "(?:" + "|".join(_PARTICLES.split()) + ")"
"""What may follow a name in Korean, written to it: a name with other Hangul behind it is part of a longer word."""


@dataclass(eq=False)
class Terms:
    """Marks names in the texts of one page. `names`: what each name stands for, by the name."""

    names: Mapping[str, str]
    met: set[str] = field(default_factory=set)
    """The terms that the page has used."""

    def __post_init__(self) -> None:
        self._pattern = _pattern(self.names)

    def mark(self, words: Content) -> Content:
        """The words, with the first use of each term marked."""
        if self._pattern is None:
            return words
        for found in self._pattern.finditer(words.plain):
            term = self.names.get(found[0]) or self.names.get(_small(found[0])) or self._singular(found[0])
            if term and term not in self.met:
                self.met.add(term)
                means = bearing(Anchor(Kind.TERM, 0, term))
                words = words.stylize(STYLE, *found.span()).stylize(means, *found.span())
        return words

    def _singular(self, word: str) -> str | None:
        for ending in ("s", "es"):
            name = word.removesuffix(ending)
            if name != word and (term := self.names.get(name) or self.names.get(_small(name))):
                return term
        return None


def _small(word: str) -> str:
    """As within a sentence, of a word that may only be large because it begins one."""
    return word[:1].lower() + word[1:]


def _pattern(names: Iterable[str]) -> re.Pattern[str] | None:
    alternatives = [_alternative(name) for name in sorted(names, key=len, reverse=True) if name]
    return re.compile("|".join(alternatives)) if alternatives else None


def _alternative(name: str) -> str:
    first, last = name[0], name[-1]
    written = re.escape(name)
    if first.islower() and first.isascii():
        written = f"[{first}{first.upper()}]{re.escape(name[1:])}"
    before = r"(?<![A-Za-z0-9_./-])" if first.isascii() else r"(?<![가-힣])"
    if last.isascii():
        return f"{before}{written}(?:e?s)?(?![A-Za-z0-9_/-]|\\.\\w)"
    return f"{before}{written}(?={_AFTER}?(?![가-힣]))"
