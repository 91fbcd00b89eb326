"""Keys: what they are called, and the Hangul letters that share them."""

from __future__ import annotations

import unicodedata
from typing import Any

from textual.binding import Binding

from runner.words import Phrase

_DUBEOLSIK = dict(
    zip("qwertyuiopasdfghjklzxcvbnm", "ㅂㅈㄷㄱㅅㅛㅕㅑㅐㅔㅁㄴㅇㄹㅎㅗㅓㅏㅣㅋㅌㅊㅍㅠㅜㅡ", strict=True)
)
"""The standard Korean layout (KS X 5002): the letter that each key gives while Hangul is switched on."""


OURS: set[str] = set()
"""The descriptions of all keys that were made here."""


def key(keys: str, action: str, description: Phrase, **options: Any) -> Binding:
    """A binding whose description is said in the reader's language by the key bar.

    A Korean learner often has Hangul switched on when they press a letter: the same key then gives another
    character, and does the same.
    """
    every = keys.split(",")
    display = options.pop("key_display", None) or shown(every[0])
    with_hangul = [*every, *(_DUBEOLSIK[each] for each in every if each in _DUBEOLSIK)]
    OURS.add(description.template)
    return Binding(",".join(with_hangul), action, description.template, key_display=display, **options)


_SIGNS = {
    "enter": "⏎",
    "escape": "Esc",
    "space": "Space",
    "slash": "/",  # which Unicode calls a solidus
    "up": "↑",
    "down": "↓",
    "left": "←",
    "right": "→",
    "tab": "Tab",
    "pageup": "PgUp",
    "pagedown": "PgDn",
    "home": "Home",
    "end": "End",
    "insert": "Ins",
    "delete": "Del",
    "backspace": "⌫",
}
_SIGNS |= {
    unicodedata.name(sign).lower().replace(" ", "_").replace("-", "_"): sign
    for sign in map(chr, range(0x21, 0x7F))
    if not sign.isalnum()
}
_MODIFIERS = {"ctrl": "^", "shift": "⇧", "alt": "Alt+", "super": "Super+", "meta": "Meta+", "hyper": "Hyper+"}


def shown(name: str) -> str:
    """A key as it is written on a keyboard or shown in the key bar, by Textual's name of it."""
    *modifiers, key_ = name.split("+")
    sign = _SIGNS.get(key_, key_)
    if "ctrl" in modifiers or (key_[:1] == "f" and key_[1:].isdigit()):
        sign = sign.upper()
    return "".join(_MODIFIERS[each] for each in modifiers) + sign
