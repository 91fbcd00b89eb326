"""Hooks that end their container."""

from __future__ import annotations

from checks.base import Finding, Object, World
from checks.diagnosis.evidence import Container, events_about, ref
from checks.object_fields import text_at
from checks.patterns import quotation
from checks.phrase import phrase


async def start_hook_fails(world: World, pod: Object, container: Container) -> Finding | None:
    """Its postStart hook failed, so the kubelet killed it."""
    for event in await events_about(world, pod, "FailedPostStartHook"):
        place = text_at(event, "involvedObject", "fieldPath")
        if place and container.name not in place:
            continue
        return Finding(
            "start-hook-fails",
            phrase(
                "The postStart hook of the container fails, so it is killed: {container}",
                container=container.name,
            ),
            phrase("Correct the hook's command, or make sure that what it needs is there."),
            ref(pod),
            quotation(text_at(event, "message")),
            source="event FailedPostStartHook",
        )
    return None
