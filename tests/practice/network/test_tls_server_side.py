"""TLS of a listener, with a real client on the other side."""

from __future__ import annotations

import asyncio
import ssl

import pytest

from runner.practice.containers.byte_streams import Pipe
from runner.practice.containers.network_programs.tls_server_side import TlsServerSide


async def test_a_client_says_something_and_gets_an_answer():
    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        pipe = Pipe()

        async def send(data: bytes) -> None:
            writer.write(data)

        async def feed() -> None:
            while data := await reader.read(1000):
                await pipe.write(data)
            await pipe.close()

        feeding = asyncio.ensure_future(feed())
        tls = TlsServerSide(pipe, send)
        await tls.accept()
        asked = await tls.read()
        await tls.write(b"you said " + (asked or b""))
        writer.close()
        await feeding

    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    async with await asyncio.start_server(connected, "127.0.0.1", 0) as server:
        reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname(), ssl=context)
        writer.write(b"hello")
        assert await reader.readexactly(14) == b"you said hello"
        writer.close()


async def test_what_is_no_tls_is_broken_off():
    pipe = Pipe()
    await pipe.write(b"GET / HTTP/1.1\r\n\r\n")
    await pipe.close()
    sent: list[bytes] = []

    async def send(data: bytes) -> None:
        sent.append(data)

    with pytest.raises(ConnectionResetError):
        await TlsServerSide(pipe, send).accept()
