"""Images that can't be pulled. The reasons are kubelet's, the messages those of registries and runtimes."""

from __future__ import annotations

import re

from checks.base import Finding, Object, World
from checks.diagnosis.events import called, warnings_about
from checks.patterns import excerpt
from checks.words import Phrase, phrase

REASONS = frozenset({"ErrImagePull", "ImagePullBackOff", "InvalidImageName", "ErrImageNeverPull"})

RETIRED = ("gcr.io/istio-release/", "registry.istio.io/release/")
"""Istio's registries that end in December 2026; images are on docker.io/istio (istio/istio#61467)."""


async def image_not_pulled(world: World, pod: Object, image: str, reason: str, message: str) -> Finding:
    """Why the image of a container can't be pulled."""
    if reason == "ImagePullBackOff":  # waits before it tries again: the error itself was told before
        told = await warnings_about(world, pod, "Failed")
        message = next((each for each in told if "pull" in each and "Back-off" not in each), message)
    cause, remedy = _read(image, reason, message)
    return Finding(cause, remedy, called(pod), excerpt(message, 300) or reason)


def _read(image: str, reason: str, message: str) -> tuple[Phrase, Phrase]:
    if reason == "InvalidImageName":
        return (
            phrase("This is not an image name: {image}", image=image),
            phrase("Correct the image in the manifest or command and apply it again."),
        )
    if re.search(r"toomanyrequests|rate limit|429", message, re.IGNORECASE):
        return (
            phrase("The registry's pull limit is used up: {image}", image=image),
            phrase(
                "Wait for the limit to end (Docker Hub: hours), sign in to the registry, or use a mirror."
            ),
        )
    if image.startswith(RETIRED):
        return (
            phrase("The registry of this image is being shut down: {image}", image=image),
            phrase("Install Istio with the images on Docker Hub: --set hub=docker.io/istio"),
        )
    if re.search(r"not found|manifest unknown|does not exist|NotFound", message):
        return (
            phrase("The registry does not have this image: {image}", image=image),
            phrase("Check the spelling of the image's name and tag, and apply it again."),
        )
    if re.search(r"unauthorized|denied|forbidden|401|403", message, re.IGNORECASE):
        return (
            phrase("The registry does not give out this image: {image}", image=image),
            phrase("Check the image's name; for a private registry set imagePullSecrets."),
        )
    if re.search(r"no such host|i/o timeout|connection refused|no route|TLS handshake", message):
        return (
            phrase("The nodes can't reach the registry: {image}", image=image),
            phrase("Check the nodes' network, DNS and proxy."),
        )
    return (
        phrase("The image can't be pulled: {image}", image=image),
        phrase("Look at the pod's events with kubectl describe pod; check the image's name and tag."),
    )
