"""Ages: a state that is normal after a minute is a cause of failure after ten."""

from __future__ import annotations

from datetime import UTC, datetime

from checks.base import Object, World
from checks.object_fields import at, mappings_at, text_at

SETTLED = 3.0
"""Seconds after which something missing is not just late: `kubectl apply` creates objects one after another."""


def settled(world: World, obj: Object) -> bool:
    """Whether the object has existed for SETTLED seconds."""
    return age(world, obj) >= SETTLED


def age(world: World, obj: Object) -> float:
    """Seconds since it was created; 0 if it doesn't say."""
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
"""Field managers that change objects on their own, such as a horizontal autoscaler."""


def changed_at(obj: Object) -> float:
    """When a person, not a controller, last changed the object, from its managedFields or else its creation; in
    seconds since the epoch, 0 if unknown."""
    times = [
        text_at(entry, "time")
        for entry in mappings_at(obj, "metadata", "managedFields")
        if text_at(entry, "manager") not in CONTROLLERS
    ]
    moment = _moment(max(times, default="") or text_at(obj, "metadata", "creationTimestamp"))
    return moment.timestamp() if moment is not None else 0.0


def seconds_since(world: World, when: str) -> float:
    """Seconds since a timestamp of the API server; 0 if it is invalid or in the future."""
    then = _moment(when)
    return max(0.0, (world.now() - then).total_seconds()) if then is not None else 0.0


def _moment(when: str) -> datetime | None:
    """None if it is not a timestamp."""
    try:
        then = datetime.fromisoformat(when.replace("Z", "+00:00"))
    except ValueError:
        return None
    return then if then.tzinfo is not None else then.replace(tzinfo=UTC)
