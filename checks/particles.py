"""Korean particles, chosen by the sound that the word before them ends with: `{name}{을/를}`.

A template writes both forms, the one after a consonant first. Hangul tells its last sound itself (Unicode 3.12), digits
are read as numbers. What a text in brackets says is silent: the particle goes with the word before it (National Institute
of Korean Language). Latin words are read as Korean IT speech reads them; where nobody can tell, both forms stay.
"""

from __future__ import annotations

import re
from enum import Enum

PAIR = re.compile(r"(?<!\{)\{([가-힣]+/[가-힣]+)\}(?!\})")
"""A particle in a template, its two forms."""


class Final(Enum):
    """What a word ends with, as far as particles care."""

    VOWEL = "vowel"
    RIEUL = "rieul"  # ㄹ: 로, not 으로
    CONSONANT = "consonant"
    UNKNOWN = "unknown"


def with_particles(template: str, values: dict[str, object]) -> str:
    """`template.format(**values)`, each `{을/를}` in it chosen by the text that stands before it then."""
    rendered, pieces = "", PAIR.split(template)
    for at, piece in enumerate(pieces):
        rendered += particle(rendered, piece) if at % 2 else piece.format(**values)
    return rendered


def particle(text: str, pair: str) -> str:
    """The form of `pair` ("을/를": after a consonant, after a vowel) that goes with what `text` ends with."""
    after_consonant, after_vowel = pair.split("/")
    match final_sound(text):
        case Final.VOWEL:
            return after_vowel
        case Final.RIEUL:
            return after_vowel if after_consonant.startswith("으") else after_consonant
        case Final.CONSONANT:
            return after_consonant
    if after_consonant.endswith(after_vowel):  # (으)로, (이)라는
        return f"({after_consonant.removesuffix(after_vowel)}){after_vowel}"
    return f"{after_consonant}({after_vowel})"


_SILENT = re.compile(r"[^\w%‰]+$|_+$")
_BRACKETS = re.compile(r"(?<=[\w\"'`”’])\s*(?:\([^()]*\)|\[[^\[\]]*\]|（[^（）]*）)$")
_WORD = re.compile(r"[A-Za-z]+$")


def final_sound(text: str) -> Final:
    """The sound that a reader of Korean ends `text` with."""
    text = text[-200:].rstrip()
    while (shorter := _SILENT.sub("", _BRACKETS.sub("", text).rstrip())) != text:
        text = shorter
    if not text:
        return Final.UNKNOWN
    last = text[-1]
    if "가" <= last <= "힣":
        return _hangul(last)
    if last.isdecimal():
        return _DIGITS[int(last)]
    if last in "%‰":  # 퍼센트, 퍼밀
        return Final.VOWEL if last == "%" else Final.RIEUL
    word = _WORD.search(text)
    return _latin(word[0]) if word else Final.UNKNOWN


def _hangul(syllable: str) -> Final:
    final = (ord(syllable) - ord("가")) % 28
    return {0: Final.VOWEL, 8: Final.RIEUL}.get(final, Final.CONSONANT)


_V, _L, _C = Final.VOWEL, Final.RIEUL, Final.CONSONANT
_DIGITS = (_C, _L, _V, _C, _V, _V, _C, _L, _L, _V)
"""영 일 이 삼 사 오 육 칠 팔 구; whole tens, hundreds and thousands (십, 백, 천, 만) end with a consonant as 영 does."""

_LETTERS = {"l": _L, "r": _L, "m": _C, "n": _C}
"""엘, 알, 엠, 엔: the letters whose names do not end with a vowel."""

_KNOWN = {
    **dict.fromkeys(("ip", "vip", "bit", "check", "exit", "wait"), _V),  # 아이피, 비트, 체크
    **dict.fromkeys(("group", "club", "layout", "type", "workout"), _C),  # 그룹, 클럽, 레이아웃, 타입
}
"""Words that the rules below would read otherwise."""

_RULES = (
    (re.compile(r"ng$"), _C),  # 링, 핑
    (re.compile(r"(le|l)$"), _L),  # 파일, 컨트롤
    (re.compile(r"(?<=[aeiouy])(me|ne)$|[mn]$"), _C),  # 네임, 라인, 헬름, 토큰
    (re.compile(r"(?<![aeiou])[aeiou](p|t)$|[aeo]b$|pp$|tt$"), _C),  # 맵, 셋, 웹
    (re.compile(r"ck$|ook$|[aeiou]c$"), _C),  # 블록, 훅, 트래픽
)


def _latin(word: str) -> Final:
    """By the last word of `webServer`; what has no vowel, and capitals that are too short for a word, letter by letter."""
    spelled = not re.search(r"[aeiouy]", word, re.IGNORECASE) or (word.isupper() and len(word) <= 3)
    last = word if word.isupper() or word.islower() else re.split(r"(?<=[a-z])(?=[A-Z])", word)[-1]
    if last.lower() in _KNOWN:
        return _KNOWN[last.lower()]
    if spelled:
        return _LETTERS.get(word[-1].lower(), _V)
    return next((final for rule, final in _RULES if rule.search(last.lower())), _V)
