"""TLS for what listens with it, where a real client connects from outside."""

from __future__ import annotations

import ssl
import tempfile
from functools import lru_cache
from pathlib import Path

from runner.practice.containers.byte_streams import Sink, Source
from runner.practice.containers.image_programs.webhook_certgen import certificates
from runner.practice.containers.network_messages import Destination
from runner.practice.containers.network_programs.byte_connection import converse

PIECE = 64 * 1024


class TlsServerSide:
    """The server's side of a connection: `read` and `write` are what is said within it.

    `certificate`: its key and certificates (PEM); without them it has one that nobody vouches for.
    """

    def __init__(self, source: Source, sink: Sink, certificate: bytes = b"") -> None:
        self._source, self._sink = source, sink
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = _context(certificate).wrap_bio(self._incoming, self._outgoing, server_side=True)

    async def accept(self) -> None:
        """The handshake. Raises ConnectionResetError where the client speaks no TLS, or leaves."""
        while True:
            try:
                self._tls.do_handshake()
            except ssl.SSLWantReadError:
                if not await self._received():
                    raise ConnectionResetError from None
            except ssl.SSLError as error:
                await self._flush()
                raise ConnectionResetError(str(error)) from None
            else:
                await self._flush()
                return

    async def read(self) -> bytes | None:
        """What the client says next; None at its end."""
        while True:
            try:
                return self._tls.read(PIECE) or None
            except ssl.SSLWantReadError:
                if not await self._received():
                    return None
            except ssl.SSLError:
                return None

    async def write(self, data: bytes) -> None:
        if data:
            self._tls.write(data)
            await self._flush()

    async def _received(self) -> bool:
        await self._flush()
        piece = await self._source.read()
        if piece is None:
            return False
        self._incoming.write(piece)
        return True

    async def _flush(self) -> None:
        if data := self._outgoing.read():
            await self._sink(data)


@lru_cache(maxsize=32)
def _context(certificate: bytes) -> ssl.SSLContext:
    """A certificate is a file for the moment in which it is read."""
    if not certificate:
        made = certificates(["ingress.local"])
        certificate = made["key"] + made["cert"]
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with tempfile.TemporaryDirectory() as folder:
        chain = Path(folder) / "chain.pem"
        chain.touch(mode=0o600)
        chain.write_bytes(certificate)
        context.load_cert_chain(chain)
    return context


async def converse_securely(destination: Destination, source: Source, sink: Sink) -> None:
    """Carry bytes to a listener and back, within TLS where it has that. Raises ConnectionResetError."""
    listener = destination.listener
    if not listener.tls:
        return await converse(destination, source, sink)
    tls = TlsServerSide(source, sink, listener.certificate)
    await tls.accept()
    return await converse(destination, tls, tls.write)
