"""On what a cluster runs, read off its nodes: whom a load balancer is to be expected of depends on it."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

from checks.base import Object
from checks.objects import at, name_of, text_at


class Platform(StrEnum):
    """The platforms that treat load balancers differently."""

    PRACTICE = "practice"
    KIND = "kind"
    MINIKUBE = "minikube"
    DOCKER_DESKTOP = "docker-desktop"
    K3D = "k3d"
    K3S = "k3s"
    CLOUD = "cloud"
    UNKNOWN = "unknown"


def platform_of(nodes: Sequence[Object]) -> Platform:
    """The first node that tells decides; UNKNOWN where none does (a cluster of kubeadm, or nodes unread)."""
    return next((found for node in nodes if (found := _of(node)) is not Platform.UNKNOWN), Platform.UNKNOWN)


def _of(node: Object) -> Platform:
    name = name_of(node)
    provider = text_at(node, "spec", "providerID").partition("://")[0]
    labels = at(node, "metadata", "labels")
    labels = labels if isinstance(labels, dict) else {}
    if name.startswith("practice-"):
        return Platform.PRACTICE
    if name in ("docker-desktop", "docker-for-desktop") or name.startswith("desktop-"):
        return Platform.DOCKER_DESKTOP  # its newer provisioner makes kind nodes: desktop-control-plane
    if "minikube.k8s.io/name" in labels or name == "minikube" or name.startswith("minikube-m"):
        return Platform.MINIKUBE
    if provider == "k3s" or labels.get("node.kubernetes.io/instance-type") == "k3s":
        return Platform.K3D if name.startswith("k3d-") else Platform.K3S
    if provider == "kind":
        return Platform.KIND
    return Platform.CLOUD if provider else Platform.UNKNOWN
