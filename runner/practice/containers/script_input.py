"""Which commands of a script read its input: bashkit gives it to the first one that could."""

from __future__ import annotations

from typing import Any

from runner.practice.containers.network_programs.client_programs import CLIENTS
from runner.practice.containers.script_structure import fed_commands

TALKERS = frozenset({"nc", "ncat", "netcat", "telnet"})
"""Clients that always pass on what they read."""

_FILTERS = {
    "cat": 1,
    "head": 1,
    "tail": 1,
    "wc": 1,
    "sort": 1,
    "less": 1,
    "more": 1,
    "grep": 2,
    "sed": 2,
    "awk": 2,
}


def has_files(command: Any) -> bool:
    """Whether a filter is given files to read, so that it does not read its input."""
    operands = [word for word in command.args if word is None or not word.startswith("-")]
    return command.name in _FILTERS and len(operands) >= _FILTERS[command.name] and "-" not in command.args


def without_input(names: set[str], script: str) -> str:
    """Has clients that read nothing in this script get no input: they would get what is for a command after them."""
    lines = []
    fed = fed_commands(script)
    for name in sorted(names & CLIENTS.keys() - TALKERS):
        if "@-" in script or name in fed:
            lines.append(f"unset -f {name}; ")
        else:
            lines.append(f'{name}() {{ command {name} "$@" </dev/null; }}; ')
    return "".join(lines)
