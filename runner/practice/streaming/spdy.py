"""SPDY/3.1 frames, as much as kubectl needs of them for port-forward, exec and attach.

Source: draft-mbelshe-httpbis-spdy-00 (SPDY/3), sections 2.2 (framing), 2.6 (control frames), 2.6.10.1 (the
dictionary of compressed headers). There is no flow control: the library that kubectl uses has none either.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

VERSION = 3
SYN_STREAM, SYN_REPLY, RST_STREAM, SETTINGS, PING, GOAWAY, HEADERS, WINDOW_UPDATE = 1, 2, 3, 4, 6, 7, 8, 9
FIN = 0x01
LARGEST_FRAME = 1 << 20
LARGEST_HEADERS = 1 << 16
"""Bytes. What asks for more is no kubectl."""

_WORDS = (
    "options head post put delete trace accept accept-charset accept-encoding accept-language accept-ranges age"
    " allow authorization cache-control connection content-base content-encoding content-language content-length"
    " content-location content-md5 content-range content-type date etag expect expires from host if-match"
    " if-modified-since if-none-match if-range if-unmodified-since last-modified location max-forwards pragma"
    " proxy-authenticate proxy-authorization range referer retry-after server te trailer transfer-encoding"
    " upgrade user-agent vary via warning www-authenticate method get status 200_OK version HTTP/1.1 url public"
    " set-cookie keep-alive origin"
)
_REST = (
    "100101201202205206300302303304305306307402405406407408409410411412413414415416417502504505203"
    " Non-Authoritative Information204 No Content301 Moved Permanently400 Bad Request401 Unauthorized403"
    " Forbidden404 Not Found500 Internal Server Error501 Not Implemented503 Service UnavailableJan Feb Mar Apr"
    " May Jun Jul Aug Sept Oct Nov Dec 00:00:00 Mon, Tue, Wed, Thu, Fri, Sat, Sun, GMTchunked,text/html,"
    "image/png,image/jpg,image/gif,application/xml,application/xhtml+xml,text/plain,text/javascript,"
    "publicprivatemax-age=gzip,deflate,sdchcharset=utf-8charset=iso-8859-1,utf-,*,enq=0."
)


def _with_length(text: bytes) -> bytes:
    return struct.pack(">I", len(text)) + text


DICTIONARY = (
    b"".join(_with_length(word.replace("_", " ").encode()) for word in _WORDS.split()) + _REST.encode()
)


class SpdyError(ValueError):
    """Bytes that are no SPDY/3 frames."""


@dataclass(frozen=True, slots=True)
class Opened:
    """SYN_STREAM: the client opens a stream. Names of headers are in small letters."""

    stream: int
    headers: Mapping[str, str]
    fin: bool


@dataclass(frozen=True, slots=True)
class Data:
    """Bytes of a stream; with `fin` its last ones."""

    stream: int
    data: bytes
    fin: bool


@dataclass(frozen=True, slots=True)
class Reset:
    """RST_STREAM: the client gives the stream up."""

    stream: int


@dataclass(frozen=True, slots=True)
class Ping:
    """To be sent back as it came."""

    number: int


@dataclass(frozen=True, slots=True)
class GoAway:
    """The client opens no more streams."""


Frame = Opened | Data | Reset | Ping | GoAway


class Reader:
    """Makes frames of the bytes that come in; kinds that mean nothing here are left out."""

    def __init__(self) -> None:
        self._bytes = bytearray()
        self._inflate = zlib.decompressobj(zdict=DICTIONARY)

    def feed(self, data: bytes) -> Iterator[Frame]:
        """The frames that are complete now. Raises SpdyError."""
        self._bytes += data
        while len(self._bytes) >= 8:
            first, second = struct.unpack_from(">II", self._bytes)
            flags, length = second >> 24, second & 0xFFFFFF
            if length > LARGEST_FRAME:
                raise SpdyError(f"a frame of {length} bytes")
            if len(self._bytes) < 8 + length:
                return
            payload = bytes(self._bytes[8 : 8 + length])
            del self._bytes[: 8 + length]
            if not first >> 31:
                yield Data(first, payload, bool(flags & FIN))
            elif (frame := self._control(first, flags, payload)) is not None:
                yield frame

    def _control(self, first: int, flags: int, payload: bytes) -> Frame | None:
        if first >> 16 & 0x7FFF != VERSION:
            raise SpdyError("not version 3")
        try:
            match first & 0xFFFF:
                case 1:
                    return Opened(_stream(payload), self._headers(payload[10:]), bool(flags & FIN))
                case 2 | 8:  # their compressed headers are part of one stream with all the others
                    self._headers(payload[4:])
                case 3:
                    return Reset(_stream(payload))
                case 6:
                    return Ping(struct.unpack(">I", payload)[0])
                case 7:
                    return GoAway()
        except (struct.error, zlib.error) as error:
            raise SpdyError(str(error)) from error
        return None

    def _headers(self, compressed: bytes) -> dict[str, str]:
        block = self._inflate.decompress(compressed, LARGEST_HEADERS)
        if self._inflate.unconsumed_tail:
            raise SpdyError("headers too large")
        (count,) = struct.unpack_from(">I", block)
        found, at = {}, 4
        for _ in range(count):
            name, at = _text(block, at)
            found[name.lower()], at = _text(block, at)
        return found


class Writer:
    """Makes bytes of frames, in the order in which they are to be sent."""

    def __init__(self) -> None:
        self._deflate = zlib.compressobj(zdict=DICTIONARY)

    def reply(self, stream: int) -> bytes:
        """SYN_REPLY without headers: the stream is taken."""
        block = self._deflate.compress(struct.pack(">I", 0)) + self._deflate.flush(zlib.Z_SYNC_FLUSH)
        return _control(SYN_REPLY, struct.pack(">I", stream) + block)

    def data(self, stream: int, data: bytes, *, fin: bool = False) -> bytes:
        return struct.pack(">II", stream, (FIN if fin else 0) << 24 | len(data)) + data

    def ping(self, number: int) -> bytes:
        return _control(PING, struct.pack(">I", number))

    def reset(self, stream: int) -> bytes:
        """RST_STREAM with the status REFUSED_STREAM."""
        return _control(RST_STREAM, struct.pack(">II", stream, 3))


def _control(kind: int, payload: bytes) -> bytes:
    return struct.pack(">II", 1 << 31 | VERSION << 16 | kind, len(payload)) + payload


def _stream(payload: bytes) -> int:
    return int(struct.unpack_from(">I", payload)[0]) & 0x7FFFFFFF


def _text(block: bytes, at: int) -> tuple[str, int]:
    (length,) = struct.unpack_from(">I", block, at)
    end = at + 4 + length
    if end > len(block):
        raise SpdyError("headers cut short")
    return block[at + 4 : end].decode("utf-8", errors="replace"), end
