"""Signals by the names that shells give them."""

from __future__ import annotations

import signal


def signal_number(word: str) -> int:
    """9 of "9", "KILL", "SIGKILL" or "kill"; 0 for EXIT and for what is no signal."""
    if word.isdigit():
        return int(word)
    name = word.upper().removeprefix("SIG")
    found = signal.Signals.__members__.get(f"SIG{name}")
    return int(found) if found else 0
