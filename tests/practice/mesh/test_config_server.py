"""Envoy's questions for its configuration, and when they are answered."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, cast

import pytest
import pytest_asyncio

from runner.practice.containers.mesh.config_server import ConfigServer
from runner.practice.containers.mesh.http_wire import MessageReader, request_bytes
from runner.practice.containers.network_messages import Request


class Asking:
    """One subscription of an Envoy's."""

    def __init__(self, folder: Path, kind: str, *names: str) -> None:
        self._path, self._kind, self._names = folder / "xds", kind, names
        self._reader = MessageReader()

    async def ask(self, version: str = "") -> Any:
        """The answer; None where there is none within a moment."""
        if not hasattr(self, "_streams"):
            self._streams = await asyncio.open_unix_connection(self._path)
        body = json.dumps({"version_info": version, "resource_names": self._names}).encode()
        self._streams[1].write(request_bytes(Request("POST", f"/v3/discovery:{self._kind}", (), body), "x"))
        return await self.answer()

    async def answer(self, seconds: float = 0.1) -> Any:
        try:
            async with asyncio.timeout(seconds):
                while (response := self._reader.response("POST")) is None:
                    self._reader.feed(await self._streams[0].read(65536))
        except TimeoutError:
            return None
        return json.loads(response.body)


@pytest_asyncio.fixture
async def server(tmp_path: Path) -> AsyncIterator[ConfigServer]:
    made = ConfigServer(tmp_path)
    await made.start()
    yield made
    made.close()


async def test_a_question_waits_for_something_new(server: ConfigServer, tmp_path: Path) -> None:
    clusters = Asking(tmp_path, "clusters")
    assert await clusters.ask() is None
    server.change("clusters", {"a": '{"name":"a"}'})
    first = await clusters.answer()
    assert first["resources"] == [{"name": "a"}]
    assert await clusters.ask(first["version_info"]) is None
    server.change("clusters", {"b": '{"name":"b"}'}, ["a"])
    assert (await clusters.answer())["resources"] == [{"name": "b"}]


async def test_one_resource_changes_without_the_others(server: ConfigServer, tmp_path: Path) -> None:
    server.change("routes", {"a": '{"name":"a"}', "b": '{"name":"b"}'})
    one, other = Asking(tmp_path, "routes", "a"), Asking(tmp_path, "routes", "b")
    first, second = await one.ask(), await other.ask()
    assert await one.ask(first["version_info"]) is None
    assert await other.ask(second["version_info"]) is None
    server.change("routes", {"a": '{"name":"a","x":1}'})
    assert (await one.answer())["resources"] == [{"name": "a", "x": 1}]
    assert await other.answer() is None


async def test_who_begins_to_ask_is_answered_whatever_others_have(
    server: ConfigServer, tmp_path: Path
) -> None:
    """As a cluster's secret, where the clusters that had it before are gone."""
    server.change("secrets", {"own": '{"name":"own"}'})
    first = await Asking(tmp_path, "secrets", "own").ask()
    another = Asking(tmp_path, "secrets", "own")
    assert await another.ask() is None
    assert await another.answer(seconds=2) == first


async def test_what_was_refused_is_not_given_again(server: ConfigServer, tmp_path: Path) -> None:
    server.change("listeners", {"a": "{}"})
    listeners = Asking(tmp_path, "listeners")
    assert await listeners.ask()
    assert await listeners.ask() is None
    assert await listeners.answer(seconds=0.5) is None
    server.change("listeners", {"a": '{"name":"a"}'})
    assert (await listeners.answer())["resources"] == [{"name": "a"}]


async def test_another_envoy_is_given_everything(server: ConfigServer, tmp_path: Path) -> None:
    server.change("clusters", {"a": "{}"})
    first = await Asking(tmp_path, "clusters").ask()
    server.begin_anew()
    assert await Asking(tmp_path, "clusters").ask() == first


class Listening:
    """A connection that only counts its answers."""

    def __init__(self) -> None:
        self.answers = 0

    def answer(self, _body: bytes) -> None:
        self.answers += 1

    def close(self) -> None:
        pass


async def test_all_who_ask_for_one_secret_have_it_after_one_pause(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    later: list[Any] = []

    def call_later(_seconds: float, call: Any) -> Any:
        later.append(call)
        return asyncio.TimerHandle(0, call, (), asyncio.get_running_loop())

    server = ConfigServer(tmp_path)
    server.change("secrets", {"ROOTCA": "{}"})
    monkeypatch.setattr(asyncio.get_running_loop(), "call_later", call_later)
    connections = [Listening() for _ in range(16)]
    for connection in connections:
        server.ask(cast(Any, connection), "secrets", ("ROOTCA",), "")
    assert sum(each.answers for each in connections) == 1  # the others may be the same one, which refused it
    later[0]()
    assert [each.answers for each in connections] == [1] * 16
    for call in later[1:]:
        call()
    assert [each.answers for each in connections] == [1] * 16
