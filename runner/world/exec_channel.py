"""A program run in a container over the API server's exec channel, as `kubectl exec` does it, in a WebSocket.

A message begins with the number of its channel. Version 4 is the kubelet's own and is spoken by every cluster of today's labs
(1.20 on); from 1.30 on the API server itself speaks version 5, which only adds the end of the input. How it ended comes in
the error channel, as a Status (k8s.io/apimachinery, pkg/util/remotecommand/constants.go).
"""

from __future__ import annotations

import asyncio
import re
import time
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from checks.base import CannotRead, CommandResult, ExecRequest, Object
from checks.object_fields import mappings_at, text_at
from runner.words import phrase
from runner.world.api_client import ANSWER_WITHIN, ApiServer
from runner.world.bodies import decoded
from runner.world.limits import Limits, in_words

if TYPE_CHECKING:
    import aiohttp

PROTOCOLS = ("v5.channel.k8s.io", "v4.channel.k8s.io")
STDOUT, STDERR, ERROR = 1, 2, 3
MOST_READ = 8 * 1024 * 1024
"""Bytes after which a program that goes on printing is left alone."""
MOST_MESSAGE = 4 * 1024 * 1024
NOT_STARTED, NO_PROGRAM = 126, 127
_NO_SUCH = re.compile(
    r"executable file not found|no such file or directory|not found in \$PATH", re.IGNORECASE
)


async def execute(server: ApiServer, request: ExecRequest) -> CommandResult:
    """Run it to its end, or for as long as it may take. Raises CannotRead where it was not reached."""
    query = [("container", request.container), ("stdout", "true"), ("stderr", "true")]
    query += [("command", each) for each in request.command]
    path = f"/api/v1/namespaces/{request.namespace}/pods/{request.pod}/exec?{urlencode(query)}"
    began = time.monotonic()
    printed = _Printed(request)
    status: bytes | None = None
    async with server.websocket(path, PROTOCOLS, ANSWER_WITHIN, MOST_MESSAGE) as socket:
        try:
            async with asyncio.timeout(request.timeout):
                status = await _until_it_ends(socket, printed, request)
        except TimeoutError:
            return printed.result(None, time.monotonic() - began)
    seconds = time.monotonic() - began
    if status is None:
        raise CannotRead(
            "server",
            phrase(
                "The connection to the container was closed before the command ended: {pod}", pod=request.pod
            ),
        )
    code, message = _ended(status, server.limits, server.access.server)
    if message:
        printed.take(STDERR, message.encode())
    return printed.result(code, seconds)


async def _until_it_ends(
    socket: aiohttp.ClientWebSocketResponse, printed: _Printed, request: ExecRequest
) -> bytes | None:
    """What the error channel said; None where the connection ended without it."""
    import aiohttp

    async for message in socket:
        if message.type is not aiohttp.WSMsgType.BINARY or not message.data:
            continue
        channel, data = message.data[0], message.data[1:]
        if channel == ERROR and data:
            return bytes(data)
        printed.take(channel, data)
        if printed.bytes > MOST_READ:
            raise CannotRead(
                "limit",
                phrase(
                    "The command prints more than {most}: {command}",
                    most=in_words(MOST_READ),
                    command=" ".join(request.command)[:200],
                ),
            )
    return None


class _Printed:
    """What came of each output: its beginning, and the texts that were looked for in all of it."""

    def __init__(self, request: ExecRequest) -> None:
        self._most = request.most
        self._seek = {text.encode(): text for text in request.seek}
        self._longest = max(map(len, self._seek), default=1) - 1
        self._kept = {STDOUT: bytearray(), STDERR: bytearray()}
        self._tail = {STDOUT: b"", STDERR: b""}
        self._found: set[str] = set()
        self._cut = False
        self.bytes = 0

    def take(self, channel: int, data: bytes) -> None:
        kept = self._kept.get(channel)
        if kept is None:
            return
        self.bytes += len(data)
        window = self._tail[channel] + data
        self._found |= {text for seek, text in self._seek.items() if seek in window}
        self._tail[channel] = window[-self._longest :] if self._longest else b""
        room = self._most - len(kept)
        self._cut = self._cut or len(data) > room
        kept += data[: max(room, 0)]

    def result(self, code: int | None, seconds: float) -> CommandResult:
        out, err = (bytes(self._kept[each]).decode("utf-8", "replace") for each in (STDOUT, STDERR))
        return CommandResult(code, out, err, seconds, self._cut, frozenset(self._found))


def _ended(status: bytes, limits: Limits, server: str) -> tuple[int, str]:
    """The exit code, and why it was not started where it was not."""
    try:
        document = decoded(status, limits, server)
    except ValueError:
        document = None
    if not isinstance(document, dict):
        return NOT_STARTED, status.decode("utf-8", "replace")[:2000]
    if text_at(document, "status") == "Success":
        return 0, ""
    code = _exit_code(document)
    if code is not None:
        return code, ""
    message = text_at(document, "message")
    return (NO_PROGRAM if _NO_SUCH.search(message) else NOT_STARTED), message[:2000]


def _exit_code(status: Object) -> int | None:
    for cause in mappings_at(status, "details", "causes"):
        message = text_at(cause, "message")
        if text_at(cause, "reason") == "ExitCode" and re.fullmatch(r"\d{1,3}", message):
            return int(message)
    return None
