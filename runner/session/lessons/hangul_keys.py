"""Korean text as the keys that it was typed with, on the keyboard that nearly everybody in Korea has (dubeolsik, KS X 5002)."""

from __future__ import annotations

import unicodedata

_LETTERS = dict(
    zip(
        "ㅂㅃㅈㅉㄷㄸㄱㄲㅅㅆㅛㅕㅑㅐㅒㅔㅖㅁㄴㅇㄹㅎㅗㅓㅏㅣㅋㅌㅊㅍㅠㅜㅡ",
        [
            "q",
            "Q",
            "w",
            "W",
            "e",
            "E",
            "r",
            "R",
            "t",
            "T",
            "y",
            "u",
            "i",
            "o",
            "O",
            "p",
            "P",
            "a",
            "s",
            "d",
            "f",
            "g",
            "h",
            "j",
            "k",
            "l",
            "z",
            "x",
            "c",
            "v",
            "b",
            "n",
            "m",
        ],
        strict=True,
    )
)
_PAIRS = {
    "ㅘ": "ㅗㅏ", "ㅙ": "ㅗㅐ", "ㅚ": "ㅗㅣ", "ㅝ": "ㅜㅓ", "ㅞ": "ㅜㅔ", "ㅟ": "ㅜㅣ", "ㅢ": "ㅡㅣ",
    "ㄳ": "ㄱㅅ", "ㄵ": "ㄴㅈ", "ㄶ": "ㄴㅎ", "ㄺ": "ㄹㄱ", "ㄻ": "ㄹㅁ", "ㄼ": "ㄹㅂ", "ㄽ": "ㄹㅅ", "ㄾ": "ㄹㅌ",
    "ㄿ": "ㄹㅍ", "ㅀ": "ㄹㅎ", "ㅄ": "ㅂㅅ",
}  # fmt: skip
_FIRST = "ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ"
_MIDDLE = "ㅏㅐㅑㅒㅓㅔㅕㅖㅗㅘㅙㅚㅛㅜㅝㅞㅟㅠㅡㅢㅣ"
_LAST = " ㄱㄲㄳㄴㄵㄶㄷㄹㄺㄻㄼㄽㄾㄿㅀㅁㅂㅄㅅㅆㅇㅈㅊㅋㅌㅍㅎ"


def typed_keys(text: str) -> str:
    """The text with each Korean letter as its key: `ㅏㅕㅠㄷㅊ시` is `kubectl`."""
    return "".join(
        _LETTERS.get(letter, letter)
        for character in unicodedata.normalize("NFC", text)
        for whole in _letters(character)
        for letter in _PAIRS.get(whole, whole)
    )


def _letters(character: str) -> str:
    """A syllable's letters; anything else as it is."""
    number = ord(character) - 0xAC00
    if not 0 <= number < 19 * 21 * 28:
        return character
    first, rest = divmod(number, 21 * 28)
    return (_FIRST[first] + _MIDDLE[rest // 28] + _LAST[rest % 28]).rstrip()
