"""How long something has been as it is: what a minute ago was only on its way is a cause after ten."""

from __future__ import annotations

from datetime import UTC, datetime

from checks.base import Object, World
from checks.objects import at, mappings_at, text_at

SETTLED = 3.0
"""Seconds after which what is missing was not just a moment late: an apply makes objects one after the other."""


def settled(world: World, obj: Object) -> bool:
    """Whether the object has been there for SETTLED."""
    return age(world, obj) >= SETTLED


def age(world: World, obj: Object) -> float:
    """Seconds since it was created; 0 where it doesn't say."""
    return _since(world, text_at(obj, "metadata", "creationTimestamp"))


def age_of_type(world: World, service: Object) -> float:
    """Seconds since somebody last set the Service's type, by its managedFields; else since it was created."""
    set_at = [
        text_at(entry, "time")
        for entry in mappings_at(service, "metadata", "managedFields")
        if at(entry, "fieldsV1", "f:spec", "f:type") is not None
    ]
    return _since(world, max(set_at, default="") or text_at(service, "metadata", "creationTimestamp"))


def _since(world: World, when: str) -> float:
    try:
        then = datetime.fromisoformat(when.replace("Z", "+00:00"))
    except ValueError:
        return 0.0
    if then.tzinfo is None:
        then = then.replace(tzinfo=UTC)
    return max(0.0, (world.now() - then).total_seconds())
