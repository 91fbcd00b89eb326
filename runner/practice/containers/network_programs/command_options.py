"""The arguments of programs that take options as getopt_long reads them: -sS, -oFILE, --output FILE, --output=FILE."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field


class OptionError(Exception):
    """An option that the program does not know, or one without its value."""

    def __init__(self, option: str, *, unknown: bool) -> None:
        super().__init__(option)
        self.option, self.unknown = option, unknown
        """As it was written: -z, --zzz."""


@dataclass(frozen=True, slots=True)
class Options:
    """The options of a program. `table` has one a word: `s/silent`, `o/output=` with a value, `retry=`, `k`."""

    table: str
    equals: bool = True
    """Whether --name=value is a form of it."""
    ends_at_operand: bool = False
    """Whether everything from the first operand on is an operand."""
    single_dash: bool = False
    """-name is a form of --name, as programs written in Go have it."""
    _short: dict[str, tuple[str, bool]] = field(default_factory=dict, init=False)
    _long: dict[str, tuple[str, bool]] = field(default_factory=dict, init=False)

    def __post_init__(self) -> None:
        for word in self.table.split():
            names, takes = word.removesuffix("="), word.endswith("=")
            parts = names.split("/")
            name = parts[-1]
            for part in parts:
                (self._short if len(part) == 1 else self._long)[part] = (name, takes)

    def parse(self, arguments: Sequence[str]) -> tuple[list[tuple[str, str]], list[str]]:
        """(options in their order as (the last of its names, value), operands). Raises OptionError."""
        given: list[tuple[str, str]] = []
        operands: list[str] = []
        rest = list(arguments)
        while rest:
            word = rest.pop(0)
            if word == "--":
                operands += rest
                break
            if word.startswith("--") or (self.single_dash and word.startswith("-") and word != "-"):
                given.append(self._read_long(word, rest))
            elif word.startswith("-") and word != "-":
                self._read_short(word, rest, given)
            else:
                operands.append(word)
                if self.ends_at_operand:
                    operands += rest
                    break
        return given, operands

    def _read_long(self, word: str, rest: list[str]) -> tuple[str, str]:
        text, equals, value = word.lstrip("-"), "", ""
        if self.equals:
            text, equals, value = text.partition("=")
        found = self._long.get(text) or (self._short.get(text) if self.single_dash else None)
        if found is None:
            meant = {entry for name, entry in self._long.items() if text and name.startswith(text)}
            if len(meant) != 1 or self.single_dash:
                raise OptionError(word, unknown=True)
            found = meant.pop()
        name, takes = found
        if takes and not equals:
            if not rest:
                raise OptionError(word, unknown=False)
            value = rest.pop(0)
        return name, value

    def _read_short(self, word: str, rest: list[str], given: list[tuple[str, str]]) -> None:
        letters = word[1:]
        while letters:
            letter, letters = letters[0], letters[1:]
            if letter not in self._short:
                raise OptionError(f"-{letter}", unknown=True)
            name, takes = self._short[letter]
            if takes and not letters and not rest:
                raise OptionError(f"-{letter}", unknown=False)
            given.append((name, (letters or rest.pop(0)) if takes else ""))
            if takes:
                break
