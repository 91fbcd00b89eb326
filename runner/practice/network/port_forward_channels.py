"""Port-forwards in the channels of a WebSocket, as client libraries other than kubectl's ask for them.

Each port that the query names has two channels: 2n carries the bytes of one connection, 2n+1 what went wrong with
it. A message begins with the number of its channel; the first one that the server sends on a channel holds the port,
two bytes, the low one first (kubelet, pkg/kubelet/cri/streaming/portforward/websocket.go). In the base64 form
a message is text: a digit for the channel, then base64 (k8s.io/apimachinery, httpstream/wsstream).
"""

from __future__ import annotations

import base64
import binascii
import struct
from collections.abc import Callable, Sequence

from runner.practice.machinery.errors import bad_request
from runner.practice.network.forwarded_connection import Connection, Served, ServerFor

BINARY, BASE64 = "v4.channel.k8s.io", "v4.base64.channel.k8s.io"
PROTOCOLS = (BINARY, BASE64)
LARGEST_PORT = 65535

Message = bytes | str
"""A binary or a text message of a WebSocket."""


def ports_asked_for(values: Sequence[str]) -> list[int]:
    """The ports of the query: `ports=80,81` or one `ports` each. Raises ApiError (400)."""
    texts = [text for value in values for text in value.split(",")]
    if not texts:
        raise bad_request('query parameter "port" is required')
    ports = []
    for text in texts:
        if not (text.isascii() and text.isdigit() and 0 < int(text) <= LARGEST_PORT):
            raise bad_request(f'invalid port "{text}": a port is a number from 1 to {LARGEST_PORT}')
        ports.append(int(text))
    return ports


class Channels:
    """The channels of one WebSocket. `send` takes messages for the client, in order; `end` is called at a breach
    of the protocol, and when the last connection is over."""

    def __init__(
        self,
        ports: Sequence[int],
        protocol: str | None,
        send: Callable[[Message], None],
        end: Callable[[], None],
        server: ServerFor,
    ) -> None:
        self._encoded = protocol == BASE64
        self._send, self._end = send, end
        self._closed = False
        self._connections: list[Connection] = []
        self._open = len(ports)
        for index, port in enumerate(ports):
            for channel in (2 * index, 2 * index + 1):
                self._put(channel, struct.pack("<H", port))
            self._connections.append(self._connect(2 * index, server(port)))

    def _connect(self, channel: int, server: Callable[[], Served]) -> Connection:
        connection = Connection(
            lambda data: self._put(channel, data),
            self._finished,
            lambda message: self._put(channel + 1, message.encode()),
        )
        connection.serve(server())
        return connection

    def received(self, message: Message) -> None:
        """A message of the client."""
        try:
            channel, data = self._decoded(message)
        except (IndexError, ValueError):
            return self._end()
        index, error = divmod(channel, 2)
        if index < len(self._connections) and not error and not self._connections[index].is_closing():
            self._connections[index].received(data)
        return None

    def close(self) -> None:
        """Nothing is sent any more; the servers' connections end."""
        self._closed = True
        for connection in self._connections:
            connection.close()

    def _decoded(self, message: Message) -> tuple[int, bytes]:
        if not self._encoded:
            data = message.encode() if isinstance(message, str) else message
            return data[0], data[1:]
        text = message.encode() if isinstance(message, str) else message
        try:
            return int(text[:1]), base64.b64decode(text[1:], validate=True)
        except binascii.Error as error:
            raise ValueError(str(error)) from error

    def _put(self, channel: int, data: bytes) -> None:
        if self._closed:
            return
        self._send(
            f"{channel}{base64.b64encode(data).decode()}" if self._encoded else bytes([channel]) + data
        )

    def _finished(self) -> None:
        self._open -= 1
        if not self._open and not self._closed:
            self._end()
