"""A process that has ended leaves nothing open: probes start one every few seconds, for days."""

from __future__ import annotations

import asyncio
import gc
import sys
from pathlib import Path
from typing import Any

import pytest

from runner.practice.containers.cluster_view import NetworkView
from runner.practice.containers.image_programs.webhook_certgen import certificates
from runner.practice.containers.network_messages import ConnectError, Request
from runner.practice.containers.runtime import Runtime
from runner.practice.containers.standard_streams import Streams
from tests.practice.containers.container_room import ContainerRoom

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="counts in /proc")


async def test_files_are_closed_with_the_process_that_had_them(room: ContainerRoom) -> None:
    started = await room.run("busybox", "sleep", "3600")

    async def open_after_a_round() -> int:
        for argv in (["true"], ["cat", "/etc/hosts"], ["sh", "-c", "ls / | wc -l; sh -c 'echo x'"], ["ls"]):
            await room.runtime.exec(started.id, argv, Streams())
        gc.collect()
        await asyncio.sleep(0)
        return len(list(Path("/proc/self/fd").iterdir()))

    before = await open_after_a_round()
    after = [await open_after_a_round() for _ in range(4)][-1]
    assert after - before < 4


async def test_connections_to_the_api_server_end_with_the_runtime() -> None:
    """Else a console that asks the API leaves "Unclosed client session" on the terminal of who started the cluster."""
    complaints: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _loop, context: complaints.append(context))
    runtime = Runtime(lambda _container, _exit: None)
    authority = certificates(["x"])["ca"].decode()
    runtime.network.set_view(
        NetworkView(nodes=[("node", "172.18.0.2")], api_server="127.0.0.1:1", authority=authority)
    )
    with pytest.raises(ConnectError):
        await runtime.network.request(None, "172.18.0.2", 6443, Request("GET", "/version", scheme="https"))
    await runtime.close()
    del runtime
    gc.collect()
    await asyncio.sleep(0)
    assert complaints == []
