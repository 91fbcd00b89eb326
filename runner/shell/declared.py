"""Reading what bash's `declare -p` writes."""

from __future__ import annotations

import re
from dataclasses import dataclass

_HEAD = re.compile(r"declare -(\S+) ([A-Za-z_][A-Za-z0-9_]*)(=?)")
_ESCAPE = re.compile(
    r"\\(?:([0-7]{1,3})|x([0-9A-Fa-f]{1,2})|u([0-9A-Fa-f]{1,4})|U([0-9A-Fa-f]{1,8})|c(.)|(.))", re.DOTALL
)
_SINGLE = {
    "a": "\a",
    "b": "\b",
    "e": "\x1b",
    "E": "\x1b",
    "f": "\f",
    "n": "\n",
    "r": "\r",
    "t": "\t",
    "v": "\v",
}


@dataclass(frozen=True, slots=True)
class Variable:
    """`flags` are declare's letters: x exported, r read-only, a and A arrays; "-" for none.

    `value` is None if the variable has none, and for arrays, which are not read.
    """

    name: str
    flags: str
    value: str | None

    @property
    def exported(self) -> bool:
        return "x" in self.flags


def parse(text: str) -> list[Variable]:
    """The variables in a `declare -p` output; what is not one is passed over.

    A value is scanned by its quotes, so a value that looks like a declaration is not taken for one.
    """
    variables: list[Variable] = []
    at = 0
    while at < len(text):
        head = _HEAD.match(text, at)
        if not head:
            at = _next_line(text, at)
            continue
        value, at = _value(text, head.end()) if head[3] else (None, head.end())
        array = {"a", "A"} & set(head[1])
        variables.append(Variable(head[2], head[1], None if array else value))
        at = _next_line(text, at)
    return variables


def _next_line(text: str, at: int) -> int:
    end = text.find("\n", at)
    return len(text) if end < 0 else end + 1


def _value(text: str, at: int) -> tuple[str, int]:
    """The value that begins at `at`, and where it ends."""
    if text.startswith('"', at):
        end = _closing(text, at + 1, '"')
        return re.sub(r'\\([\\"$`\n])', r"\1", text[at + 1 : end]), end + 1
    if text.startswith("$'", at):
        end = _closing(text, at + 2, "'")
        return _unescaped(text[at + 2 : end]), end + 1
    if text.startswith("(", at):
        return "", _array_end(text, at + 1)
    end = _next_line(text, at)
    return text[at:end].rstrip("\n"), end - 1


def _closing(text: str, at: int, quote: str) -> int:
    while at < len(text) and text[at] != quote:
        at += 2 if text[at] == "\\" else 1
    return min(at, len(text))


def _array_end(text: str, at: int) -> int:
    while at < len(text) and text[at] != ")":
        if text[at] == '"':
            at = _closing(text, at + 1, '"')
        elif text.startswith("$'", at):
            at = _closing(text, at + 2, "'")
        elif text[at] == "\\":
            at += 1
        at += 1
    return at + 1


def _unescaped(quoted: str) -> str:
    """The text of $'…'. Octal and hex escapes are bytes, so it is put together as bytes."""

    def replace(found: re.Match[str]) -> str:
        octal, hexadecimal, short, long, control, single = found.groups()
        if octal:
            return chr(0xDC00 + value) if (value := int(octal, 8) & 0xFF) > 0x7F else chr(value)
        if hexadecimal:
            return chr(0xDC00 + value) if (value := int(hexadecimal, 16)) > 0x7F else chr(value)
        if short or long:
            return chr(int(short or long, 16))
        if control:
            return chr(ord(control) & 0x1F)
        return _SINGLE.get(single, single)

    text = _ESCAPE.sub(replace, quoted)
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "surrogateescape")
