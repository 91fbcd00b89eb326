"""The environment that the lab's shell is started with."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

from runner.inherited import proper

_PREFIXES = ("TEXTUAL", "TERM_PROGRAM", "VSCODE_", "LC_TERMINAL")
_NAMES = frozenset(
    [
        "COLUMNS",
        "LINES",
        "ROWS",  # Textual's browser driver gets its height from it
        "PROMPT_COMMAND",
        "PS0",
        "PS1",
        "PS2",
        "PS4",
        "COLORTERM",
        "TMOUT",
    ]
)
_SAYS_LOCALE = ("LC_ALL", "LC_CTYPE", "LANG")


def shell_environment(environment: Mapping[str, str], bash: Path) -> dict[str, str]:
    """Without what belongs to the terminal that this program runs in (its size, its name), and with this one's.

    Where no locale is set, characters are UTF-8, or else bash could not edit Korean text.
    """
    kept = {
        name: value
        for name, value in proper(environment).items()
        if name not in _NAMES and not name.startswith(_PREFIXES)
    }
    kept["TERM"] = "xterm-256color"
    kept["SHELL"] = str(bash)
    if not any(kept.get(name) for name in _SAYS_LOCALE):
        kept["LC_CTYPE"] = "UTF-8" if sys.platform == "darwin" else "C.UTF-8"
    return kept
