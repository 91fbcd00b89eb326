"""A short form of managedFields: who changed an object and when. The full form is half of an object's size."""

from __future__ import annotations

from checks.base import Object
from checks.object_fields import at, mappings_at, text_at

WITH_FIELDS = frozenset(["Namespace", "Service"])
"""Kinds of which rules read which field was set by whom; they are small."""
MOST = 30
"""Entries that are kept."""


def reduced(managed: object, *, whole: bool) -> list[Object]:
    """Entries of managedFields that have a time and are about more than the status, each with its manager and its time;
    with its fields, too, where `whole`."""
    entries = mappings_at({"managed": managed}, "managed")
    timed = [entry for entry in entries if text_at(entry, "time") and not _of_status(entry)][-MOST:]
    if whole:
        return timed
    return [{"manager": text_at(entry, "manager"), "time": text_at(entry, "time")} for entry in timed]


def _of_status(entry: Object) -> bool:
    fields = at(entry, "fieldsV1")
    return text_at(entry, "subresource") == "status" or (
        isinstance(fields, dict) and set(fields) == {"f:status"}
    )
