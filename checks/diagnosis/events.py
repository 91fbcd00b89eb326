"""What the cluster's components have said about an object."""

from __future__ import annotations

from checks.base import CannotRead, Object, World
from checks.objects import name_of, text_at


async def warnings_about(world: World, obj: Object, *reasons: str) -> list[str]:
    """The messages of an object's warnings with one of these reasons, the newest first.

    None of them where events can't be read: a finding less is better than no verdict.
    """
    namespace = text_at(obj, "metadata", "namespace")
    try:
        events = await world.cluster.list("v1", "Event", namespace or "default")
    except CannotRead:
        return []
    about = [
        event
        for event in events
        if event.get("type") == "Warning"
        and text_at(event, "involvedObject", "kind") == text_at(obj, "kind")
        and text_at(event, "involvedObject", "name") == name_of(obj)
        and text_at(event, "reason") in reasons
    ]
    return [text_at(event, "message") for event in sorted(about, key=_when, reverse=True)]


def _when(event: Object) -> str:
    """RFC 3339 times of one server sort as text."""
    return (
        text_at(event, "series", "lastObservedTime")
        or text_at(event, "lastTimestamp")
        or text_at(event, "eventTime")
        or text_at(event, "metadata", "creationTimestamp")
    )


def called(obj: Object) -> str:
    """`pod/istiod-abc in istio-system`."""
    kind, namespace = text_at(obj, "kind").lower(), text_at(obj, "metadata", "namespace")
    return f"{kind}/{name_of(obj)} in {namespace}" if namespace else f"{kind}/{name_of(obj)}"
