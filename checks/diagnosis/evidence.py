"""Reads the evidence for rules: events about an object, container statuses, conditions, each with its field path."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from dataclasses import dataclass

from checks.base import CannotRead, Object, ObjectRef, World
from checks.object_fields import at, mappings_at, name_of, number_at, text_at


def ref(obj: Object) -> ObjectRef:
    """A reference to the object."""
    return ObjectRef(
        text_at(obj, "kind"),
        name_of(obj),
        text_at(obj, "metadata", "namespace"),
        text_at(obj, "apiVersion") or "v1",
    )


@dataclass(frozen=True, slots=True)
class Container:
    """A container's status and its field path in the pod (`status.containerStatuses[0]`)."""

    status: Object
    path: str
    init: bool

    @property
    def name(self) -> str:
        return text_at(self.status, "name")

    @property
    def image(self) -> str:
        return text_at(self.status, "image")

    def waiting(self, *reasons: str) -> bool:
        """Whether it is waiting with one of these reasons."""
        return self.reason in reasons

    @property
    def reason(self) -> str:
        """Why it is waiting; "" if it is not."""
        return text_at(self.status, "state", "waiting", "reason")

    @property
    def message(self) -> str:
        return text_at(self.status, "state", "waiting", "message")

    @property
    def ended(self) -> Object:
        """Its last termination: of this run if it has ended, else of the previous run; {} if it never terminated."""
        for state in ("state", "lastState"):
            ended = at(self.status, state, "terminated")
            if isinstance(ended, dict):
                return ended
        return {}


def containers(pod: Object) -> Iterator[Container]:
    """The statuses of a pod's containers, init containers first."""
    for init, statuses in ((True, "initContainerStatuses"), (False, "containerStatuses")):
        for index, status in enumerate(mappings_at(pod, "status", statuses)):
            yield Container(status, f"status.{statuses}[{index}]", init)


def commanded(pod: Object) -> str:
    """The kubectl name of any pod of its workload: `deployment/web`, else `pod/web-0`."""
    name, template = name_of(pod), text_at(pod, "metadata", "labels", "pod-template-hash")
    for owner in mappings_at(pod, "metadata", "ownerReferences"):
        kind, owner_name = text_at(owner, "kind"), text_at(owner, "name")
        if kind == "ReplicaSet" and template and owner_name.endswith(f"-{template}"):
            return f"deployment/{shlex.quote(owner_name.removesuffix(f'-{template}'))}"
        if kind in ("StatefulSet", "DaemonSet", "Job", "ReplicaSet"):
            return f"{kind.lower()}/{shlex.quote(owner_name)}"
    return f"pod/{name}"


def condition_path(obj: Object, kind: str) -> str:
    """The field path of the condition of that type: `status.conditions[2]`; "" if the object does not have it."""
    for index, each in enumerate(mappings_at(obj, "status", "conditions")):
        if each.get("type") == kind:
            return f"status.conditions[{index}]"
    return ""


async def events_about(world: World, obj: Object, *reasons: str, kind: str = "Warning") -> list[Object]:
    """An object's events of that type with one of these reasons, newest first.

    Empty if events can't be read: losing a finding is better than losing the verdict.
    """
    namespace = text_at(obj, "metadata", "namespace")
    try:
        events = await world.cluster.list("v1", "Event", namespace or "default")
    except CannotRead:
        return []
    about = [
        event
        for event in events
        if event.get("type") == kind
        and text_at(event, "involvedObject", "kind") == text_at(obj, "kind")
        and text_at(event, "involvedObject", "name") == name_of(obj)
        and _same_uid(event, obj)
        and text_at(event, "reason") in reasons
    ]
    return sorted(about, key=when, reverse=True)


async def warnings_about(world: World, obj: Object, *reasons: str) -> list[str]:
    """The messages of `events_about`."""
    return [text_at(event, "message") for event in await events_about(world, obj, *reasons)]


def times(event: Object) -> int:
    """How often an event occurred; the scheduler and newer components count in a series."""
    return number_at(event, "series", "count") or number_at(event, "count") or 1


def _same_uid(event: Object, obj: Object) -> bool:
    """Not about an earlier object of the same name."""
    text, uid = text_at(event, "involvedObject", "uid"), text_at(obj, "metadata", "uid")
    return not text or not uid or text == uid


def when(event: Object) -> str:
    """When it last occurred. RFC 3339 times of one server sort as text."""
    return (
        text_at(event, "series", "lastObservedTime")
        or text_at(event, "lastTimestamp")
        or text_at(event, "eventTime")
        or text_at(event, "metadata", "creationTimestamp")
    )
