"""Containers that can't be set up before they are started."""

from __future__ import annotations

from checks.base import Finding, Object, World
from checks.diagnosis.reading import containers, ref
from checks.patterns import excerpt
from checks.words import phrase


async def not_set_up(_world: World, pod: Object) -> Finding | None:
    """A ConfigMap, a Secret or a key of theirs that the container's environment names is not there."""
    for container in containers(pod):
        if container.waiting("CreateContainerConfigError"):
            return Finding(
                "container-config",
                phrase("A container can't be set up: {container}", container=container.name),
                phrase("Create what the message names, or correct its name in the manifest."),
                ref(pod),
                excerpt(container.message, 300),
                f"{container.path}.state.waiting.message",
            )
    return None
