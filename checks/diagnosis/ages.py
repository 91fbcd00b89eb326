"""How long something has been as it is: what a minute ago was only on its way is a cause after ten."""

from __future__ import annotations

from datetime import UTC, datetime

from checks.base import Object, World
from checks.object_fields import at, mappings_at, text_at

SETTLED = 3.0
"""Seconds after which what is missing was not just a moment late: an apply makes objects one after the other."""


def settled(world: World, obj: Object) -> bool:
    """Whether the object has been there for SETTLED."""
    return age(world, obj) >= SETTLED


def age(world: World, obj: Object) -> float:
    """Seconds since it was created; 0 where it doesn't say."""
    return seconds_since(world, text_at(obj, "metadata", "creationTimestamp"))


def age_of_type(world: World, service: Object) -> float:
    """Seconds since somebody last set the Service's type, by its managedFields; else since it was created."""
    set_at = [
        text_at(entry, "time")
        for entry in mappings_at(service, "metadata", "managedFields")
        if at(entry, "fieldsV1", "f:spec", "f:type") is not None
    ]
    return seconds_since(world, max(set_at, default="") or text_at(service, "metadata", "creationTimestamp"))


CONTROLLERS = ("kube-controller-manager", "kube-scheduler", "kubelet", "kube-apiserver")
"""Managers that change objects of themselves, as a horizontal autoscaler does."""


def changed_at(obj: Object) -> float:
    """When somebody, no controller, changed the object last, by its managedFields or else its creation; seconds since the
    epoch, 0 where it doesn't say."""
    times = [
        text_at(entry, "time")
        for entry in mappings_at(obj, "metadata", "managedFields")
        if text_at(entry, "manager") not in CONTROLLERS
    ]
    moment = _moment(max(times, default="") or text_at(obj, "metadata", "creationTimestamp"))
    return moment.timestamp() if moment is not None else 0.0


def seconds_since(world: World, when: str) -> float:
    """Seconds since a time of the API server's; 0 where it is none, or in the future."""
    then = _moment(when)
    return max(0.0, (world.now() - then).total_seconds()) if then is not None else 0.0


def _moment(when: str) -> datetime | None:
    """None where it is no time."""
    try:
        then = datetime.fromisoformat(when.replace("Z", "+00:00"))
    except ValueError:
        return None
    return then if then.tzinfo is not None else then.replace(tzinfo=UTC)
