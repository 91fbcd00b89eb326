"""One connection of a port-forward, as the server behind it sees it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, Protocol

FINISH_SECONDS = 5.0
"""How long an answer may take after the client has closed its side."""


class Served(Protocol):
    """What takes a connection's bytes: a web server's handler, or the way to a pod."""

    def connection_made(self, transport: Any, /) -> None: ...

    def data_received(self, data: bytes, /) -> None: ...

    async def shutdown(self, timeout: float | None = ..., /) -> None:
        """The client sends no more: returns once it is answered."""
        ...

    def connection_lost(self, error: Exception | None, /) -> None: ...


ServerFor = Callable[[int], Callable[[], Served]]
"""By port of the pod: makes what takes one connection to it."""


class Connection(asyncio.Transport):
    """The bytes of one client, whatever carries them; `write` sends some back, `closed` is called once at its end, `failed`
    before it where nothing answers."""

    def __init__(
        self,
        write: Callable[[bytes], None],
        closed: Callable[[], None],
        failed: Callable[[str], None] = lambda _message: None,
    ) -> None:
        super().__init__()
        self._on_failure = failed
        self._write, self._on_close = write, closed
        self._protocol: Served | None = None
        self._closing = False

    def serve(self, protocol: Served) -> None:
        self._protocol = protocol
        protocol.connection_made(self)

    def received(self, data: bytes) -> None:
        assert self._protocol is not None
        self._protocol.data_received(data)

    async def finish(self) -> None:
        """The client sends no more: what it asked for is answered, then this side is closed too."""
        assert self._protocol is not None
        await self._protocol.shutdown(FINISH_SECONDS)
        self.close()

    def write(self, data: bytes | bytearray | memoryview) -> None:
        if not self._closing:
            self._write(bytes(data))

    def close(self) -> None:
        if self._closing:
            return
        self._closing = True
        self._on_close()
        assert self._protocol is not None
        asyncio.get_running_loop().call_soon(self._protocol.connection_lost, None)

    def fail(self, message: str) -> None:
        """There is nobody who answers: say so where errors are said, and close."""
        if not self._closing:
            self._on_failure(message)
            self.close()

    def abort(self) -> None:
        self.close()

    def is_closing(self) -> bool:
        return self._closing

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return default

    def is_reading(self) -> bool:
        return not self._closing

    def pause_reading(self) -> None:
        """Requests for pages are small: what has come is kept."""

    def resume_reading(self) -> None:
        """See pause_reading."""

    def get_write_buffer_size(self) -> int:
        return 0
