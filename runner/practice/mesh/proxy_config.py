"""What the translation makes for one proxy, and where its parts will be."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from runner.practice.mesh.mesh_view import Json


@dataclass(frozen=True, slots=True)
class SecretRequest:
    """A secret that a listener or a cluster names: the file of an SDS resource."""

    name: str
    """The resource's name, also what `secret_file` is asked with."""
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
    """Route configurations by name: each goes into the file `paths.route_file(name)`, written before the listeners."""
    endpoints: Mapping[str, Json] = field(default_factory=dict)
    """Cluster load assignments by cluster, for the file `paths.endpoint_file(name)`
    (which is written before the clusters). May be empty."""
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

    def application(self, ip: str, port: int) -> str:
        """What the pod's container listens on."""
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

    def route_file(self, name: str) -> str:
        """The file of a route configuration."""
        return f"{self.folder}/rds/{_file_name(name)}.json"

    def endpoint_file(self, name: str) -> str:
        """The file of a cluster's endpoints."""
        return f"{self.folder}/eds/{_file_name(name)}.json"

    def secret_file(self, name: str) -> str:
        """The file of a secret."""
        return f"{self.folder}/sds/{_file_name(name)}.json"


def _file_name(name: str) -> str:
    """`name` without what a file's name cannot have; different names stay different."""
    return re.sub(r"[^A-Za-z0-9.-]", lambda found: f"_{ord(found[0]):x}_", name)
