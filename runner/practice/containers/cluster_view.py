"""What the network knows of the cluster's objects: plain data, as it crosses from the kubelet's process."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

Labels = Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class ServicePort:
    """A port of a Service."""

    port: int
    name: str = ""
    protocol: str = "TCP"
    node_port: int = 0


@dataclass(frozen=True, slots=True)
class Backend:
    """An endpoint of a Service. One that is not `ready` ends, but serves still: it is taken where no other is left."""

    ip: str
    ports: Sequence[tuple[int, int, str]] = ()
    """(the Service's port, the pod's port, protocol)"""
    node: str = ""
    hostname: str = ""
    """For the names of a headless Service's pods."""
    pod: str = ""
    """The pod's uid."""
    ready: bool = True


@dataclass(frozen=True, slots=True)
class ServiceView:
    """A Service with its endpoints, as kube-proxy and CoreDNS know it."""

    namespace: str
    name: str
    cluster_ip: str = ""
    """"None": headless. "": ExternalName."""
    ports: Sequence[ServicePort] = ()
    backends: Sequence[Backend] = ()
    external_name: str = ""
    external_ips: Sequence[str] = ()
    """Those of load balancers, too."""
    session_affinity: bool = False
    affinity_seconds: int = 10800
    internal_local: bool = False
    external_local: bool = False


@dataclass(frozen=True, slots=True)
class PodPort:
    """A port that a container of a pod declares."""

    port: int
    name: str = ""
    protocol: str = "TCP"
    host_port: int = 0


@dataclass(frozen=True, slots=True)
class PodView:
    """A pod's address and labels, for policies and host ports."""

    uid: str
    namespace: str
    name: str
    ip: str
    node: str = ""
    labels: Labels = ()
    ports: Sequence[PodPort] = ()
    """Those with a name or a hostPort."""
    host_network: bool = False


@dataclass(frozen=True, slots=True)
class ClusterParts:
    """What is small and seldom changes, whole."""

    nodes: Sequence[tuple[str, str]] = ()
    """(name, InternalIP)"""
    namespaces: Sequence[tuple[str, Labels]] = ()
    """(name, its labels)"""
    policies: Sequence[dict[str, Any]] = ()
    """NetworkPolicies as the API has them, metadata.name, metadata.namespace and spec alone."""
    ingresses: Sequence[dict[str, Any]] = ()
    """Ingresses likewise, with their annotations."""
    ingress_classes: Sequence[dict[str, Any]] = ()
    pages: Sequence[dict[str, Any]] = ()
    """A lab's stand-in pages: the fields of `lab_pages.Page`, `file` as text, "" for none."""
    api_server: str = ""
    """host:port at which the cluster's API answers, for the Service kubernetes."""
    authority: str = ""
    """The certificate (PEM) of the authority that signed the API's."""


@dataclass(frozen=True, slots=True)
class NetworkView(ClusterParts):
    """All of it."""

    services: Sequence[ServiceView] = ()
    pods: Sequence[PodView] = ()


@dataclass(frozen=True, slots=True)
class NetworkChange:
    """What is new since the last one; the first one has everything."""

    services: Sequence[ServiceView] = ()
    """New, or changed."""
    services_gone: Sequence[tuple[str, str]] = ()
    """(namespace, name)"""
    pods: Sequence[PodView] = ()
    pods_gone: Sequence[str] = ()
    """By uid."""
    parts: ClusterParts | None = None
    """None: as before."""
