"""The confirmation before a clean-up: it deletes objects for good."""

from __future__ import annotations

import unicodedata

from runner.words import Phrase, count_phrase, phrase

_YES = frozenset({"yes", "네", "예", "ㅛㄷㄴ"})
"""The whole word, so that a single key pressed by mistake never confirms. The last one is `yes` typed with a Korean
keyboard layout."""

ASK = phrase("Type yes and press Enter to run them.")


def is_yes(typed: str) -> bool:
    """Whether the input means yes, in either language and in any case."""
    return unicodedata.normalize("NFC", typed).strip().casefold() in _YES


def runs_on(cluster: str, server: str, count: int) -> Phrase:
    """How many commands run, and where. `server` is "" for a practice cluster that has not been started yet."""
    where = phrase("{cluster} ({server})", cluster=cluster, server=server) if server else cluster
    return count_phrase(
        "This command runs on {cluster}:",
        "These {count} commands run on {cluster}:",
        count=count,
        cluster=where,
    )


def consequence(cluster: str, *, practice: bool) -> Phrase:
    """What that means for that cluster."""
    if practice:
        return phrase("This is the lab's practice cluster. Nobody else uses it.")
    return phrase(
        "{cluster} is a real cluster. What these commands delete is deleted for everybody who uses it, "
        "and cannot be brought back.",
        cluster=cluster,
    )
