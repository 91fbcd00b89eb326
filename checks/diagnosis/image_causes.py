"""Images that can't be pulled. The reasons are the kubelet's, the messages those of registries and runtimes."""

from __future__ import annotations

import re

from checks.base import Finding, Object, World
from checks.diagnosis.evidence import containers, ref, warnings_about
from checks.diagnosis.spelling import probably_meant
from checks.patterns import quotation
from checks.phrase import Phrase, phrase

REASONS = frozenset({"ErrImagePull", "ImagePullBackOff", "InvalidImageName", "ErrImageNeverPull"})

ABSENT = frozenset({"image-not-found", "image-denied"})
"""What registries answer for a missing image: Docker Hub denies access to an unknown repository."""

RETIRED = ("gcr.io/istio-release/", "registry.istio.io/release/")
"""Istio's registries that shut down in December 2026; the images are on docker.io/istio (istio/istio#61467)."""


async def image_not_pulled(world: World, pod: Object) -> Finding | None:
    """Why the image of one of the pod's containers can't be pulled."""
    for container in containers(pod):
        if not container.waiting(*REASONS):
            continue
        message, source = container.message, ""
        if container.waiting("ImagePullBackOff"):  # in back-off: the error itself was reported earlier
            text = await warnings_about(world, pod, "Failed")
            output = next((each for each in text if "pull" in each and "Back-off" not in each), "")
            message, source = output or message, "event Failed" if output else ""
        rule, cause, remedy = _read(container.image, container.reason, message)
        meant = await probably_meant(world, pod, container.image) if rule in ABSENT else ""
        if meant:
            rule = "image-misspelled"
            remedy = phrase("Did you mean {meant}? Correct the image and apply it again.", meant=meant)
        field = "" if source else f"{container.path}.state.waiting.{'message' if message else 'reason'}"
        evidence = quotation(message) or container.reason
        return Finding(rule, cause, remedy, ref(pod), evidence, field, source)
    return None


def _read(image: str, reason: str, message: str) -> tuple[str, Phrase, Phrase]:
    if reason == "InvalidImageName":
        return (
            "image-name",
            phrase("This is not an image name: {image}", image=image),
            phrase("Correct the image in the manifest or command and apply it again."),
        )
    if re.search(r"toomanyrequests|rate limit|429", message, re.IGNORECASE):
        return (
            "pull-limit",
            phrase("The registry's pull limit is reached: {image}", image=image),
            phrase(
                "Wait for the limit to end (Docker Hub: hours), sign in to the registry, or use a mirror."
            ),
        )
    if reason == "ErrImageNeverPull":
        return (
            "image-not-on-node",
            phrase(
                "The image is not on the node, and imagePullPolicy Never forbids pulling it: {image}",
                image=image,
            ),
            phrase(
                "Load it into the cluster's nodes (kind load docker-image, minikube image load, k3d image import)."
            ),
        )
    if re.search(r"no match for platform|no matching manifest", message):
        return (
            "image-platform",
            phrase("The image is not available for the node's processor: {image}", image=image),
            phrase(
                "Use nodes with another processor (usually amd64), or an image for this one (Istio: "
                "1.15 or later)."
            ),
        )
    if image.startswith(RETIRED):
        return (
            "registry-retired",
            phrase("The registry of this image is being shut down: {image}", image=image),
            phrase("Install Istio with the images on Docker Hub: --set hub=docker.io/istio"),
        )
    if re.search(r"unauthorized|denied|forbidden|401|403", message, re.IGNORECASE):
        return (
            "image-denied",
            phrase("The registry denies access to this image: {image}", image=image),
            phrase("Check the image's name; for a private registry set imagePullSecrets."),
        )
    if re.search(r"not found|manifest unknown|does not exist|NotFound", message):
        return (
            "image-not-found",
            phrase("The registry does not have this image: {image}", image=image),
            phrase("Check the spelling of the image's name and tag, and apply it again."),
        )
    if re.search(r"no such host|i/o timeout|connection refused|no route|TLS handshake", message):
        return (
            "registry-unreachable",
            phrase("The nodes can't reach the registry: {image}", image=image),
            phrase("Check the nodes' network, DNS and proxy."),
        )
    return (
        "image-not-pulled",
        phrase("The image can't be pulled: {image}", image=image),
        phrase("Look at the pod's events with kubectl describe pod; check the image's name and tag."),
    )
