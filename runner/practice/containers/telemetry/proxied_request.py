"""One request, or one TCP connection, as a proxy reports it: what its access log says, with who stands at both ends."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

UNKNOWN = "unknown"
"""What Istio writes of an end that it knows nothing of."""


@dataclass(frozen=True, slots=True)
class Workload:
    """One end of a request, by the metadata that the proxies tell each other."""

    workload: str = UNKNOWN
    namespace: str = UNKNOWN
    app: str = UNKNOWN
    """The label `app`."""
    version: str = UNKNOWN
    """The label `version`."""
    canonical_service: str = UNKNOWN
    canonical_revision: str = "latest"
    principal: str = UNKNOWN
    """spiffe://cluster.local/ns/default/sa/bookinfo-productpage; known over mutual TLS alone."""
    cluster: str = UNKNOWN


NOBODY = Workload(canonical_revision=UNKNOWN)


@dataclass(frozen=True, slots=True)
class ProxiedRequest:
    """`pod`: the uid of the pod whose proxy reports it. `reporter` "source" is the client's sidecar or a gateway."""

    pod: str
    reporter: Literal["source", "destination"]
    source: Workload = NOBODY
    destination: Workload = NOBODY
    service: str = UNKNOWN
    """The destination's full host: reviews.default.svc.cluster.local."""
    service_name: str = UNKNOWN
    """reviews; PassthroughCluster and BlackHoleCluster where no Service was called."""
    service_namespace: str = UNKNOWN
    method: str = "GET"
    path: str = "/"
    code: int = 200
    """0: no answer was sent (the client left)."""
    flags: str = "-"
    """Envoy's response flags: UH, UF,URX …; "-" for none."""
    duration: float = 0.0
    """Milliseconds."""
    request_bytes: int = 0
    response_bytes: int = 0
    protocol: Literal["http", "grpc", "tcp"] = "http"
    mutual_tls: bool = False
    """Seen by the destination's proxy."""
    grpc_status: str = ""
    labels: tuple[tuple[str, str], ...] = field(default=())
    """What a Telemetry resource adds or overrides, by the label's name; the value "" takes a label away."""
