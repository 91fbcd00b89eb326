"""What stands behind the commands of a container: every file in /bin calls it, and a name without it is no command."""

from __future__ import annotations

from collections.abc import Collection

from runner.practice.containers.common_programs import READ_NOTHING
from runner.practice.containers.shell_command_names import BASHKIT_COMMANDS, OTHER_NAMES, SHELL_BUILTINS

OWN_FUNCTIONS = frozenset({"sleep", "kill"})
"""Commands that are functions of every shell: a script's traps are run behind them."""
INTERPRETED = frozenset({"bash", "sh"})
"""The shells that bashkit has; see OTHER_NAMES for the others."""


def functions(programs: Collection[str]) -> frozenset[str]:
    """Programs of ours that read no input are functions in a shell, and are called `__name` by them and by files in /bin.

    bashkit gives the input of a loop, and of a group, to the first command of ours in it, whether that reads or not.
    """
    return READ_NOTHING.intersection(programs) | OWN_FUNCTIONS


def called(name: str, programs: Collection[str]) -> str | None:
    """The words that the file of a command in /bin runs, before its arguments; None where nothing stands behind it.

    They are never the name of a file alone: it would run itself without end.
    """
    if name in programs:
        return f"__{name}" if name in functions(programs) else name
    if name in OTHER_NAMES:
        return OTHER_NAMES[name]
    return name if name in BASHKIT_COMMANDS | SHELL_BUILTINS | INTERPRETED else None
