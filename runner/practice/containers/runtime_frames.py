"""What the kubelet's process and the runtime's say to each other: one connection for each call, framed.

The caller sends one HEAD frame (JSON: the call and its arguments); then both send frames of streams until RESULT or
ERROR, which is the last one. A frame is its kind (one byte), the length of its payload (four bytes), and the payload.
"""

from __future__ import annotations

import asyncio
import base64
import json
import struct
from dataclasses import asdict, is_dataclass
from enum import IntEnum
from typing import Any

LARGEST = 64 * 2**20


class Kind(IntEnum):
    """What a frame carries."""

    HEAD = 0
    STDIN = 1
    STDOUT = 2
    STDERR = 3
    RESIZE = 4
    ITEM = 5
    RESULT = 6
    ERROR = 7
    STDIN_END = 8


def encoded(value: Any) -> bytes:
    """As JSON: dataclasses as objects, bytes in base64 under a key of their own."""
    return json.dumps(value, default=_plain, separators=(",", ":")).encode()


def _plain(value: Any) -> Any:
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    if isinstance(value, bytes):
        return {"$bytes": base64.b64encode(value).decode()}
    raise TypeError(type(value).__name__)


def decoded(data: bytes) -> Any:
    return json.loads(data, object_hook=_from_plain)


def _from_plain(value: dict[str, Any]) -> Any:
    return base64.b64decode(value["$bytes"]) if value.keys() == {"$bytes"} else value


class Frames:
    """The frames of one connection, both ways."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer

    async def read(self) -> tuple[Kind, bytes] | None:
        """The next frame; None where the other side is gone."""
        try:
            kind, length = struct.unpack(">BI", await self._reader.readexactly(5))
            if length > LARGEST:
                return None
            return Kind(kind), await self._reader.readexactly(length)
        except (asyncio.IncompleteReadError, ConnectionError):
            return None

    async def write(self, kind: Kind, payload: bytes = b"") -> None:
        """Waits while the other side is behind. Raises ConnectionError."""
        self._writer.write(struct.pack(">BI", kind, len(payload)) + payload)
        await self._writer.drain()

    def close(self) -> None:
        self._writer.close()
