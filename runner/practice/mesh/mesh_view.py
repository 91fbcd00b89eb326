"""What istiod knows of a cluster: the input of the translation. Immutable, so that one view can be compared with the next."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Json = dict[str, Any]
"""An object as JSON has it: keys are camelCase for Kubernetes, snake_case for Envoy."""


@dataclass(frozen=True, slots=True)
class MeshWorkload:
    """A pod."""

    name: str
    namespace: str
    ip: str
    labels: Mapping[str, str]
    service_account: str = "default"
    node: str = ""
    has_sidecar: bool = False
    """Whether an istio-proxy runs in it: only then is there an inbound pipe, and mutual TLS."""
    owner: str = ""
    """The name of the Deployment, StatefulSet … that made it; empty for a pod of its own."""
    annotations: Mapping[str, str] = field(default_factory=dict)
    ports: Mapping[str, int] = field(default_factory=dict)
    """The named container ports, for a ServiceEntry's `targetPort` and the like."""


@dataclass(frozen=True, slots=True)
class MeshEndpoint:
    """A ready address of a Service, as an EndpointSlice has it."""

    ip: str
    ports: Mapping[str, int]
    """By the name of the Service's port ("" for one without a name): the number at the endpoint."""
    workload: MeshWorkload | None = None
    """Its pod; None for an address written by hand."""
    hostname: str = ""
    """As in `<hostname>.<service>.<namespace>.svc.cluster.local`: pods of StatefulSets have one."""


@dataclass(frozen=True, slots=True)
class MeshServicePort:
    """A port of a Service."""

    name: str
    port: int
    protocol: str = "TCP"
    app_protocol: str = ""
    target_port: int | str = ""
    node_port: int = 0


@dataclass(frozen=True, slots=True)
class MeshService:
    """A Service with its ready endpoints."""

    name: str
    namespace: str
    cluster_ips: tuple[str, ...]
    """Empty for a headless one and for ExternalName."""
    ports: tuple[MeshServicePort, ...]
    type: str = "ClusterIP"
    external_name: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)
    annotations: Mapping[str, str] = field(default_factory=dict)
    selector: Mapping[str, str] = field(default_factory=dict)
    endpoints: tuple[MeshEndpoint, ...] = ()
    created: str = ""
    """metadata.creationTimestamp."""


@dataclass(frozen=True, slots=True)
class MeshProxy:
    """An istio-proxy that runs."""

    workload: MeshWorkload
    type: Literal["sidecar", "router"] = "sidecar"
    container_ports: tuple[int, ...] = ()
    """The TCP ports that the other containers of its pod declare; further ports come of Services."""

    @property
    def uid(self) -> str:
        """As `istioctl proxy-status` names it."""
        return f"{self.workload.name}.{self.workload.namespace}"


@dataclass(frozen=True)
class MeshConfig:
    """The mesh's own configuration: `mesh` of the ConfigMap `istio`, parsed."""

    settings: Json = field(default_factory=dict)
    """As in MeshConfig of istio.io: outboundTrafficPolicy, accessLogFile, enableTracing, defaultConfig, …"""
    root_namespace: str = "istio-system"
    version: tuple[int, int] = (1, 11)
    """The version of istiod: some defaults changed."""
    trust_domain: str = "cluster.local"
    trace_sampling: float = 1.0
    """istiod's PILOT_TRACE_SAMPLING, in percent: 100 in the demo profile. defaultConfig.tracing.sampling comes before it."""


@dataclass(frozen=True)
class MeshView:
    """A cluster at one moment."""

    services: tuple[MeshService, ...] = ()
    workloads: tuple[MeshWorkload, ...] = ()
    """Pods that run and have an address."""
    proxies: tuple[MeshProxy, ...] = ()
    istio: Mapping[str, tuple[Json, ...]] = field(default_factory=dict)
    """By kind ("VirtualService"): whole objects with metadata, as the API server has them."""
    config: MeshConfig = field(default_factory=MeshConfig)


ISTIO_KINDS = (
    "AuthorizationPolicy",
    "DestinationRule",
    "EnvoyFilter",
    "Gateway",
    "PeerAuthentication",
    "RequestAuthentication",
    "ServiceEntry",
    "Sidecar",
    "Telemetry",
    "VirtualService",
    "WorkloadEntry",
    "WorkloadGroup",
)
"""The kinds of a MeshView."""
