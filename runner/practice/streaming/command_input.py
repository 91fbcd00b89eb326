"""What the client of exec and attach asks for, and what it sends: the command's input and the size of its terminal."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum

from runner.practice.containers.byte_streams import Nothing, Pipe
from runner.practice.containers.standard_streams import Terminal
from runner.practice.machinery.errors import bad_request


class Channel(IntEnum):
    """The streams of one command, with their numbers in a WebSocket (k8s.io/kubelet, cri/streaming/remotecommand)."""

    STDIN = 0
    STDOUT = 1
    STDERR = 2
    ERROR = 3
    RESIZE = 4


@dataclass(frozen=True, slots=True)
class StreamOptions:
    """Which streams the client wants. A terminal has no stderr of its own."""

    stdin: bool
    stdout: bool
    stderr: bool
    tty: bool

    def wanted(self) -> set[Channel]:
        """The streams without those that the protocol itself has."""
        streams = ((Channel.STDIN, self.stdin), (Channel.STDOUT, self.stdout), (Channel.STDERR, self.stderr))
        return {channel for channel, asked in streams if asked}


def stream_options(query: Mapping[str, str]) -> StreamOptions:
    """PodExecOptions and PodAttachOptions of the query. Raises ApiError (400)."""
    stdin, stdout, stderr, tty = (_flag(query, name) for name in ("stdin", "stdout", "stderr", "tty"))
    if not (stdin or stdout or stderr):
        raise bad_request("you must specify at least 1 of stdin, stdout, stderr")
    return StreamOptions(stdin, stdout, stderr and not tty, tty)


def _flag(query: Mapping[str, str], name: str) -> bool:
    """As apimachinery converts a parameter: only its absence, "false" and "0" are false."""
    return query.get(name, "false").lower() not in ("false", "0")


class CommandInput:
    """The input of one command, filled by whatever carries its streams."""

    def __init__(self, options: StreamOptions) -> None:
        self.stdin: Pipe | Nothing = Pipe() if options.stdin else Nothing()
        self.terminal = Terminal() if options.tty else None
        self._sizes = ""

    async def receive(self, channel: int, data: bytes) -> None:
        """Bytes of the client; waits while the command is behind with its input."""
        if channel == Channel.STDIN and isinstance(self.stdin, Pipe):
            await self.stdin.write(data)
        elif channel == Channel.RESIZE and self.terminal is not None:
            self._resize(self.terminal, data)

    async def finish(self, channel: int) -> None:
        """The client sends no more on that stream."""
        if channel == Channel.STDIN and isinstance(self.stdin, Pipe):
            await self.stdin.close()

    def abandon(self) -> None:
        """The command reads no more: what the client still sends goes nowhere."""
        if isinstance(self.stdin, Pipe):
            self.stdin.abandon()

    def _resize(self, terminal: Terminal, data: bytes) -> None:
        """JSON objects one after the other, in pieces of any size: {"Width":80,"Height":24}."""
        self._sizes += data.decode("utf-8", "replace")
        while text := self._sizes.lstrip():
            try:
                size, end = json.JSONDecoder().raw_decode(text)
            except ValueError:
                if len(text) > 1000:
                    self._sizes = ""
                return
            self._sizes = text[end:]
            if isinstance(size, dict):
                columns, rows = size.get("Width"), size.get("Height")
                if isinstance(columns, int) and isinstance(rows, int) and columns > 0 and rows > 0:
                    terminal.resize(columns, rows)
