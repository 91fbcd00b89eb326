"""What the person chose on the screens and finds again next time: language, theme, and how commands are run."""

from __future__ import annotations

import json
import logging
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from runner.paths import data_folder, write_private
from runner.words import LANGUAGES

FILE = "settings.json"
PROMPTS = ("own", "lab")
_log = logging.getLogger(__name__)


@dataclass(slots=True)
class Settings:
    """Empty or None where the person chose nothing yet: then the environment or the lab decides."""

    language: str = ""
    theme: str = ""
    by_hand: bool | None = None
    prompt: str = ""
    """Whose prompt the shell shows: "own" is the learner's, "lab" the lab's."""
    place: str = ""
    """Where a lab was run last: "practice/", or the name of a context."""
    learner: str = ""
    """The name for certificates, as the learner wrote it."""
    toured: bool = False
    """Whether the first lab's tour was seen, or left."""
    text_columns: int | None = None
    """Where the divider of a wide window stands: columns of the text's pane."""
    text_rows: int | None = None
    """Where that of a medium window stands: rows of the text's pane."""

    def save(self) -> None:
        """Keep them. A folder that can't be written to is logged: a choice is not worth stopping for."""
        try:
            write_private(_path(), json.dumps(asdict(self)))
        except OSError as problem:
            _log.warning("settings are not kept: %s", problem)


def load_settings() -> Settings:
    """The settings of last time; those that make no sense are left out."""
    try:
        kept = json.loads(_path().read_text())
    except (OSError, ValueError):
        return Settings()
    known = kept if isinstance(kept, dict) else {}
    settings = Settings(**{each.name: known[each.name] for each in fields(Settings) if each.name in known})
    if settings.language not in LANGUAGES:
        settings.language = ""
    for name in ("theme", "place", "learner"):
        if not isinstance(getattr(settings, name), str):
            setattr(settings, name, "")
    if settings.prompt not in PROMPTS:
        settings.prompt = ""
    if not isinstance(settings.by_hand, bool):
        settings.by_hand = None
    settings.toured = settings.toured is True
    for name in ("text_columns", "text_rows"):
        if type(getattr(settings, name)) is not int:  # true is an int, too
            setattr(settings, name, None)
    return settings


def _path() -> Path:
    return data_folder() / FILE
