"""What the translation makes for one proxy, and where its parts will be."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from runner.practice.mesh.mesh_view import Json

CONFIG_CLUSTER = "xds-rest"
"""The static cluster of the bootstrap that answers for configuration: an HTTP/1.1 server on a pipe."""

CONFIG_SOURCE: Json = {
    "resource_api_version": "V3",
    "initial_fetch_timeout": "2s",
    "api_config_source": {
        "api_type": "REST",
        "transport_api_version": "V3",
        "cluster_names": [CONFIG_CLUSTER],
        "refresh_delay": "0.001s",
        "request_timeout": "86400s",
    },
}
"""Where Envoy asks for what changes: routes and secrets (listeners and clusters may come this way as well).

Not files: Envoy takes one inotify instance for each file that it watches, and ends itself where there are no more (Linux
gives a user 128 in all). Envoy posts {"version_info", "resource_names": [name], …} to /v3/discovery:routes (secrets,
listeners, clusters) and gets {"version_info", "resources": [{"@type", …}]}; an answer waits until there is another version
than the one in the question (long polling). A changed route takes effect 2 to 8 ms after its answer. The cluster needs room
for a request per resource: max_connections, max_pending_requests and max_requests beyond all that may be asked for."""

CLIENT_PORT = 40000
"""The source port in the PROXY header of whatever a pod, or a client from outside, sends through Envoy: always the same one.

Envoy keeps a pool of connections for each source address in a PROXY header: with a port of its own for each connection, a
limit such as `maxConnections: 1` would be counted, and reached, for none of them."""


@dataclass(frozen=True, slots=True)
class SecretRequest:
    """A secret that a listener or a cluster names, and asks for with CONFIG_SOURCE."""

    name: str
    """The resource's name."""
    kind: Literal["workload", "root", "credential", "credential-ca", "file", "file-ca"]
    """workload: a certificate of a ServiceAccount; root: the mesh's authority (a validation context).
    credential(-ca): certificate and key (authority) of a Secret of the API;
    file(-ca): of files in the istio-proxy's container."""
    namespace: str = ""
    """Of the ServiceAccount or the Secret; for files, of the pod."""
    source: str = ""
    """The ServiceAccount, the Secret, or the pod whose files are meant."""
    paths: tuple[str, ...] = ()
    """For files: (certificate, private key) or (authority,)."""
    spiffe_ids: tuple[str, ...] = ()
    """For a validation context: the peers' names that are accepted; all of the mesh if empty."""


@dataclass(frozen=True, slots=True)
class IneffectiveObject:
    """An object, or a part of it, that has no effect, and why: as istiod's log or the object's status has it."""

    kind: str
    namespace: str
    name: str
    why: str


@dataclass(frozen=True)
class ProxyConfig:
    """One proxy's part of Envoy's configuration. Names of resources begin with "<pod ip>;"."""

    listeners: tuple[Json, ...] = ()
    clusters: tuple[Json, ...] = ()
    routes: Mapping[str, Json] = field(default_factory=dict)
    """Route configurations by name, which listeners ask for with CONFIG_SOURCE."""
    secrets: tuple[SecretRequest, ...] = ()
    ineffective: tuple[IneffectiveObject, ...] = ()


@dataclass(frozen=True, slots=True)
class MeshPaths:
    """Where the pipes and files of the mesh are: a short folder, for a pipe's path has at most 107 bytes."""

    folder: str

    def outbound(self, ip: str) -> str:
        """What clients in the pod connect to."""
        return f"{self.folder}/out-{ip}"

    def inbound(self, ip: str, port: int | Literal["any"]) -> str:
        """What connections to the pod's port arrive at; "any": the port is in the PROXY header."""
        return f"{self.folder}/in-{ip}-{port}"

    def application(self, ip: str, port: int | Literal["any"]) -> str:
        """What the pod's container listens on; "any": a port that no service knows, in a PROXY header."""
        return f"{self.folder}/app-{ip}-{port}"

    def gateway(self, ip: str, port: int) -> str:
        """A port of a gateway's pod."""
        return f"{self.folder}/gw-{ip}-{port}"

    @property
    def passthrough(self) -> str:
        """For what goes to its original destination, which is in the PROXY header."""
        return f"{self.folder}/passthrough"

    @property
    def spans(self) -> str:
        """Receives Zipkin v2 JSON."""
        return f"{self.folder}/spans"
