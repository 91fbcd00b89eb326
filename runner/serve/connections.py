"""Connections that say nothing, or never finish what they say, do not stay, and there are never many."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

MOST = 128
"""Connections at a time. A page has one that stays and some for its files."""
WITHIN = 10.0
"""Seconds in which a connection has to have sent a whole request."""


class Connections:
    """Makes the protocol of each new connection: the web server's, with an eye on it."""

    def __init__(self, make: Callable[[], asyncio.Protocol]) -> None:
        self._make = make
        self._open: dict[asyncio.BaseTransport, _Watched] = {}

    def __call__(self) -> asyncio.Protocol:
        return _Watched(self._make(), self._open)

    def heard(self, transport: asyncio.BaseTransport | None) -> None:
        """A whole request came: the web server looks after the connection from now on."""
        watched = self._open.get(transport) if transport is not None else None
        if watched is not None:
            watched.heard()


class _Watched(asyncio.Protocol):
    def __init__(self, inner: asyncio.Protocol, others: dict[asyncio.BaseTransport, _Watched]) -> None:
        self._inner, self._others = inner, others
        self._late: asyncio.TimerHandle | None = None
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        if len(self._others) >= MOST:
            transport.abort()
            return
        self._others[transport] = self
        self._late = asyncio.get_running_loop().call_later(WITHIN, transport.abort)
        self._inner.connection_made(transport)

    def heard(self) -> None:
        if self._late:
            self._late.cancel()

    def data_received(self, data: bytes) -> None:
        if self._transport in self._others:
            self._inner.data_received(data)

    def eof_received(self) -> bool | None:
        return self._inner.eof_received() if self._transport in self._others else None

    def connection_lost(self, exc: Exception | None) -> None:
        self.heard()
        if self._transport is not None and self._others.pop(self._transport, None) is not None:
            self._inner.connection_lost(exc)

    def pause_writing(self) -> None:
        self._inner.pause_writing()

    def resume_writing(self) -> None:
        self._inner.resume_writing()
