"""Containers that can't be created: configuration, volumes."""

from __future__ import annotations

import re

from checks.base import Finding, Object, World
from checks.diagnosis import needed
from checks.diagnosis.evidence import containers, ref, warnings_about
from checks.object_fields import text_at
from checks.patterns import quotation
from checks.phrase import phrase


async def not_set_up(world: World, pod: Object) -> Finding | None:
    """The container's environment refers to something missing, or its settings are invalid."""
    for container in containers(pod):
        if not container.waiting("CreateContainerConfigError", "CreateContainerError"):
            continue
        field = f"{container.path}.state.waiting.message"
        found = await needed.missing(world, pod, container.message, field, "")
        if found or container.reason == "CreateContainerError" or _MISSING.search(container.message):
            return found  # an error at creation may be the command's: crashes.py reads those
        if _AS_ROOT.search(container.message):
            return Finding(
                "runs-as-root",
                phrase(
                    "The container may not run as root (runAsNonRoot), but would: {container}",
                    container=container.name,
                ),
                phrase(
                    "Set runAsUser of its securityContext to a user other than 0, or use an image that does not "
                    "run as root."
                ),
                ref(pod),
                quotation(container.message),
                field,
            )
        return Finding(
            "container-config",
            phrase("A container can't be set up: {container}", container=container.name),
            phrase("Fix what the message names in the manifest, and apply it again."),
            ref(pod),
            quotation(container.message),
            field,
        )
    return None


async def not_mounted(world: World, pod: Object) -> Finding | None:
    """A volume of the pod can't be mounted, and the kubelet reported why."""
    if text_at(pod, "status", "phase") != "Pending" or not any(
        c.waiting("ContainerCreating", "PodInitializing") for c in containers(pod)
    ):
        return None
    for message in await warnings_about(world, pod, "FailedMount", "FailedAttachVolume"):
        found = await needed.missing(world, pod, message, "", "event FailedMount")
        if found:
            return found
        if _MOUNTS.search(message) and "not found" not in message:
            return Finding(
                "volume-not-mounted",
                phrase("A volume of the pod can't be mounted"),
                phrase(
                    "Fix what the message names: the volume's driver, its server, or another pod "
                    "that uses the volume."
                ),
                ref(pod),
                quotation(message),
                source="event FailedMount",
            )
    return None


_AS_ROOT = re.compile(r"runAsNonRoot|breaks non-root policy")
_MISSING = re.compile(r"not found|find key")
"""Cases that needed.py handles, which may report nothing for a moment."""
_MOUNTS = re.compile(r"MountVolume\.\w+ failed|AttachVolume\.\w+ failed|Multi-Attach error")
