"""What listens in pods, served as pipes to Envoy."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Mapping
from pathlib import Path

from runner.practice.containers.mesh.http_wire import MessageReader, closes, response_bytes
from runner.practice.containers.mesh.pipe_streams import PIECE, PipeStreams
from runner.practice.containers.mesh.proxy_header import ends_of
from runner.practice.containers.network_messages import (
    ConnectError,
    Destination,
    HttpHandler,
    Listener,
    Response,
)
from runner.practice.containers.network_programs.byte_connection import BAD_REQUEST
from runner.practice.containers.network_programs.tls_server_side import converse_securely
from runner.practice.containers.network_programs.web_client import completed
from runner.practice.containers.pod_on_network import PodOnNetwork

log = logging.getLogger(__name__)

FROM_SIDECAR = "127.0.0.6"
"""Whence a sidecar connects to its own application."""


class ApplicationSockets:
    """The pipes of all pods' listening TCP ports, `app-<pod ip>-<port>` in a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._served: dict[str, _Served] = {}
        """By the pipe's name."""

    def follow(self, pod: PodOnNetwork, listening: Mapping[int, Listener]) -> None:
        """These are the ports on which the pod listens now."""
        prefix = f"app-{pod.config.ip}-"
        wanted = {
            f"{prefix}{port}": listener
            for port, listener in listening.items()
            if not listener.udp and not listener.local
        }
        for name in [each for each in self._served if each.startswith(prefix)]:
            if self._served[name].listener is not wanted.get(name):
                self._served.pop(name).close()
        for name, listener in wanted.items():
            if name not in self._served:
                port = int(name.removeprefix(prefix))
                self._served[name] = _Served(self._folder / name, pod.config.ip, port, listener)

    def close(self) -> None:
        for served in self._served.values():
            served.close()
        self._served.clear()


class _Served:
    """One pipe, with the connections that came in by it."""

    def __init__(self, path: Path, ip: str, port: int, listener: Listener) -> None:
        self.path, self.ip, self.port, self.listener = path, ip, port, listener
        self.connections: set[asyncio.BaseTransport] = set()
        self.answering: set[asyncio.Task[None]] = set()
        """Requests: a server goes on with one whose client has left."""
        self._server: asyncio.Server | None = None
        self._starting = asyncio.get_running_loop().create_task(self._start())

    async def _start(self) -> None:
        self.path.unlink(missing_ok=True)
        loop = asyncio.get_running_loop()
        http = self.listener.http
        if http is not None and not self.listener.tls and self.listener.stream is None:
            self._server = await loop.create_unix_server(
                lambda: _HttpConnection(self, http), self.path, backlog=1024
            )
        else:
            self._server = await asyncio.start_unix_server(self._connected, self.path)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections.add(writer.transport)
        try:
            data = b""
            while (found := ends_of(data)) is None:
                piece = await reader.read(PIECE)
                if not piece:
                    return
                data += piece
            ends, length = found
            client = ends.source if ends else FROM_SIDECAR
            streams = PipeStreams(reader, writer, data[length:])
            to = Destination(self.ip, self.port, self.listener, "", client)
            with contextlib.suppress(ConnectError, ConnectionError, asyncio.CancelledError):
                await converse_securely(to, streams, streams.write)
        finally:
            self.connections.discard(writer.transport)
            writer.close()

    def close(self) -> None:
        """Who listened is gone: so are its connections."""
        self._starting.cancel()
        for task in self.answering:
            task.cancel()
        if self._server is not None:
            self._server.close()
        self.path.unlink(missing_ok=True)
        for transport in list(self.connections):
            if isinstance(transport, asyncio.Transport):
                transport.abort()


class _HttpConnection(asyncio.Protocol):
    """Answers one request after the other."""

    def __init__(self, served: _Served, handler: HttpHandler) -> None:
        self._served, self._handler = served, handler
        self._reader = MessageReader()
        self._first: bytearray | None = bytearray()
        """What came before it is known whether the connection begins with a header of the PROXY protocol."""
        self._client = FROM_SIDECAR
        self._answering: asyncio.Task[None] | None = None
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._served.connections.add(transport)

    def connection_lost(self, _error: Exception | None) -> None:
        if self._transport is not None:
            self._served.connections.discard(self._transport)

    def data_received(self, data: bytes) -> None:
        if self._first is not None:
            self._first += data
            found = ends_of(self._first)
            if found is None:
                return
            ends, length = found
            self._client = ends.source if ends else FROM_SIDECAR
            data, self._first = bytes(self._first[length:]), None
        self._reader.feed(data)
        if self._answering is None or self._answering.done():
            self._answer_next()

    def _answer_next(self) -> None:
        assert self._transport is not None
        try:
            request = self._reader.request()
        except ValueError:
            self._transport.write(BAD_REQUEST)
            self._transport.close()
            return
        if request is None:
            return
        request.client, request.port = self._client, self._served.port
        task = asyncio.get_running_loop().create_task(self._answer(request.method, self._handler(request)))
        self._served.answering.add(task)
        task.add_done_callback(self._served.answering.discard)
        self._answering = task

    async def _answer(self, method: str, answer: Awaitable[Response]) -> None:
        assert self._transport is not None
        try:
            response = completed(await answer, method)
        except (ConnectError, ConnectionError):
            self._transport.abort()
            return
        except Exception:
            log.exception("a server in %s", self._served.path.name)
            self._transport.abort()
            return
        if self._transport.is_closing():
            return
        self._transport.write(response_bytes(response, with_body=method != "HEAD"))
        if closes(response.headers):
            self._transport.close()
        else:
            self._answer_next()
