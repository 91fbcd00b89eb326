"""telnet, and the telnet:// addresses of curl: bytes from the input to a port, and back."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from runner.practice.containers.container_program import Invocation
from runner.practice.containers.network_messages import ConnectError
from runner.practice.containers.network_programs.byte_connection import converse
from runner.practice.containers.network_programs.image_tools import is_busybox
from runner.practice.containers.network_programs.web_client import UnknownHost, Url, addresses, connect

REASONS = {
    "refused": "Connection refused",
    "timed out": "Connection timed out",
    "no route": "No route to host",
    "reset": "Connection reset by peer",
}
"""How the C library words it."""
ESCAPE = b"\x1d"


async def telnet(call: Invocation) -> int:
    operands = [word for word in call.argv[1:] if not word.startswith("-")]
    if not operands or (len(operands) > 1 and not operands[1].isdigit()):
        await call.error("BusyBox v1.36.1 multi-call binary.\n\nUsage: telnet [-a] [-l USER] HOST [PORT]\n" if is_busybox(call)
                         else "Usage: telnet [OPTION...] [HOST [PORT]]\n")  # fmt: skip
        return 1
    host, port = operands[0], int(operands[1]) if len(operands) > 1 else 23
    try:
        address = (await addresses(call.container, host))[0]
    except UnknownHost as error:
        await call.error(f"telnet: bad address '{host}'\n" if is_busybox(call)
                         else f"telnet: could not resolve {host}/{port}: {error.words}\n")  # fmt: skip
        return 1
    if not is_busybox(call):
        await call.out(f"Trying {address}...\n")
    try:
        found = await connect(call.container, address, port)
    except ConnectError as error:
        why = REASONS[error.failure]
        await call.error(f"telnet: can't connect to remote host ({address}): {why}\n" if is_busybox(call)
                         else f"telnet: Unable to connect to remote host: {why}\n")  # fmt: skip
        return 1
    await call.out(
        f"Connected to {host}\n" if is_busybox(call) else f"Connected to {host}.\nEscape character is '^]'.\n"
    )
    source = _Typed(call)
    await converse(found, source, call.stdout)
    if source.ended:
        return 0
    await call.error("Connection closed by foreign host" + ("\n" if is_busybox(call) else ".\n"))
    return 1


class _Typed:
    """The input, until its end or the escape character."""

    def __init__(self, call: Invocation) -> None:
        self._call = call
        self.ended = False

    async def read(self) -> bytes | None:
        piece = await self._call.stdin.read()
        if piece is None or ESCAPE in piece:
            self.ended = True
            return None
        return piece.replace(b"\n", b"\r\n").replace(b"\r\r\n", b"\r\n")


async def bare_connection(
    call: Invocation,
    url: Url,
    limit: float | None,
    connect_limit: float | None,
    note: Callable[[str], Awaitable[None]],
) -> None:
    """telnet:// of curl. Raises ConnectError, TimeoutError."""
    limits = [each for each in (limit, connect_limit) if each is not None]
    async with asyncio.timeout(min(limits, default=None)):
        address = (await addresses(call.container, url.host))[0]
        found = await connect(call.container, address, url.port)
    await note(f"Connected to {url.host} ({address}) port {url.port} (#0)")
    async with asyncio.timeout(limit):
        await converse(found, call.stdin, call.stdout)
