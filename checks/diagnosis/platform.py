"""The platform of a cluster, from its nodes: it determines what provides load balancers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from enum import StrEnum

from checks.base import CannotRead, Object, World
from checks.object_fields import at, name_of, text_at


class Platform(StrEnum):
    """Platforms that handle load balancers differently."""

    PRACTICE = "practice"
    KIND = "kind"
    MINIKUBE = "minikube"
    DOCKER_DESKTOP = "docker-desktop"
    K3D = "k3d"
    K3S = "k3s"
    RANCHER_DESKTOP = "rancher-desktop"
    MICROK8S = "microk8s"
    EKS = "eks"
    GKE = "gke"
    AKS = "aks"
    NCP = "ncp"
    CLOUD = "cloud"
    UNKNOWN = "unknown"

    @property
    def is_cloud(self) -> bool:
        """Whether a cloud creates load balancers, which takes time."""
        return self in (Platform.EKS, Platform.GKE, Platform.AKS, Platform.NCP, Platform.CLOUD)


def platform_of(nodes: Sequence[Object]) -> Platform:
    """The first node that shows it decides, a practice cluster's own last; UNKNOWN if none does (kubeadm, or
    unreadable nodes)."""
    found = [each for node in nodes if (each := _of(node)) is not Platform.UNKNOWN]
    others = (each for each in found if each is not Platform.PRACTICE)
    return next(others, found[0] if found else Platform.UNKNOWN)


async def nodes_of(world: World) -> Sequence[Object]:
    """The cluster's nodes; none where they can't be read."""
    try:
        return await world.cluster.list("v1", "Node")
    except CannotRead:
        return ()


async def on_practice_cluster(world: World) -> bool:
    """Whether this is a practice cluster of Labgate's."""
    return platform_of(await nodes_of(world)) is Platform.PRACTICE


def minikube_profile(nodes: Sequence[Object]) -> str:
    """The profile of this minikube; "" for the default."""
    names = (text_at(node, "metadata", "labels", "minikube.k8s.io/name") for node in nodes)
    return next((name for name in names if name and name != "minikube"), "")


def _of(node: Object) -> Platform:
    name, provider = name_of(node), text_at(node, "spec", "providerID").partition(":")[0]
    labels = at(node, "metadata", "labels")
    labels = labels if isinstance(labels, dict) else {}
    return next(platform for platform, matches in _SIGNS if matches(name, provider, labels))


def _k3s(_name: str, provider: str, labels: Object) -> bool:
    return provider == "k3s" or labels.get("node.kubernetes.io/instance-type") == "k3s"


_SIGNS: tuple[tuple[Platform, Callable[[str, str, Object], bool]], ...] = (
    (Platform.PRACTICE, lambda name, provider, _: provider == "practice" or name.startswith("practice-")),
    # Its newer provisioner makes kind nodes: desktop-control-plane.
    (
        Platform.DOCKER_DESKTOP,
        lambda name, *_: name in ("docker-desktop", "docker-for-desktop") or name.startswith("desktop-"),
    ),
    (
        Platform.MINIKUBE,
        lambda name, _, labels: "minikube.k8s.io/name" in labels or name in ("minikube", "minikube-m02"),
    ),
    (Platform.RANCHER_DESKTOP, lambda name, *_: "rancher-desktop" in name),
    (Platform.K3D, lambda name, provider, labels: _k3s(name, provider, labels) and name.startswith("k3d-")),
    (Platform.K3S, _k3s),
    (Platform.MICROK8S, lambda _, __, labels: labels.get("microk8s.io/cluster") == "true"),
    (Platform.KIND, lambda _, provider, __: provider == "kind"),
    (Platform.EKS, lambda _, provider, labels: provider == "aws" or "eks.amazonaws.com/nodegroup" in labels),
    (Platform.GKE, lambda _, provider, __: provider == "gce"),
    (Platform.AKS, lambda _, provider, __: provider == "azure"),
    (Platform.NCP, lambda _, __, labels: "ncloud.com/nks-nodepool" in labels),
    (Platform.CLOUD, lambda _, provider, __: bool(provider)),
    (Platform.UNKNOWN, lambda *_: True),
)
"""By a node's name, the scheme of its providerID and its labels, as these platforms set them; the first match counts."""
