"""The functions that the scripts of a shell have defined, and which of them may read its input."""

from __future__ import annotations

from collections.abc import Iterable

from runner.practice.containers.script_call import SHELLS
from runner.practice.containers.script_structure import function_bodies, unfed_commands
from runner.practice.containers.shell_command_names import READERS


class OwnFunctions:
    """bashkit has a function that is called wait for the end of the shell's input, so that only those that may read get it."""

    def __init__(self) -> None:
        self.names: set[str] = set()
        self.reading: set[str] = set()

    def define(self, names: Iterable[str], script: str) -> None:
        """A script has defined these."""
        bodies = function_bodies(script)
        for name in names:
            self.names.add(name)
            inside = unfed_commands(bodies.get(name, "read"))
            if inside & (READERS | self.reading | {".", "source", "eval"}) or any(
                "/" in each for each in inside
            ):
                self.reading.add(name)
            else:
                self.reading.discard(name)

    def hide_others(self, names: Iterable[str]) -> bool:
        """Whether by these commands there is more to be run than a script's text shows."""
        return any("/" in name or name in SHELLS | {".", "source", "eval"} | self.names for name in names)

    def take(self, other: OwnFunctions) -> None:
        """Those of another shell."""
        self.names |= other.names
        self.reading |= other.reading
