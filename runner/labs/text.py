"""`{{variables}}` in a lab's texts and commands, and which languages a text is in."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

_MARK = re.compile(r"\\\{\{|\{\{[ ]*([A-Za-z_][A-Za-z0-9_-]*)[ ]*\}\}")
"""`\\{{`, which stands for plain braces, or a variable. `{{.items}}` and `{{range .x}}` are neither."""


def substituted(text: str, values: Mapping[str, str]) -> str:
    """`text` with the values of its variables; unknown ones stay, and `\\{{` becomes `{{`."""

    def value(found: re.Match[str]) -> str:
        name = found[1]
        return "{{" if name is None else values.get(name, found[0])

    return _MARK.sub(value, text) if "{{" in text else text


def escaped(text: str) -> str:
    """`text` such that a lab that has no variables of these names says it as it is: the reverse of `substituted`."""
    return _MARK.sub(lambda found: f"\\{found[0]}", text) if "{{" in text else text


def unknown_variables(text: str, known: Mapping[str, object]) -> Iterator[tuple[int, str]]:
    """The variables of `text` that nobody declared, with their offsets."""
    if "{{" not in text:
        return
    for found in _MARK.finditer(text):
        if found[1] is not None and found[1] not in known:
            yield found.start(), found[1]


LANGUAGE_CODE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")
"""`en`, `ko`, `pt-BR` (BCP 47)."""
