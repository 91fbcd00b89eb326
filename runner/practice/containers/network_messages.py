"""What goes over the pods' network: requests, answers, and the ways in which a connection fails."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
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
    https: HttpHandler | None = None
    """HTTP within TLS that really ends somewhere behind it; whether anything does there is seen then."""
    stream: StreamHandler | None = None
    tls: bool = False
    udp: bool = False
    local: bool = False
    """Listens on 127.0.0.1 only: reached from within the pod and by port-forward, not at its address."""
    program: str = ""
    """The name that the system shows for it, as in nginx."""
    server: object = None
    """The server behind it, for clients of ours that speak its protocol without its bytes (mysql, psql)."""
    authority: str = ""
    """With `tls`: the certificate (PEM) of the authority that signed its own; "": nobody knows that authority."""
    certificate: bytes = b""
    """With `tls`: its key and certificates (PEM) for who really connects; b"": one that nobody vouches for."""
    stand_in: bool = False
    """Answers for a program of which nothing is known."""


Failure = Literal["unknown host", "refused", "timed out", "reset", "no route"]


class ConnectError(Exception):
    """A connection that did not come about, or broke; clients word it as their originals do."""

    def __init__(self, failure: Failure, host: str, port: int = 0, address: str = "") -> None:
        super().__init__(f"{failure}: {host}:{port}" if port else f"{failure}: {host}")
        self.failure, self.host, self.port = failure, host, port
        self.stand_in = False
        """Nothing is known of a program in the pod that refused: the real one might listen there."""
        self.address = address
        """The address of `host`, where it has one."""


class ResolveError(ConnectError):
    """A name that has no address ("unknown host"), or whose name server does not answer ("timed out", "refused")."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where somebody outside the cluster connects to: a port within a pod, of a Service, or of a node."""

    kind: Literal["pod", "service", "node"]
    name: str
    port: int
    namespace: str = ""
    uid: str = ""
    """Of a pod."""


@dataclass(frozen=True, slots=True)
class Destination:
    """Where a connection ends, once names, Services and policies are gone through."""

    address: str
    port: int
    listener: Listener
    pod: str = ""
    """The pod's uid; "" for what is no pod."""
    client: str = ""
    """From which address it comes, as the listener sees it."""
