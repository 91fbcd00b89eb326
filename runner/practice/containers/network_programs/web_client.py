"""Sending HTTP requests from a pod: where an address leads, what is answered, and how long each part took."""

from __future__ import annotations

import asyncio
import email.utils
import ipaddress
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from urllib.parse import SplitResult, urlsplit

from runner.practice.containers.byte_streams import Sink
from runner.practice.containers.network_messages import (
    ConnectError,
    Destination,
    Headers,
    Request,
    ResolveError,
    Response,
    StreamHandler,
    header,
)
from runner.practice.containers.raw_http import response_of
from runner.practice.containers.running_container import RunningContainer

PORTS = {"http": 80, "https": 443}


class NotHttp(Exception):
    """What answered was no HTTP; has what came."""

    def __init__(self, received: bytes) -> None:
        super().__init__("not HTTP")
        self.received = received


class WrongTls(Exception):
    """TLS was begun with something that does not speak it."""


class TookTooLong(Exception):
    """A limit of the client's own is over. `phase`: resolving, connecting or answering."""

    def __init__(self, phase: str, seconds: float) -> None:
        super().__init__(phase)
        self.phase, self.seconds = phase, seconds


@dataclass(frozen=True, slots=True)
class Url:
    """The parts of an http or https address that a request needs."""

    scheme: str
    host: str
    port: int
    target: str
    text: str
    user: str = ""
    password: str = ""

    @property
    def authority(self) -> str:
        """For the Host header: without the scheme's own port."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == PORTS.get(self.scheme) else f"{host}:{self.port}"


def parse_url(text: str) -> Url:
    """Read an address; http where it has no scheme. Raises ValueError."""
    with_scheme = text if "://" in text else f"http://{text}"
    if any(letter.isspace() or ord(letter) < 32 for letter in with_scheme):
        raise ValueError(text)
    parts: SplitResult = urlsplit(with_scheme)
    scheme = parts.scheme.lower()
    port = parts.port if parts.port is not None else PORTS.get(scheme, 80)
    if not parts.hostname and scheme != "file":
        raise ValueError(text)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Url(
        scheme,
        parts.hostname or "",
        port,
        target,
        with_scheme.partition("#")[0],
        parts.username or "",
        parts.password or "",
    )


@dataclass(slots=True)
class Exchange:
    """One request and its answer; the times are seconds from the beginning."""

    request: Request
    response: Response = field(default_factory=Response)
    began: float = field(default_factory=time.monotonic)
    address: str = ""
    resolved: float = 0.0
    connected: float = 0.0
    answered: float = 0.0
    before: float = 0.0
    """Seconds that the redirects took that led to it."""
    local: tuple[str, int] = ("", 0)
    """The address and port that the connection is made from."""
    verify_result: int = 0
    """OpenSSL's number for what is wrong with the server's certificate."""

    def now(self) -> float:
        return time.monotonic() - self.began


class UnknownHost(ConnectError):
    """No address for a name. `words` are those of the C library."""

    def __init__(self, error: ResolveError) -> None:
        super().__init__("unknown host", error.host)
        unknown = error.failure == "unknown host"
        self.words = "Name or service not known" if unknown else "Temporary failure in name resolution"


async def addresses(container: RunningContainer, name: str) -> list[str]:
    """The addresses of a name, as the pod's resolver has them. Raises UnknownHost."""
    if is_address(name):
        return [name]
    try:
        return await container.pod.network.resolve(container.pod, name)
    except ResolveError as error:
        raise UnknownHost(error) from None


def is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


async def connect(container: RunningContainer, host: str, port: int, *, udp: bool = False) -> Destination:
    """What answers there. Raises ConnectError."""
    pod = container.pod
    try:
        return await pod.network.connect(pod, host, port, udp=udp)
    except ResolveError as error:
        raise UnknownHost(error) from None


@dataclass(slots=True)
class Call:
    """How a request is sent: limits in seconds, and where a name is said to be."""

    connect_limit: float | None = None
    limit: float | None = None
    address: str = ""
    """Instead of what the host's name resolves to."""
    to: tuple[str, int] | None = None
    """The host and port to connect to instead of the URL's."""
    trying: Callable[[str], object] = lambda _address: None
    failed: Callable[[str, ConnectError], object] = lambda _address, _error: None
    connected: Callable[[str, Destination], object] = lambda _address, _destination: None


async def exchange(
    container: RunningContainer, url: Url, request: Request, call: Call, made: Exchange
) -> Exchange:
    """Send a request; fills in `made`. Raises ConnectError, TookTooLong, WrongTls, NotHttp."""
    phase = ["resolving"]
    limits = [each for each in (call.limit, call.connect_limit) if each is not None]
    try:
        async with asyncio.timeout(min(limits, default=None)):
            host, port = call.to or (url.host, url.port)
            found = [call.address] if call.address else await addresses(container, host)
            made.resolved = made.now()
            phase[0] = "connecting"
            destination = await _first(container, found, port, call, made)
            made.connected = made.now()
            made.local = (destination.client, container.pod.ephemeral_port())
    except TimeoutError:
        raise TookTooLong(phase[0], made.now()) from None
    call.connected(made.address, destination)
    left = None if call.limit is None else max(call.limit - made.now(), 0)
    try:
        async with asyncio.timeout(left):
            made.response = await answer(container, destination, request, url.scheme)
    except TimeoutError:
        raise TookTooLong("answering", made.now()) from None
    made.answered = made.now()
    return made


async def _first(
    container: RunningContainer, found: Sequence[str], port: int, call: Call, made: Exchange
) -> Destination:
    for last, address in ((index == len(found) - 1, each) for index, each in enumerate(found)):
        made.address = address
        call.trying(address)
        try:
            return await connect(container, address, port)
        except ConnectError as error:
            call.failed(address, error)
            if last:
                raise
    raise ConnectError("unknown host", "", port)


async def answer(
    container: RunningContainer, destination: Destination, request: Request, scheme: str = "http"
) -> Response:
    """What a destination answers to a request. Raises ConnectError("reset"), WrongTls, NotHttp."""
    listener = destination.listener
    if scheme == "https" and listener.https is not None:
        return completed(await listener.https(request), request.method)
    if scheme == "https" and not listener.tls:
        raise WrongTls(destination.address)
    if listener.http is None:
        if listener.stream is None:
            raise ConnectError("reset", destination.address, destination.port)
        return await _answer_of_stream(listener.stream, request)
    if scheme == "http" and listener.tls:
        return Response(400, (), b"Client sent an HTTP request to an HTTPS server.\n", "Bad Request")
    request.port = destination.port
    request.client = destination.client
    request.scheme = "https" if scheme == "https" else "http"
    pod = container.pod.network.pod_at(destination.address)
    running = set(pod.containers) if pod is not None else set()
    response = await listener.http(request)
    if pod is not None and pod.listener(destination.port) is not listener and running - pod.containers.keys():
        raise ConnectError("reset", destination.address, destination.port)  # its container ended meanwhile
    return completed(response, request.method)


def completed(response: Response, method: str = "GET") -> Response:
    """The answer with the headers that are there on a real connection."""
    headers = list(response.headers)
    if not header(headers, "Date"):
        at = 1 if headers and headers[0][0].lower() == "server" else 0
        headers.insert(at, ("Date", email.utils.formatdate(usegmt=True)))
    bodiless = response.status in (204, 304) or response.status < 200
    if not bodiless and not header(headers, "Content-Length") and not header(headers, "Transfer-Encoding"):
        headers.append(("Content-Length", str(len(response.body))))
    body = b"" if method == "HEAD" or bodiless else response.body
    return Response(response.status, headers, body, response.reason or reason(response.status))


def reason(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return ""


def request_head(request: Request) -> str:
    """The head of a request as it is on the wire, with its empty line."""
    lines = [
        f"{request.method} {request.target} HTTP/1.1",
        *(f"{name}: {value}" for name, value in request.headers),
    ]
    return "\r\n".join(lines) + "\r\n\r\n"


def response_head(response: Response) -> str:
    lines = [
        f"HTTP/1.1 {response.status} {response.reason}".rstrip()
        if not response.reason
        else f"HTTP/1.1 {response.status} {response.reason}"
    ]
    lines += [f"{name}: {value}" for name, value in response.headers]
    return "\r\n".join(lines) + "\r\n\r\n"


def without(headers: Headers, *names: str) -> list[tuple[str, str]]:
    """Those headers that have none of these names."""
    gone = {name.lower() for name in names}
    return [(name, value) for name, value in headers if name.lower() not in gone]


async def _answer_of_stream(stream: StreamHandler, request: Request) -> Response:
    """What a server of another protocol sends to an HTTP request."""
    received: list[bytes] = []
    sent = request_head(request).encode() + request.body

    class Sent:
        async def read(self) -> bytes | None:
            nonlocal sent
            piece, sent = sent, b""
            if piece:
                return piece
            await asyncio.sleep(0.05)
            return None

    async def receive(data: bytes) -> None:
        received.append(data)

    sink: Sink = receive
    await stream(Sent(), sink)
    data = b"".join(received)
    if not data:
        raise ConnectError("reset", "")
    found = response_of(data)
    if found is None:
        raise NotHttp(data)
    return found
