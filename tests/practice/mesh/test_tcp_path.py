"""Bytes of other protocols through sidecars."""

from __future__ import annotations

import pytest

from runner.practice.containers.mesh.envoy_process import installed_envoy
from tests.practice.mesh.mesh_room import mesh_room
from tests.practice.mesh.small_mesh import change

pytestmark = pytest.mark.skipif(installed_envoy() is None, reason="Envoy (labgate[mesh]) is not installed")


async def test_bytes_go_both_ways_and_other_servers_are_reached() -> None:
    async with mesh_room() as room:
        client = await room.run("redis", "sleep", "100000", name="client")
        echo = await room.run("istio/tcp-echo-server:1.2", "9000", "hello", name="echo")
        store = await room.run("redis", name="redis")
        await room.sidecar(client)
        room.serve([9000, 6379], echo=echo, store=store)
        await room.configure(change(client.ip, {}, {}), client)
        assert await room.sh(client, "echo world | nc -w 5 echo 9000") == "hello world\n"
        assert await room.sh(client, "redis-cli -h store ping") == "PONG\n"
