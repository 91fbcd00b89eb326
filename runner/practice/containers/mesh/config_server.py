"""What Envoy asks for its configuration: xDS over REST, with questions that wait until there is something new.

Envoy posts {"version_info", "resource_names", …} to /v3/discovery:clusters (listeners, routes, secrets), and asks again as
soon as it has an answer. One that it refused is not given again: it keeps what it had.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, get_args

from runner.practice.containers.mesh.http_wire import MessageReader

Kind = Literal["clusters", "listeners", "routes", "secrets"]
WHOLE: tuple[Kind, ...] = ("clusters", "listeners")
"""Kinds that are asked for as a whole; of others each resource is asked for by its name."""


@dataclass(slots=True)
class _Question:
    """A question that waits for its answer."""

    connection: _Connection
    kind: Kind
    names: tuple[str, ...]

    @property
    def key(self) -> tuple[Kind, tuple[str, ...]]:
        return self.kind, self.names


@dataclass(slots=True)
class _Resources:
    """Those of a kind, by name, with the number of the change with which each of them came."""

    texts: dict[str, str] = field(default_factory=dict)
    versions: dict[str, int] = field(default_factory=dict)
    version: int = 0
    """Of all together; 0: nothing was published yet."""


class ConfigServer:
    """Serves the pipe `xds` of a folder."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / "xds"
        self._kinds: dict[Kind, _Resources] = {kind: _Resources() for kind in get_args(Kind)}
        self._waiting: dict[tuple[Kind, tuple[str, ...]], _Question] = {}
        self._given: dict[tuple[Kind, tuple[str, ...]], int] = {}
        """Which version this Envoy was given."""
        self._changes = 0
        self._asked_again: dict[Kind, asyncio.Event] = {kind: asyncio.Event() for kind in WHOLE}
        self._server: asyncio.Server | None = None

    async def start(self) -> None:
        loop = asyncio.get_running_loop()
        self._server = await loop.create_unix_server(lambda: _Connection(self), self._path, backlog=1024)

    def close(self) -> None:
        if self._server is not None:
            self._server.close()
        for question in self._waiting.values():
            question.connection.close()

    def begin_anew(self) -> None:
        """Another Envoy will ask."""
        self._waiting.clear()
        self._given.clear()

    def change(self, kind: Kind, texts: Mapping[str, str], gone: Iterable[str] = ()) -> None:
        """New resources of a kind, or other ones of the same names, and names that there are no more."""
        found = self._kinds[kind]
        names = [name for name in gone if name in found.texts]
        if found.version and not texts and not names:
            return
        self._changes += 1
        for name in names:
            del found.texts[name], found.versions[name]
        found.texts.update(texts)
        found.versions.update(dict.fromkeys(texts, self._changes))
        found.version = self._changes
        if kind in WHOLE:
            self._asked_again[kind].clear()
        for question in [each for each in self._waiting.values() if each.kind == kind]:
            self._answer(question)

    def has(self, kind: Kind, name: str) -> bool:
        return name in self._kinds[kind].texts

    async def taken(self, kind: Kind, seconds: float) -> None:
        """Returns once Envoy has taken up what was put last, or the time is over."""
        question = self._given.get((kind, ()))
        if question is None:
            return  # it has not asked yet: it will be given all of it
        try:
            async with asyncio.timeout(seconds):
                await self._asked_again[kind].wait()
        except TimeoutError:
            pass

    def ask(self, connection: _Connection, kind: str, names: tuple[str, ...]) -> None:
        """A question of Envoy's."""
        found = next((each for each in get_args(Kind) if each == kind), None)
        if found is None:
            connection.answer(b"{}")
            return
        question = _Question(connection, found, () if found in WHOLE else names)
        if question.kind in WHOLE and question.key in self._given:
            self._asked_again[question.kind].set()
        self._waiting[question.key] = question
        self._answer(question)

    def _answer(self, question: _Question) -> None:
        """Where there is something new."""
        found = self._kinds[question.kind]
        if question.kind in WHOLE:
            version, texts = found.version, list(found.texts.values())
        else:
            version = max((found.versions.get(name, 0) for name in question.names), default=0)
            texts = [found.texts[name] for name in question.names if name in found.texts]
        if not version or self._given.get(question.key) == version:
            return
        self._given[question.key] = version
        self._waiting.pop(question.key, None)
        question.connection.answer(f'{{"version_info":"{version}","resources":[{",".join(texts)}]}}'.encode())


class _Connection(asyncio.Protocol):
    def __init__(self, server: ConfigServer) -> None:
        self._server, self._reader = server, MessageReader()
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._reader.feed(data)
        try:
            while (request := self._reader.request()) is not None:
                asked = json.loads(request.body or b"{}")
                names = tuple(asked.get("resource_names") or asked.get("resourceNames") or ())
                self._server.ask(self, request.path.rpartition(":")[2], names)
        except ValueError:
            self.close()

    def answer(self, body: bytes) -> None:
        if self._transport is not None:
            head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
            self._transport.write(head.encode() + body)

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()
