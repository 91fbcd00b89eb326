"""HTTP requests into a pipe of Envoy's, over connections that are kept for the next ones."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar

from runner.practice.containers.mesh.http_wire import MessageReader, closes, request_bytes
from runner.practice.containers.mesh.proxy_header import Ends, header_of
from runner.practice.containers.network_messages import ConnectError, Request, Response

T = TypeVar("T")

KEPT_SECONDS = 20.0
SOURCE_PORT = 40000
"""Of all connections: Envoy has a pool of connections of its own for each source, and limits such as `maxConnections` are the
pool's."""
TRIES, BETWEEN = 12, 0.025
"""How often, and after how many seconds, a pipe is tried that is not there yet."""


@dataclass(frozen=True, slots=True)
class Route:
    """A way into Envoy: the pipe, and the two ends of the connection as the pods see it."""

    pipe: str
    source: str
    destination: str
    port: int

    @property
    def ends(self) -> Ends:
        return Ends(self.source, SOURCE_PORT, self.destination, self.port)


class PipeClient:
    """Connections by their way. One carries one request at a time."""

    def __init__(self) -> None:
        self._idle: dict[Route, list[_Connection]] = defaultdict(list)
        self._sweep: asyncio.TimerHandle | None = None

    async def exchange(self, route: Route, request: Request, authority: str) -> Response:
        """Send a request. Raises ConnectError: refused where nothing listens at the pipe, reset where the connection breaks."""
        data = request_bytes(request, authority)
        while True:
            idle = self._idle.get(route)
            kept = bool(idle)
            connection = idle.pop() if idle else await self._open(route)
            try:
                response = await connection.exchange(data, request.method)
            except _Stale:
                connection.close()
                if kept:
                    continue  # it was closed while it was kept: nothing of the request was looked at
                raise ConnectError("reset", route.destination, route.port) from None
            except BaseException:
                connection.close()
                raise
            if connection.ended or closes(response.headers):
                connection.close()
            else:
                self._keep(route, connection)
            return response

    def forget(self, pipes: set[str] | None = None) -> None:
        """Begin anew with the next request: whoever listens at these pipes (None: all of them) is another one now."""
        for route in list(self._idle):
            if pipes is None or route.pipe in pipes:
                for connection in self._idle.pop(route):
                    connection.close()

    def close(self) -> None:
        self.forget()
        if self._sweep is not None:
            self._sweep.cancel()

    async def _open(self, route: Route) -> _Connection:
        loop = asyncio.get_running_loop()
        _, connection = await opened(
            route, lambda pipe: loop.create_unix_connection(lambda: _Connection(route), pipe)
        )
        return connection

    def _keep(self, route: Route, connection: _Connection) -> None:
        loop = asyncio.get_running_loop()
        connection.kept_since = loop.time()
        self._idle[route].append(connection)
        if self._sweep is None:
            self._sweep = loop.call_later(KEPT_SECONDS, self._sweep_idle)

    def _sweep_idle(self) -> None:
        loop = asyncio.get_running_loop()
        before = loop.time() - KEPT_SECONDS
        for route, connections in list(self._idle.items()):
            for connection in [each for each in connections if each.ended or each.kept_since < before]:
                connections.remove(connection)
                connection.close()
            if not connections:
                del self._idle[route]
        self._sweep = loop.call_later(KEPT_SECONDS, self._sweep_idle) if self._idle else None


async def opened(route: Route, connect: Callable[[str], Awaitable[T]]) -> T:
    """Connect to its pipe. One that Envoy is just about to open is waited for. Raises ConnectError("refused")."""
    for left in reversed(range(TRIES)):
        try:
            return await connect(route.pipe)
        except OSError:
            if left:
                await asyncio.sleep(BETWEEN)
    raise ConnectError("refused", route.destination, route.port, route.destination)


class _Stale(Exception):
    """The connection ended before anything of an answer came."""


class _Connection(asyncio.Protocol):
    def __init__(self, route: Route) -> None:
        self._route = route
        self.ended = False
        self.kept_since = 0.0
        self._reader = MessageReader()
        self._method = "GET"
        self._waiting: asyncio.Future[Response] | None = None
        self._transport: asyncio.Transport | None = None

    async def exchange(self, data: bytes, method: str) -> Response:
        """Raises _Stale, ConnectError("reset")."""
        if self.ended:
            raise _Stale
        assert self._transport is not None
        self._method = method
        self._waiting = asyncio.get_running_loop().create_future()
        self._transport.write(data)
        try:
            return await self._waiting
        finally:
            self._waiting = None

    def close(self) -> None:
        self.ended = True
        if self._transport is not None:
            self._transport.close()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        transport.write(header_of(self._route.ends))

    def data_received(self, data: bytes) -> None:
        if self._waiting is None or self._waiting.done():
            self.close()  # an answer that nobody has asked for
            return
        self._reader.feed(data)
        try:
            response = self._reader.response(self._method)
        except ValueError:
            self._fail(ConnectError("reset", self._route.destination, self._route.port))
            self.close()
        else:
            if response is not None:
                self._waiting.set_result(response)

    def connection_lost(self, _error: Exception | None) -> None:
        self.ended = True
        if self._waiting is None or self._waiting.done():
            return
        if not self._reader.begun:
            self._fail(_Stale())
            return
        response = self._reader.response(self._method, ended=True)
        if response is not None:
            self._waiting.set_result(response)
        else:
            self._fail(ConnectError("reset", self._route.destination, self._route.port))

    def _fail(self, error: Exception) -> None:
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_exception(error)
