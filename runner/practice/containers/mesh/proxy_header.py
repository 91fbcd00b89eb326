"""The header of the PROXY protocol, version 2: whence a connection comes and where it was meant to go.

https://www.haproxy.org/download/2.9/doc/proxy-protocol.txt, IPv4 over TCP alone.
"""

from __future__ import annotations

import socket
import struct
from dataclasses import dataclass

SIGNATURE = b"\r\n\r\n\0\r\nQUIT\n"
_TCP4 = b"\x21\x11"
_FIXED = 16
"""Bytes before the addresses."""


@dataclass(frozen=True, slots=True)
class Ends:
    """Both ends of a connection, as the pods see it."""

    source: str
    source_port: int
    destination: str
    port: int


def header_of(ends: Ends) -> bytes:
    addresses = socket.inet_aton(ends.source) + socket.inet_aton(ends.destination)
    return (
        SIGNATURE
        + _TCP4
        + struct.pack(">H", 12)
        + addresses
        + struct.pack(">HH", ends.source_port, ends.port)
    )


def ends_of(data: bytes | bytearray) -> tuple[Ends | None, int] | None:
    """(the ends in the header that these bytes begin with, its length); (None, 0) where they begin with none.

    None while it is not all there.
    """
    if not data.startswith(SIGNATURE):
        return None if SIGNATURE.startswith(bytes(data)) else (None, 0)
    if len(data) < _FIXED:
        return None
    length = _FIXED + int.from_bytes(data[14:16], "big")
    if len(data) < length:
        return None
    if bytes(data[12:14]) != _TCP4:
        return None, length  # of no connection: a check of the proxy's own
    source, destination = bytes(data[16:20]), bytes(data[20:24])
    ports = struct.unpack(">HH", data[24:28])
    return Ends(socket.inet_ntoa(source), ports[0], socket.inet_ntoa(destination), ports[1]), length
