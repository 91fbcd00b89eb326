"""Guesses the language of a text, and translates our own texts in a lab."""

from __future__ import annotations

import re

from runner.words import Phrase, translate

_HANGUL = re.compile(r"[가-힣]")
_WORD = re.compile(r"[가-힣]+")
_LATIN = re.compile(r"[A-Za-z]{2,}")
_FOREIGN = re.compile(r"[\u0370-\u1fff\u3040-\u30ff\u4e00-\u9fff]")
_CODE = re.compile(r"```.*?(?:```|\Z)|`[^`\n]*`|<[^<>\n]*+>|https?://\S+", re.DOTALL)


def guess(text: str) -> str:
    """`ko` where a good part of the prose is Korean, else `en`."""
    prose = _CODE.sub(" ", text)
    hangul, latin = len(_HANGUL.findall(prose)), len(_LATIN.findall(prose))
    if hangul < 10:  # for example a title: there may be nothing else to go by
        return "ko" if len(_WORD.findall(prose)) > latin else "en"
    return "ko" if 4 * hangul >= latin else "en"


def foreign(text: str) -> bool:
    """Whether the prose is mostly in a script that neither English nor Korean has."""
    prose = _CODE.sub(" ", text)
    others = len(_FOREIGN.findall(prose))
    return others > 40 and others > len(_HANGUL.findall(prose)) and others > len(_LATIN.findall(prose))


def ours(sentence: Phrase, language: str) -> dict[str, str]:
    """Words of ours as a text of a lab that is in one language."""
    return {language: translate(sentence, language)}
