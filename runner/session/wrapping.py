"""Whether a command's output wrapped in the terminal, and the same command with its lines whole."""

from __future__ import annotations

import re
import shutil
from dataclasses import dataclass

from rich.cells import cell_len

from checks.base import Ran

_MORE_THAN_A_COMMAND = re.compile(r"[|&;<>\n]")


@dataclass(frozen=True, slots=True)
class Wrapped:
    """`columns`: of the widest line. `command`: the same in a pager that cuts lines and scrolls sideways."""

    columns: int
    command: str


def wrapped(ran: Ran, columns: int) -> Wrapped | None:
    """Of a table that was printed into a terminal of so many columns; None where nothing wrapped, or nothing can be done.

    Only a plain command is repeated: one with a pipe or a redirection has been thought about, and one that failed
    printed a message, not a table.
    """
    line = ran.line.strip()
    if ran.exit_code != 0 or _MORE_THAN_A_COMMAND.search(line) or not shutil.which("less"):
        return None
    rows = ran.output.splitlines()
    if not rows or not line.split()[1:2] or "get" not in line.split():
        return None
    widest = max(map(cell_len, rows))
    return Wrapped(widest, f"{line} | less -S") if widest > columns else None
