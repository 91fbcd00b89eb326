"""What a person agreed to: kept in the data folder, or only for this process."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

from runner.paths import data_folder, write_private

MOST_KEPT = 1000

_now: set[str] = set()


def known(key: str) -> bool:
    """Whether an agreement to this is stored."""
    return key in _kept()


def keep(key: str, about: str) -> None:
    """Store an agreement, keeping the newest MOST_KEPT. If it can't be stored, the person is asked again."""
    kept = _kept()
    kept.pop(key, None)
    kept[key] = {"for": about, "at": datetime.now(UTC).isoformat(timespec="seconds")}
    try:
        write_private(_place(), json.dumps(dict(list(kept.items())[-MOST_KEPT:]), indent=1) + "\n")
    except OSError:
        return


def allow(key: str) -> None:
    """Agree for as long as this process runs."""
    _now.add(key)


def allowed(key: str) -> bool:
    """Whether this process has an agreement to this."""
    return key in _now


def _place() -> Path:
    return data_folder() / "trusted.json"


def _kept() -> dict[str, object]:
    try:
        kept = json.loads(_place().read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return kept if isinstance(kept, dict) else {}
