"""Which component assigns external addresses on which platform, how long it takes, and what to do if there is none."""

from __future__ import annotations

from collections.abc import Sequence

from checks.base import Object
from checks.diagnosis.platform import Platform, minikube_profile
from checks.diagnosis.ways import forwarding
from checks.phrase import Phrase, phrase

MINUTE = 60.0
_WAITS = {
    Platform.PRACTICE: 3.0,
    Platform.KIND: 3.0,  # cloud-provider-kind sets its finalizer at once, MetalLB gives an address in about a second
    Platform.MINIKUBE: 10.0,  # the tunnel looks every few seconds
    Platform.K3D: 10.0,
    Platform.K3S: 10.0,
    Platform.RANCHER_DESKTOP: 10.0,
    Platform.MICROK8S: 10.0,
    Platform.DOCKER_DESKTOP: 30.0,
}
NOBODY, SLOW = 2 * MINUTE, 10 * MINUTE


def waits(platform: Platform, *, at_work: bool) -> float:
    """Seconds after which a missing address is no longer normal. `at_work`: a controller has started to create it."""
    if at_work:
        return SLOW if platform.is_cloud else NOBODY
    return _WAITS.get(platform, NOBODY)


def nobody_here(
    platform: Platform, nodes: Sequence[Object], service: Object, *, at_work: bool
) -> tuple[Phrase, Phrase]:
    """Cause and remedy if no address was assigned and no event explains it."""
    forward = forwarding(service)
    if at_work:
        return (
            phrase("The load balancer was requested long ago and still has no address"),
            phrase(
                "Check the load balancer's status in your cloud's console, or use a port-forward: {command}",
                command=forward,
            ),
        )
    if platform is Platform.MINIKUBE:
        return _minikube(nodes)
    if platform in _CAUSES:
        cause, remedy, command = _CAUSES[platform]
        return cause, Phrase(remedy.template, {"command": command or forward})
    return (
        phrase("Nothing in this cluster assigns external addresses"),
        phrase("Install MetalLB, or use a port-forward: {command}", command=forward),
    )


def _minikube(nodes: Sequence[Object]) -> tuple[Phrase, Phrase]:
    profile = minikube_profile(nodes)
    return (
        phrase("minikube assigns external addresses only while `minikube tunnel` is running"),
        phrase(
            "Run this in another terminal, and leave it running: {command}",
            command=f"minikube tunnel -p {profile}" if profile else "minikube tunnel",
        ),
    )


_WITHOUT_SERVICELB = phrase("This k3s runs without its load balancer (servicelb is disabled)")
_FORWARD = phrase("Use a port-forward instead: {command}")
_CLOUD = phrase("No cloud controller has processed this load balancer")
_CLOUD_REMEDY = phrase(
    "Check that the cluster's cloud controller is running and handles the Service's "
    "loadBalancerClass, or use a port-forward: {command}"
)

_CAUSES: dict[Platform, tuple[Phrase, Phrase, str]] = {
    Platform.PRACTICE: (
        phrase(
            "The practice cluster assigns no external address to this Service, like a cluster "
            "without a cloud provider"
        ),
        _FORWARD,
        "",
    ),
    Platform.KIND: (
        phrase("kind does not assign external addresses by itself"),
        phrase("Run cloud-provider-kind beside it and leave it running (or install MetalLB): {command}"),
        "cloud-provider-kind",
    ),
    Platform.K3D: (_WITHOUT_SERVICELB, _FORWARD, ""),
    Platform.K3S: (_WITHOUT_SERVICELB, _FORWARD, ""),
    Platform.RANCHER_DESKTOP: (_WITHOUT_SERVICELB, _FORWARD, ""),
    Platform.MICROK8S: (
        phrase("MicroK8s assigns external addresses only with its MetalLB add-on"),
        phrase("Enable it, with a range of free addresses of your network: {command}"),
        "microk8s enable metallb",
    ),
    Platform.DOCKER_DESKTOP: (
        phrase(
            "Docker Desktop has not assigned an address to the Service; it usually does so within seconds"
        ),
        phrase(
            "Check whether another program on this machine uses the port, or use a port-forward: {command}"
        ),
        "",
    ),
    Platform.EKS: (_CLOUD, _CLOUD_REMEDY, ""),
    Platform.GKE: (_CLOUD, _CLOUD_REMEDY, ""),
    Platform.AKS: (_CLOUD, _CLOUD_REMEDY, ""),
    Platform.NCP: (_CLOUD, _CLOUD_REMEDY, ""),
    Platform.CLOUD: (_CLOUD, _CLOUD_REMEDY, ""),
}
"""Cause, remedy and its command ("": a port-forward to the Service)."""
