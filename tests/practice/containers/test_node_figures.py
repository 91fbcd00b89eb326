"""What programs say of their node and of their processes follows from what the containers there do."""

from __future__ import annotations

import re

import pytest

from runner.practice.containers.container_config import Mount, VolumeConfig
from runner.practice.containers.load_average import LoadAverage
from runner.practice.containers.load_commands import running_for
from runner.practice.containers.node_machine import DISK, MEMORY
from runner.practice.containers.processors import Processors
from tests.practice.containers.container_room import ContainerRoom, Started

MEBIBYTE = 2**20


def write(mebibytes: int, path: str) -> str:
    """A script that writes so much into a file."""
    return f"for i in $(seq {mebibytes}); do head -c 1048576 /dev/zero >> {path}; done"


async def numbers(room: ContainerRoom, container: Started, script: str) -> list[int]:
    """The numbers in the second line of what a command says."""
    return [
        int(each)
        for each in re.findall(r"(?<!\S)\d+(?!\S)", (await room.sh(container, script)).splitlines()[1])
    ]


async def test_free_follows_what_the_containers_of_the_node_hold(room: ContainerRoom) -> None:
    one = await room.run("ubuntu", "sleep", "3600")
    total, used, unused, shared, cached, available = await numbers(room, one, "free -b")
    assert (total, used + unused + shared) == (MEMORY, MEMORY)
    assert (shared, cached, available) == (0, 0, unused)
    room.runtime.container(one.id).memory += 100 * MEBIBYTE
    assert (await numbers(room, one, "free -b"))[1] == used + 100 * MEBIBYTE
    other = await room.run("ubuntu", "sleep", "3600")
    room.runtime.container(other.id).memory += 100 * MEBIBYTE
    assert (await numbers(room, one, "free -b"))[1] > used + 200 * MEBIBYTE
    await room.stop(other, 0)
    assert (await numbers(room, one, "free -b"))[1] == used + 100 * MEBIBYTE


async def test_files_in_memory_are_shared_memory(room: ContainerRoom) -> None:
    cache = VolumeConfig("uid/cache", in_memory=True, capacity=64 * MEBIBYTE)
    one = await room.run("ubuntu", "sleep", "3600", volumes=[cache], mounts=[Mount("uid/cache", "/cache")])
    await room.sh(one, write(3, "/cache/file"))
    assert (await numbers(room, one, "free -m"))[3:5] == [3, 3]
    assert (await numbers(room, one, "df -k /cache"))[:3] == [64 * 1024, 3 * 1024, 61 * 1024]


async def test_df_has_the_files_that_are_there(room: ContainerRoom) -> None:
    one = await room.run("busybox", "sleep", "3600")
    size, used, left = (await numbers(room, one, "df /"))[:3]
    assert (size, used + left) == (DISK // 1024, size)
    await room.sh(one, write(5, "/tmp/file"))
    assert (await numbers(room, one, "df /"))[1] == used + 5 * 1024
    other = await room.run("busybox", "sleep", "3600")
    assert (await numbers(room, other, "df /"))[1] >= used + 5 * 1024


async def test_a_volume_with_a_capacity_is_a_disk_of_its_own(room: ContainerRoom, tmp_path: object) -> None:
    data = VolumeConfig("persistent/one", folder=str(tmp_path), capacity=1024 * MEBIBYTE)
    one = await room.run("ubuntu", "sleep", "3600", volumes=[data], mounts=[Mount("persistent/one", "/data")])
    await room.sh(one, write(10, "/data/file"))
    lines = (await room.sh(one, "df -h /data")).splitlines()
    assert lines[1].split() == ["/dev/vdb", "1.0G", "10M", "1014M", "1%", "/data"]
    assert "/dev/vdb on /data type ext4 (rw,relatime)" in await room.sh(one, "mount")


async def test_ps_and_top_have_the_processor_time_that_was_used(
    room: ContainerRoom, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Processors, "delay", lambda _self, _seconds: 0.0)
    one = await room.run("ubuntu", "sleep", "3600")
    assert (await room.sh(one, "ps -o time= -p 1")).split()[-1] == "0:00"
    container = room.runtime.container(one.id)
    container.resources._started -= 100  # a container that has run for so long
    await container.work(75.0)
    main = (await room.sh(one, "ps aux")).splitlines()[1].split()
    assert main[9] == "1:15"
    assert float(main[2]) > 100  # in less than a second
    assert (await room.sh(one, "ps -ef")).splitlines()[1].split()[6] == "00:01:15"
    assert (await room.sh(one, "ps -o etime,time,pcpu,rss")).splitlines()[1].split()[1] == "1:15"
    picture = (await room.sh(one, "top -bn1")).splitlines()
    assert picture[7].split()[0] == "1"
    assert picture[7].split()[10].startswith("1:15.")
    assert float(picture[2].split()[1]) == 100.0
    busybox = await room.run("busybox", "sleep", "3600")
    assert re.match(r"CPU: +\d+% usr   0% sys", (await room.sh(busybox, "top -bn1")).splitlines()[1])


async def test_the_memory_of_the_processes_is_that_of_the_container(room: ContainerRoom) -> None:
    one = await room.run("ubuntu", "sleep", "3600")
    room.runtime.container(one.id).memory += 81_483_560
    lines = [line.split() for line in (await room.sh(one, "ps aux")).splitlines()[1:]]
    assert sum(int(line[5]) for line in lines) * 1024 == pytest.approx(
        room.runtime.container(one.id).usage()[1] + 512 * 1024, abs=4096
    )
    assert lines[0][3] == "1.0"


async def test_a_busy_shell_runs_and_loads_the_node(room: ContainerRoom) -> None:
    one = await room.run("ubuntu", command=["bash", "-c", "while true; do :; done"])
    container = room.runtime.container(one.id)
    await room.until(lambda: container.usage()[0] > 0.1)
    assert (await room.sh(one, "ps aux")).splitlines()[1].split()[7] == "Rs"
    assert container.pod.node.load_averages()[0] > 0.1 / 60 * 0.9
    assert container.pod.node.running() == 2
    ended = container.pod.node
    await room.stop(one, 0)
    assert ended.load_averages()[0] > 0.1 / 60 * 0.9
    assert ended.processor_seconds() > 0.1


async def test_uptime_counts_from_the_first_container(room: ContainerRoom) -> None:
    one = await room.run("ubuntu", "sleep", "3600")
    assert re.fullmatch(
        r" \d\d:\d\d:\d\d up 0 min,  0 users,  load average: 0\.00, 0\.00, 0\.00\n",
        await room.sh(one, "uptime"),
    )
    node = room.runtime.container(one.id).pod.node
    node.booted -= 86400 + 7 * 60
    assert " up 1 day, 7 min," in await room.sh(one, "uptime")
    assert await room.sh(one, "uptime -p") == "up 1 day, 7 minutes\n"
    for _ in range(120):
        node.load.add(1.0)
    load = (await room.sh(one, "uptime")).rpartition("load average: ")[2].split(", ")
    assert [float(each) for each in load] == pytest.approx([2.0, 0.4, 0.13], abs=0.02)


def test_the_load_fades(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [1000.0]
    monkeypatch.setattr("runner.practice.containers.load_average.time.monotonic", lambda: now[0])
    load = LoadAverage()
    for _ in range(600):
        now[0] += 1
        load.add(2.0)
    assert load.values()[0] == pytest.approx(2.0, abs=0.05)
    now[0] += 60
    assert load.values()[0] == pytest.approx(2.0 / 2.718, abs=0.05)
    load.add_past(60.0)
    assert load.values()[0] == pytest.approx(2.0 / 2.718 + 0.632, abs=0.05)


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [(59, "0 min"), (3540, "59 min"), (7380, " 2:03"), (86400 * 2 + 3600, "2 days,  1:00")],
)
def test_a_time_as_uptime_has_it(seconds: float, shown: str) -> None:
    assert running_for(seconds) == shown
