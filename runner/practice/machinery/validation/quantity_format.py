"""Quantities ("500m", "1Gi") as the API server writes them down: the largest suffix that needs no fraction."""

from __future__ import annotations

import re
from decimal import Decimal

PATTERN = r"^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$"
_PARTS = re.compile(r"^([+-]?(?:\d+\.?\d*|\.\d+))([eE][-+]?\d+|[a-zA-Z]*)$")
_DECIMAL = {"n": -9, "u": -6, "m": -3, "": 0, "k": 3, "M": 6, "G": 9, "T": 12, "P": 15, "E": 18}
_BINARY = {"Ki": 1, "Mi": 2, "Gi": 3, "Ti": 4, "Pi": 5, "Ei": 6}


def amount(text: object) -> Decimal:
    """The number that a quantity stands for. Raises ValueError if it is none."""
    found = _PARTS.match(str(text).strip())
    if not found:
        raise ValueError(text)
    number, suffix = Decimal(found[1]), found[2]
    if suffix in _DECIMAL:
        return number.scaleb(_DECIMAL[suffix])
    if suffix in _BINARY:
        return number * Decimal(1024) ** _BINARY[suffix]
    if suffix[:1] in "eE" and suffix[1:].lstrip("+-").isdigit():
        return number.scaleb(int(suffix[1:]))
    raise ValueError(text)


def canonical(text: object) -> str:
    """The quantity in its canonical form: 0.5 -> 500m, 1024Mi -> 1Gi. Raises ValueError if it is none."""
    value = amount(text)
    suffix = re.sub(r"^[-+.\d]+", "", str(text).strip())
    if suffix[:1] in ("e", "E") and suffix not in ("E", "Ei"):
        return str(text)
    if suffix in _BINARY and abs(value) >= 1024:
        return _binary(value)
    return _decimal(value)


def _binary(value: Decimal) -> str:
    number, power = int(value.to_integral_value("ROUND_UP")), 0
    while number and number % 1024 == 0 and power < 6:
        number, power = number // 1024, power + 1
    return f"{number}{dict(zip(_BINARY.values(), _BINARY, strict=True)).get(power, '')}"


def _decimal(value: Decimal) -> str:
    if not value:
        return "0"
    suffixes = {power: suffix for suffix, power in _DECIMAL.items()}
    number = int((value.scaleb(9)).to_integral_value("ROUND_UP"))  # nothing is finer than a billionth
    power = -9
    while number % 1000 == 0 and power < 18:
        number, power = number // 1000, power + 3
    return f"{number}{suffixes[power]}"
