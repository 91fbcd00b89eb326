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
_ADDRESSES = 12
PEER, MEANT = 224, 225
"""Types of what a header has beside addresses, in the range for uses of one's own."""


@dataclass(frozen=True, slots=True)
class Ends:
    """Both ends of a connection, as the pods see it."""

    source: str
    source_port: int
    destination: str
    port: int
    peer: str = ""
    """The pod whose proxy sends, "<name>.<namespace>"; "" where it is none."""
    meant: str = ""
    """"<host>:<port>", where that and not the destination's address is meant: a host outside of the mesh."""


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
    more = _values(bytes(data[_FIXED + _ADDRESSES : length]))
    ends = Ends(
        socket.inet_ntoa(source),
        ports[0],
        socket.inet_ntoa(destination),
        ports[1],
        more.get(PEER, ""),
        more.get(MEANT, ""),
    )
    return ends, length


def _values(data: bytes) -> dict[int, str]:
    """By type: type, length and value, one after the other."""
    found = {}
    while len(data) >= 3:
        kind, length = data[0], int.from_bytes(data[1:3], "big")
        found[kind], data = data[3 : 3 + length].decode(errors="replace"), data[3 + length :]
    return found
