"""Makes a probe of a container, and words its failures as the kubelet's probers do (pkg/probe: exec, http, tcp, grpc)."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Protocol
from urllib.parse import urljoin, urlsplit

from runner.practice.containers import grpc_health
from runner.practice.containers.container_config import StartError
from runner.practice.containers.container_image import Image
from runner.practice.containers.container_limits import PROBE_OUTPUT
from runner.practice.containers.network_messages import (
    ConnectError,
    Listener,
    Request,
    Response,
    header,
)
from runner.practice.containers.pod_sandbox import PodSandbox
from runner.practice.containers.probe_messages import ProbeAction, ProbeResult
from runner.practice.containers.standard_streams import Streams

MOST_REDIRECTS = 10
NOT_FOUND_CODES = (126, 127)
SUCCESS = ProbeResult("success")
TLS_RECORD = "tls: first record does not look like a TLS handshake"


class Probed(Protocol):
    """What a probe needs of a container."""

    @property
    def image(self) -> Image: ...

    @property
    def pod(self) -> PodSandbox: ...

    async def exec(self, argv: Sequence[str], streams: Streams) -> int:
        """Run a command in it. Raises StartError."""
        ...


async def probe(container: Probed, action: ProbeAction) -> ProbeResult:
    """Make it once. Nothing is known of a stand-in for an unknown image: what it can't answer counts as success."""
    result = await {"exec": _exec, "httpGet": _http, "tcpSocket": _tcp, "grpc": _grpc}[action.kind](
        container, action
    )
    unanswerable = action.kind != "exec" and result.outcome in ("failure", "error")
    return SUCCESS if container.image.is_stand_in and unanswerable else result


async def _exec(container: Probed, action: ProbeAction) -> ProbeResult:
    output = bytearray()

    async def write(data: bytes) -> None:
        output.extend(data[: PROBE_OUTPUT - len(output)])

    stand_in = container.image.is_stand_in
    try:
        async with asyncio.timeout(action.timeout):
            code = await container.exec(action.command, Streams(stdout=write, stderr=write))
    except TimeoutError:
        return ProbeResult("timed out")
    except StartError as error:
        why = error.message.rpartition("unable to start container process: ")[2]
        return SUCCESS if stand_in else ProbeResult("error", f"unable to start container process: {why}")
    if code == 0 or (stand_in and code in NOT_FOUND_CODES):
        return SUCCESS
    return ProbeResult("failure", output.decode("utf-8", "replace"))


async def _http(container: Probed, action: ProbeAction) -> ProbeResult:
    url = f"{action.scheme}://{action.host or container.pod.config.ip}:{action.port}{action.path}"
    first = urlsplit(url)
    try:
        async with asyncio.timeout(action.timeout):
            for _ in range(MOST_REDIRECTS):
                response = await _get(container, action, url)
                location = response.header("Location")
                if response.status not in (301, 302, 303, 307, 308) or not location:
                    return _judged(response)
                url = urljoin(url, location)
                if urlsplit(url).hostname != first.hostname:
                    return _judged(response)
    except ConnectError as error:
        return ProbeResult("failure", f'Get "{url}": {_dialed(error)}')
    except TimeoutError:
        late = "context deadline exceeded (Client.Timeout exceeded while awaiting headers)"
        return ProbeResult("failure", f'Get "{url}": {late}')
    except _Tls as error:
        return ProbeResult("failure", f'Get "{url}": {error}')
    return ProbeResult("failure", f'Get "{url}": stopped after {MOST_REDIRECTS} redirects')


def _judged(response: Response) -> ProbeResult:
    if not 200 <= response.status < 400:
        return ProbeResult("failure", f"HTTP probe failed with statuscode: {response.status}")
    if response.status >= 300:
        body = response.body[:PROBE_OUTPUT].decode("utf-8", "replace")
        return ProbeResult("warning", f"Probe terminated redirects, Response body: {body}")
    return SUCCESS


async def _get(container: Probed, action: ProbeAction, url: str) -> Response:
    parts = urlsplit(url)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    listener = await _listener(container, parts.hostname or "", port)
    if parts.scheme == "https" and not listener.tls:
        raise _Tls("http: server gave HTTP response to HTTPS client" if listener.http else TLS_RECORD)
    if listener.tls and parts.scheme != "https":
        return Response(400, body=b"Client sent an HTTP request to an HTTPS server.\n")
    if listener.http is None:
        raise ConnectError("reset", parts.hostname or "", port)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    host = [] if header(action.headers, "Host") else [("Host", parts.netloc)]
    client = container.pod.config.host_ip
    request = Request("GET", target, [*host, *action.headers], b"", client, port)
    if listener.tls:
        request.scheme = "https"
    return await listener.http(request)


async def _tcp(container: Probed, action: ProbeAction) -> ProbeResult:
    try:
        async with asyncio.timeout(action.timeout):
            await _listener(container, action.host or container.pod.config.ip, action.port)
    except ConnectError as error:
        return ProbeResult("failure", _dialed(error))
    except TimeoutError:
        where = f"{action.host or container.pod.config.ip}:{action.port}"
        return ProbeResult("failure", f"dial tcp {where}: i/o timeout")
    return SUCCESS


async def _grpc(container: Probed, action: ProbeAction) -> ProbeResult:
    ip = container.pod.config.ip
    unreached = ProbeResult(
        "failure",
        f'timeout: failed to connect service "{ip}:{action.port}" within {_go_seconds(action.timeout)}: '
        "context deadline exceeded",
    )
    try:
        async with asyncio.timeout(action.timeout):
            listener = await _listener(container, ip, action.port)
            if listener.http is None:
                return unreached
            asked = grpc_health.question(action.service, container.pod.config.host_ip, action.port)
            response = await listener.http(asked)
    except (ConnectError, TimeoutError):
        return unreached
    status = grpc_health.status_of(response)
    if status is None:
        why = "error: this server does not implement the grpc health protocol (grpc.health.v1.Health)"
        return ProbeResult("failure", f"{why}: unknown service grpc.health.v1.Health")
    if status != "SERVING":
        return ProbeResult("failure", f'service unhealthy (responded with "{status}")')
    return SUCCESS


async def _listener(container: Probed, host: str, port: int) -> Listener:
    """What answers there for the node. The kubelet reaches the pods of its node whatever policies say. Raises ConnectError."""
    pod = container.pod
    if host in (pod.config.ip, "localhost", "127.0.0.1"):
        found = pod.listener(port)
        if found is None or found.udp or (found.local and host == pod.config.ip):
            raise ConnectError("refused", host, port)
        return found
    return (await pod.network.connect(None, host, port)).listener


def _dialed(error: ConnectError) -> str:
    where = f"{error.host}:{error.port}"
    return {
        "refused": f"dial tcp {where}: connect: connection refused",
        "timed out": f"dial tcp {where}: i/o timeout",
        "no route": f"dial tcp {where}: connect: no route to host",
        "reset": f"read tcp {where}: read: connection reset by peer",
        "unknown host": f"dial tcp: lookup {error.host}: no such host",
    }[error.failure]


def _go_seconds(seconds: float) -> str:
    return f"{seconds:g}s"


class _Tls(Exception):
    """One side spoke TLS and the other did not."""
