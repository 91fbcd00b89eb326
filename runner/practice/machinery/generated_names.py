"""Generated names in the format of the real controllers."""

from __future__ import annotations

import json
import random
from typing import Any

ALPHABET = "bcdfghjklmnpqrstvwxz2456789"
"""Without vowels and look-alikes, so that no name spells a word (k8s.io/apimachinery, util/rand)."""
LONGEST_BASE = 58

_random = random.SystemRandom()


def suffix(length: int = 5) -> str:
    """The suffix after a generateName."""
    return "".join(_random.choice(ALPHABET) for _ in range(length))


def generated(base: str) -> str:
    """A name from a generateName, cut so that it stays within 63 characters."""
    return base[:LONGEST_BASE] + suffix()


def encode(number: int) -> str:
    """A number in the alphabet above, digit by digit, as hashes in names are written."""
    return "".join(ALPHABET[ord(digit) % len(ALPHABET)] for digit in str(number))


def template_hash(template: Any, collisions: int = 0) -> str:
    """The pod-template-hash: 9 or 10 characters that change with the template."""
    text = json.dumps(template, sort_keys=True, separators=(",", ":"))
    number = _fnv32a(f"{text}{collisions or ''}".encode())
    shortest = 10**8
    return encode(number % (2**32 - shortest) + shortest)


def _fnv32a(data: bytes) -> int:
    value = 0x811C9DC5
    for byte in data:
        value = (value ^ byte) * 0x01000193 & 0xFFFFFFFF
    return value
