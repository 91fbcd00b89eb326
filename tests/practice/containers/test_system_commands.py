"""Commands that tell of a container's surroundings: its processes, mounts, ports, packages."""

from __future__ import annotations

import asyncio

import pytest

from runner.practice.containers.byte_streams import Nothing
from runner.practice.containers.standard_streams import Streams
from tests.practice.containers.container_room import ContainerRoom


async def test_ps_shows_the_main_process_as_number_one(room: ContainerRoom) -> None:
    busybox = await room.run("busybox", "sleep", "3600")
    lines = (await room.exec(busybox, "ps"))[1].splitlines()
    assert lines[:2] == ["PID   USER     TIME  COMMAND", "    1 root      0:00 sleep 3600"]
    assert lines[2].split()[-1] == "ps"
    ubuntu = await room.run("ubuntu", "sh", "-c", "while true; do sleep 5; done")
    lines = (await room.sh(ubuntu, "ps aux")).splitlines()
    assert lines[0].split()[:4] == ["USER", "PID", "%CPU", "%MEM"]
    assert lines[1].endswith("sh -c while true; do sleep 5; done")
    assert (await room.sh(ubuntu, "ps -ef")).splitlines()[1].split()[:3] == ["root", "1", "0"]
    assert (await room.sh(ubuntu, "ps -o pid,comm")).splitlines()[1].split() == ["1", "sh"]


async def test_kill_ends_processes_but_not_number_one_without_a_handler(room: ContainerRoom) -> None:
    started = await room.run("busybox", "sleep", "3600")
    container = room.runtime.container(started.id)
    other = asyncio.ensure_future(room.runtime.exec(started.id, ["sleep", "999"], Streams(Nothing())))
    await room.until(lambda: len(container.processes) == 2)
    assert await room.exec(started, "kill", "2") == (0, "")
    assert await other == 143
    assert await room.sh(started, "kill 1; kill -9 1; echo $?") == "0\n"
    assert started.id not in room.exits
    assert (await room.exec(started, "kill", "77"))[0] == 1
    traps = await room.run("busybox", "sh", "-c", "trap 'exit 7' TERM; while true; do sleep 0.05; done")
    await room.until(lambda: room.runtime.container(traps.id).processes[1].traps)
    await room.exec(traps, "sh", "-c", "kill 1")
    assert (await room.exit_of(traps)).code == 7


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("df -h /", "overlay"),
        ("mount | head -1", "overlay on / type overlay"),
        ("free -m", "Mem:"),
        ("nproc", "4\n"),
        ("hostname", "web\n"),
        ("which sh", "/usr/bin/sh\n"),
        ("top -bn1", "sleep"),
        ("uptime", "load average"),
        ("netstat -tlnp", "Active Internet connections"),
        ("seq 20 | tail -n 2", "19\n20\n"),
        ("seq 5 > /tmp/s; tail -2 /tmp/s", "4\n5\n"),
        ("apt-get update && apt-get install -y curl && echo ok", "ok\n"),
        ("apt-get install -y nosuch", "E: Unable to locate package nosuch\n"),
        ("apk add x", "sh: 1: apk: not found\n"),
    ],
)
async def test_what_commands_say(room: ContainerRoom, script: str, said: str) -> None:
    started = await room.run("ubuntu", "sleep", "3600")
    assert said in await room.sh(started, script)


async def test_tail_follows_a_file(room: ContainerRoom) -> None:
    started = await room.run("busybox", "sleep", "3600")
    await room.sh(started, "echo one > /log")
    heard: list[bytes] = []

    async def hear(data: bytes) -> None:
        heard.append(data)

    following = asyncio.ensure_future(
        room.runtime.exec(started.id, ["tail", "-f", "/log"], Streams(stdout=hear))
    )
    await room.until(lambda: b"".join(heard) == b"one\n")
    await room.sh(started, "echo two >> /log")
    await room.until(lambda: b"".join(heard) == b"one\ntwo\n")
    following.cancel()
