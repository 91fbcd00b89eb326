"""What kubectl sends through a port-forward: pairs of streams, and a server behind each of them.

For every connection to its local port kubectl opens two streams with one `requestID`: `streamType: error`, on
which nothing is said where all is well, and `streamType: data`, the bytes of the connection
(k8s.io/client-go/tools/portforward).
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass

from runner.practice.network.forwarded_connection import Connection, ServerFor
from runner.practice.streaming.spdy import Data, Frame, GoAway, Opened, Ping, Reader, Reset, SpdyError, Writer

LOG = logging.getLogger(__name__)

PIECE = 32 * 1024
"""Bytes of a data frame."""
MOST_STREAMS = 1000


@dataclass(slots=True)
class _Pair:
    """The two streams of one connection; 0 if it is not opened yet."""

    error: int = 0
    connection: Connection | None = None


class Streams:
    """All streams of one port-forward. `send` takes bytes for kubectl, in order; `end` is called at a breach."""

    def __init__(self, send: Callable[[bytes], None], end: Callable[[], None], server: ServerFor) -> None:
        self._send, self._end, self._server = send, end, server
        self._reader, self._writer = Reader(), Writer()
        self._pairs: dict[str, _Pair] = {}
        self._of_stream: dict[int, str] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._closed = False

    def received(self, data: bytes | str) -> None:
        """Bytes from kubectl; text has no meaning here."""
        if isinstance(data, str):
            return
        try:
            for frame in self._reader.feed(data):
                self._take(frame)
        except SpdyError as error:
            LOG.warning("port-forward: %s", error)
            self._end()

    def close(self) -> None:
        """Nothing is sent any more; the servers' connections end."""
        self._closed = True
        for pair in list(self._pairs.values()):
            if pair.connection is not None:
                pair.connection.close()

    def _take(self, frame: Frame) -> None:
        match frame:
            case Opened():
                self._opened(frame)
            case Data():
                self._data(frame)
            case Reset(stream):
                connection = self._connection(stream)
                if connection is not None:
                    connection.close()
            case Ping(number):
                self._put(self._writer.ping(number))
            case GoAway():
                self._end()

    def _opened(self, frame: Opened) -> None:
        request, port = frame.headers.get("requestid", ""), frame.headers.get("port", "")
        kind = frame.headers.get("streamtype", "")
        known = self._pairs.get(request)
        taken = known is not None and (known.error if kind == "error" else known.connection)
        if not request or not port.isdigit() or kind not in ("error", "data") or taken:
            return self._put(self._writer.reset(frame.stream))
        if known is None and len(self._pairs) >= MOST_STREAMS:
            return self._put(self._writer.reset(frame.stream))
        pair = self._pairs.setdefault(request, _Pair())
        self._of_stream[frame.stream] = request
        self._put(self._writer.reply(frame.stream))
        if kind == "error":
            pair.error = frame.stream
            return None
        pair.connection = Connection(
            lambda data: self._write(frame.stream, data),
            lambda: self._finished(request, frame.stream),
            lambda message: self._failed(pair, message),
        )
        pair.connection.serve(self._server(int(port))())
        return None

    def _data(self, frame: Data) -> None:
        connection = self._connection(frame.stream)
        if connection is None or connection.is_closing():
            return
        if frame.data:
            connection.received(frame.data)
        if frame.fin:
            task = asyncio.get_running_loop().create_task(connection.finish())
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    def _connection(self, stream: int) -> Connection | None:
        """Whose bytes the stream carries; None for an error stream, and for one that is over."""
        pair = self._pairs.get(self._of_stream.get(stream, ""))
        return pair.connection if pair is not None and stream != pair.error else None

    def _write(self, stream: int, data: bytes) -> None:
        for at in range(0, len(data), PIECE):
            self._put(self._writer.data(stream, data[at : at + PIECE]))

    def _finished(self, request: str, stream: int) -> None:
        """The connection is over: kubectl waits for the end of both streams."""
        pair = self._pairs.pop(request)
        for each in (stream, pair.error):
            self._of_stream.pop(each, None)
            if each:
                self._put(self._writer.data(each, b"", fin=True))

    def _failed(self, pair: _Pair, message: str) -> None:
        if pair.error:
            self._put(self._writer.data(pair.error, message.encode()))

    def _put(self, data: bytes) -> None:
        if not self._closed:
            self._send(data)
