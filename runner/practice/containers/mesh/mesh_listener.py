"""What a client in the pods' network talks to where a sidecar or a gateway takes its connection: a pipe of Envoy's."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from functools import cache

from runner.practice.containers.byte_streams import Sink, Source
from runner.practice.containers.mesh.http_wire import MessageReader, request_bytes
from runner.practice.containers.mesh.pipe_client import PipeClient, Route, opened
from runner.practice.containers.mesh.pipe_streams import PIECE, PipeStreams, carry
from runner.practice.containers.mesh.proxy_header import header_of
from runner.practice.containers.network_messages import ConnectError, Listener, Request, Response, header
from runner.practice.containers.network_programs.web_client import WrongTls


def mesh_listener(client: PipeClient, route: Route, authority: str, program: str = "envoy") -> Listener:
    """HTTP over connections that are kept, or bytes over one of its own. `authority`: the Host of a request without one."""

    async def http(request: Request) -> Response:
        return await client.exchange(route, request, authority)

    async def https(request: Request) -> Response:
        return await _exchange_securely(route, request, authority)

    async def stream(source: Source, sink: Sink) -> None:
        reader, writer = await opened(route, asyncio.open_unix_connection)
        writer.write(header_of(route.ends))
        await carry(PipeStreams(reader, writer), source, sink)

    return Listener(http=http, https=https, stream=stream, program=program)


async def _exchange_securely(route: Route, request: Request, authority: str) -> Response:
    """One request within TLS, which ends wherever the mesh lets it. Raises ConnectError("reset"), WrongTls."""
    host = (header(request.headers, "Host") or authority).rpartition(":")[0] or header(
        request.headers, "Host"
    )
    reset = ConnectError("reset", route.destination, route.port)
    writer = None
    try:
        reader, writer = await opened(route, asyncio.open_unix_connection)
        writer.write(header_of(route.ends))
        await writer.start_tls(_context(), server_hostname=host)
        writer.write(request_bytes(request, authority))
        messages = MessageReader()
        while True:
            piece = await reader.read(PIECE)
            messages.feed(piece)
            if (response := messages.response(request.method, ended=not piece)) is not None:
                return response
            if not piece:
                raise reset
    except ssl.SSLError:
        raise WrongTls(route.destination) from None
    except (OSError, ValueError):
        raise reset from None
    finally:
        if writer is not None:
            with contextlib.suppress(OSError):
                writer.close()


@cache
def _context() -> ssl.SSLContext:
    """Clients of ours judge certificates themselves (`curl -k`)."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.set_alpn_protocols(["http/1.1"])
    return context
