"""Containers that run, and whose probes fail."""

from __future__ import annotations

from checks.base import Finding, Object, World
from checks.diagnosis.reading import ref, warnings_about
from checks.objects import name_of, text_at
from checks.patterns import excerpt
from checks.words import phrase


async def probe_fails(world: World, pod: Object) -> Finding | None:
    """Told by kubelet's event Unhealthy."""
    if text_at(pod, "status", "phase") != "Running":
        return None
    told = await warnings_about(world, pod, "Unhealthy")
    if not told:
        return None
    return Finding(
        "probe-fails",
        phrase("The pod runs, and its readiness probe fails"),
        phrase(
            "Give it a moment; if it stays so, read its log: {command}",
            command=f"kubectl logs {name_of(pod)} -n {text_at(pod, 'metadata', 'namespace')} --all-containers",
        ),
        ref(pod),
        excerpt(told[0], 300),
        source="event Unhealthy",
    )
