"""What Envoy asks for its configuration: xDS over REST, with questions that wait until there is something new.

Envoy posts {"version_info", "resource_names", …} to /v3/discovery:clusters (listeners, routes, secrets), and asks again as
soon as it has an answer: with that answer's version where it took it up, else with the one before. What it refused is not
given again at once: it keeps what it had.
"""

from __future__ import annotations

import asyncio
import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, get_args

from runner.practice.containers.mesh.http_wire import MessageReader

Kind = Literal["clusters", "listeners", "routes", "secrets"]
Key = tuple[Kind, tuple[str, ...]]
"""What is asked for: the names, where there are any."""
PAUSE = 0.25
"""Seconds after which the same is given again to somebody who does not have it."""
WHOLE: tuple[Kind, ...] = ("clusters", "listeners")
"""Kinds that are asked for as a whole; of others each resource is asked for by its name."""


@dataclass(eq=False, slots=True)
class _Question:
    """A question that waits for its answer."""

    connection: _Connection
    kind: Kind
    names: tuple[str, ...]
    version: str
    """What Envoy has; "": nothing yet."""

    @property
    def key(self) -> Key:
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
        self._waiting: dict[Key, list[_Question]] = defaultdict(list)
        self._given: dict[Key, tuple[int, float]] = {}
        """Which version this Envoy was given last, and when."""
        self._again: set[asyncio.TimerHandle] = set()
        self._changes = 0
        self._asked_again: dict[Kind, asyncio.Event] = {kind: asyncio.Event() for kind in WHOLE}
        self._server: asyncio.Server | None = None

    async def start(self) -> None:
        loop = asyncio.get_running_loop()
        self._server = await loop.create_unix_server(lambda: _Connection(self), self._path, backlog=1024)

    def close(self) -> None:
        if self._server is not None:
            self._server.close()
        for timer in self._again:
            timer.cancel()
        for question in [each for questions in self._waiting.values() for each in questions]:
            question.connection.close()

    def begin_anew(self) -> None:
        """Another Envoy will ask."""
        for timer in self._again:
            timer.cancel()
        self._again.clear()
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
        for question in [each for key in self._waiting if key[0] == kind for each in self._waiting[key]]:
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

    def ask(self, connection: _Connection, kind: str, names: tuple[str, ...], version: str) -> None:
        """A question of Envoy's."""
        found = next((each for each in get_args(Kind) if each == kind), None)
        if found is None:
            connection.answer(b"{}")
            return
        question = _Question(connection, found, () if found in WHOLE else names, version)
        if question.kind in WHOLE and question.key in self._given:
            self._asked_again[question.kind].set()
        self._waiting[question.key].append(question)
        self._answer(question)

    def left(self, connection: _Connection) -> None:
        """Whoever asked by that connection is gone."""
        for key, questions in list(self._waiting.items()):
            self._waiting[key] = [each for each in questions if each.connection is not connection]

    def _answer(self, question: _Question, *, again: bool = False) -> None:
        """Where there is something new; `again`: also what was given a moment ago."""
        found = self._kinds[question.kind]
        if question.kind in WHOLE:
            version, texts = found.version, list(found.texts.values())
        else:
            version = max((found.versions.get(name, 0) for name in question.names), default=0)
            texts = [found.texts[name] for name in question.names if name in found.texts]
        if not version or question.version == str(version):
            return
        loop = asyncio.get_running_loop()
        given, at = self._given.get(question.key, (0, 0.0))
        if given == version:
            if question.kind in WHOLE:
                return  # it has refused it
            if (
                not again and loop.time() - at < PAUSE
            ):  # refused; or another part of Envoy begins to ask for the same
                self._later(question)
                return
        self._given[question.key] = version, loop.time()
        self._waiting[question.key].remove(question)
        question.connection.answer(f'{{"version_info":"{version}","resources":[{",".join(texts)}]}}'.encode())

    def _later(self, question: _Question) -> None:
        """Answer it after a pause, and with it all who ask for the same: each of them in turn would wait for the others."""

        def again() -> None:
            self._again.discard(timer)
            if question in self._waiting[question.key]:
                for each in list(self._waiting[question.key]):
                    self._answer(each, again=True)

        timer = asyncio.get_running_loop().call_later(PAUSE, again)
        self._again.add(timer)


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
                version = str(asked.get("version_info") or asked.get("versionInfo") or "")
                self._server.ask(self, request.path.rpartition(":")[2], names, version)
        except ValueError:
            self.close()

    def connection_lost(self, _error: Exception | None) -> None:
        self._server.left(self)

    def answer(self, body: bytes) -> None:
        if self._transport is not None:
            head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
            self._transport.write(head.encode() + body)

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()
