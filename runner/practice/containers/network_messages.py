"""What goes over the pods' network: requests, answers, and the ways in which a connection fails."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Literal

from runner.practice.containers.byte_streams import Sink, Source

Headers = Sequence[tuple[str, str]]


def header(headers: Headers, name: str, default: str = "") -> str:
    """The first value of a header, whatever its case."""
    wanted = name.lower()
    return next((value for key, value in headers if key.lower() == wanted), default)


@dataclass(slots=True)
class Request:
    """One HTTP request. `target` is the path with its query; `client` the address that it comes from."""

    method: str
    target: str
    headers: Headers = ()
    body: bytes = b""
    client: str = ""
    port: int = 80
    """The port on which it arrives."""
    scheme: Literal["http", "https"] = "http"

    @property
    def path(self) -> str:
        return self.target.partition("?")[0]

    @property
    def query(self) -> str:
        return self.target.partition("?")[2]

    def header(self, name: str, default: str = "") -> str:
        return header(self.headers, name, default)


@dataclass(slots=True)
class Response:
    """One HTTP answer; Content-Length and Date are added where it is sent over a real connection."""

    status: int = 200
    headers: Headers = ()
    body: bytes = b""
    reason: str = ""

    def header(self, name: str, default: str = "") -> str:
        return header(self.headers, name, default)


HttpHandler = Callable[[Request], Awaitable[Response]]
StreamHandler = Callable[[Source, Sink], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Listener:
    """What answers on a port of a pod: HTTP, or bytes of any other protocol."""

    http: HttpHandler | None = None
    stream: StreamHandler | None = None
    tls: bool = False
    udp: bool = False
    local: bool = False
    """Listens on 127.0.0.1 only: reached from within the pod and by port-forward, not at its address."""
    program: str = ""
    """The name that the system shows for it, as in nginx."""


Failure = Literal["unknown host", "refused", "timed out", "reset", "no route"]


class ConnectError(Exception):
    """A connection that did not come about, or broke; clients word it as their originals do."""

    def __init__(self, failure: Failure, host: str, port: int = 0) -> None:
        super().__init__(f"{failure}: {host}:{port}" if port else f"{failure}: {host}")
        self.failure, self.host, self.port = failure, host, port


@dataclass(frozen=True, slots=True)
class Destination:
    """Where a connection ends, once names, Services and policies are gone through."""

    address: str
    port: int
    listener: Listener
    pod: str = ""
    """The pod's uid; "" for what is no pod."""


@dataclass(frozen=True, slots=True)
class ServicePort:
    """A port of a Service."""

    port: int
    name: str = ""
    protocol: str = "TCP"
    node_port: int = 0


@dataclass(frozen=True, slots=True)
class Backend:
    """An endpoint of a Service that takes connections: a ready one, or any with publishNotReadyAddresses."""

    ip: str
    ports: Sequence[tuple[int, int]]
    """(the Service's port, the pod's port)"""
    node: str = ""
    hostname: str = ""
    """For the names of a headless Service's pods."""
    pod: str = ""


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
class PodView:
    """A pod's address and labels, for policies and for its DNS name."""

    uid: str
    namespace: str
    name: str
    ip: str
    node: str = ""
    labels: Sequence[tuple[str, str]] = ()


@dataclass(frozen=True, slots=True)
class NetworkView:
    """What the network knows of the cluster's objects. The kubelet's side sends a new one after each change."""

    services: Sequence[ServiceView] = ()
    pods: Sequence[PodView] = ()
    nodes: Sequence[tuple[str, str]] = ()
    """(name, InternalIP)"""
    namespaces: Sequence[tuple[str, Sequence[tuple[str, str]]]] = ()
    """(name, its labels)"""
    policies: Sequence[dict[str, object]] = field(default_factory=tuple)
    """NetworkPolicies as the API has them."""
    api_server: str = ""
    """host:port at which the cluster's API answers, for the Service kubernetes."""
