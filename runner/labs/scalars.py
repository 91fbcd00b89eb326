"""The meaning of unquoted YAML values, and which of them are surprising.

YAML 1.1 (which most tools read) and YAML 1.2 differ on `no`, `12:30`, `0755`, `1e3` and more: such values are
refused, and the author is asked to put them in quotes. https://yaml.org/type/ has the types of 1.1.
"""

from __future__ import annotations

import re

from runner.words import Phrase, phrase

_LONGEST_NUMBER = 200
"""Characters; longer digits are text to everybody, and the patterns below would take long for them."""
_NULL = frozenset({"", "~", "null", "Null", "NULL"})
_TRUE = frozenset({"true", "True", "TRUE"})
_FALSE = frozenset({"false", "False", "FALSE"})
_YES_OR_NO = frozenset({"yes", "no", "on", "off"})
_WHOLE = re.compile(r"[-+]?(?:0|[1-9][0-9]{0,14})")
_DECIMAL = re.compile(r"[-+]?(?:0|[1-9][0-9]{0,14})\.[0-9]{1,15}")
_SURPRISING = (
    (re.compile(r"[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?"), phrase("a number in base 60")),
    (re.compile(r"[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}(?:[Tt ].*)?"), phrase("a date")),
    (re.compile(r"[-+]?0(?:[0-9_]+|o[0-7]+)"), phrase("an octal number")),
    (re.compile(r"[-+]?0x[0-9a-fA-F_]+|[-+]?0b[01_]+"), phrase("a number in base 16 or 2")),
    (re.compile(r"[-+]?(?:[0-9][0-9_]*\.?[0-9_]*|\.[0-9_]+)(?:[eE][-+]?[0-9]+)?"), phrase("another number")),
    (re.compile(r"[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)"), phrase("a number without a value")),
)


def plain_value(text: str) -> str | int | float | bool | None:
    """What an unquoted value means; text where it means nothing special."""
    if text in _NULL:
        return None
    if text in _TRUE or text in _FALSE:
        return text in _TRUE
    if _WHOLE.fullmatch(text):
        return int(text)
    return float(text) if _DECIMAL.fullmatch(text) else text


def surprise(text: str) -> Phrase | None:
    """What YAML readers take an unquoted value for although its author hardly means that; usually None."""
    if text.lower() in _YES_OR_NO:
        return phrase("true or false")
    if (
        len(text) > _LONGEST_NUMBER
        or not text
        or text[0] not in "+-.0123456789"
        or _WHOLE.fullmatch(text)
        or _DECIMAL.fullmatch(text)
    ):
        return None
    return next((meaning for pattern, meaning in _SURPRISING if pattern.fullmatch(text)), None)
