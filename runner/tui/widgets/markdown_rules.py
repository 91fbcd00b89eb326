"""Markdown as Labgate reads it: CommonMark with tables and strikethrough, and bold that may end before Hangul.

CommonMark closes `**…)**` only before a space or punctuation, which languages without spaces before their particles
never have: `**서비스 메시(Service Mesh)**는`. The rule for these is that of the CJK-friendly amendments to CommonMark
(https://github.com/tats-u/markdown-cjk-friendly): beside a CJK character a run of `*` or `~` opens and closes as if
the punctuation on its other side were a letter.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from unicodedata import category

from markdown_it import MarkdownIt
from markdown_it.rules_inline import StateInline, emphasis, strikethrough

_CJK = re.compile(
    r"[\u1100-\u11ff\u2e80-\u303e\u3041-\u33ff\u3400-\u4dbf\u4e00-\u9fff\ua960-\ua97f\uac00-\ud7ff\uf900-\ufaff"
    r"\uff01-\uffee\U0001b000-\U0001b2ff\U00020000-\U0003ffff]"
)
"""Hangul, Hanja and kana with their signs."""

_Rule = Callable[[StateInline, bool], bool]


def parser() -> MarkdownIt:
    """HTML is text, a link is one to the web."""
    made = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])
    made.validateLink = lambda url: url.startswith(("http://", "https://"))  # type: ignore[method-assign]
    made.inline.ruler.at("emphasis", _beside_cjk(emphasis.tokenize))
    made.inline.ruler.at("strikethrough", _beside_cjk(strikethrough.tokenize))
    return made


def _beside_cjk(rule: _Rule) -> _Rule:
    def amended(state: StateInline, silent: bool) -> bool:
        start, had = state.pos, len(state.delimiters)
        if not rule(state, silent):
            return False
        made = state.delimiters[had:]
        if made and state.src[start] != "_":  # within a word `_` never means anything
            before = state.src[start - 1] if start else " "
            after = state.src[state.pos] if state.pos < state.posMax else " "
            opens = _opens(before, after)
            closes = _opens(after, before)
            for delimiter in made:
                delimiter.open, delimiter.close = delimiter.open or opens, delimiter.close or closes
        return True

    return amended


def _opens(outside: str, inside: str) -> bool:
    """Whether a run between these two can be the edge of what is emphasised, because of a CJK character."""
    if inside.isspace():
        return False
    return bool(_CJK.match(outside)) or (bool(_CJK.match(inside)) and _punctuation(inside))


def _punctuation(sign: str) -> bool:
    return category(sign)[0] in "PS"
