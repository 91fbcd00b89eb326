"""What containers use is counted: work of programs, shells that are busy, memory; limits throttle and kill."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import pytest

from runner.practice.containers import image_catalogue
from runner.practice.containers.container_config import (
    ContainerConfig,
    Exit,
    Mount,
    PodConfig,
    VolumeConfig,
)
from runner.practice.containers.container_image import Image
from runner.practice.containers.container_program import Invocation
from runner.practice.containers.runtime import Runtime

POD = PodConfig("uid", "default", "web", "10.244.1.5")


async def eater(call: Invocation) -> int:
    """eater SECONDS BYTES"""
    await call.container.work(float(call.argv[1]))
    call.container.memory += int(call.argv[2])
    await call.out("done\n")
    await call.terminated.wait()
    return 0


@pytest.fixture
def runtime(monkeypatch: pytest.MonkeyPatch) -> Runtime:
    image = Image(("eater",), programs={"eater": eater}, memory=2**20, idle_cpu=0)
    monkeypatch.setattr("runner.practice.containers.container.find", lambda _name: image)
    return Runtime(lambda _id, exit_: ENDS.append(exit_))


ENDS: list[Exit] = []


def config(*command: str, **more: Any) -> ContainerConfig:
    ENDS.clear()
    return ContainerConfig("one", "main", POD, "eater", command, **more)


async def until(holds: Any) -> None:
    async with asyncio.timeout(10):
        while not holds():
            await asyncio.sleep(0.005)


async def test_work_and_memory_are_what_programs_say(runtime: Runtime) -> None:
    await runtime.start(config("eater", "0.25", "1000"), ())
    log = runtime.container("one").log
    await until(log.lines)
    assert await runtime.usage() == {"one": (pytest.approx(0.25), 2**20 + 1000)}
    await runtime.close()


async def test_over_its_limit_of_memory_a_container_is_killed(runtime: Runtime) -> None:
    await runtime.start(config("eater", "0", str(2**20), memory_limit=2**20 + 4096), ())
    await until(lambda: ENDS)
    assert [Exit(137, "OOMKilled")] == ENDS


async def test_a_limit_below_what_the_image_takes_is_too_little_at_once(runtime: Runtime) -> None:
    await runtime.start(config("eater", "0", "0", memory_limit=4096), ())
    await until(lambda: ENDS)
    assert [Exit(137, "OOMKilled")] == ENDS


async def test_files_in_memory_count(runtime: Runtime) -> None:
    cache = VolumeConfig("uid/cache", in_memory=True)
    script = "head -c 3000000 /dev/zero > /cache/file; sleep 60"
    mounted = config("sh", "-c", script, mounts=[Mount("uid/cache", "/cache")], memory_limit=2 * 2**20)
    await runtime.start(mounted, [cache])
    await until(lambda: ENDS)
    assert [Exit(137, "OOMKilled")] == ENDS


async def test_over_its_limit_of_the_processor_a_container_waits(runtime: Runtime) -> None:
    begin = time.monotonic()
    await runtime.start(config("eater", "0.1", "0", cpu_limit=500), ())
    log = runtime.container("one").log
    await until(log.lines)
    assert time.monotonic() - begin >= 0.1
    await runtime.close()


async def test_the_containers_of_a_node_share_its_processors(runtime: Runtime) -> None:
    begin = time.monotonic()
    for number in range(3):
        pod = PodConfig(f"uid-{number}", "default", f"web-{number}", f"10.244.1.{number}", node="worker")
        await runtime.start(ContainerConfig(str(number), "main", pod, "eater", ["eater", "0.4", "0"]), ())
    logs = [runtime.container(str(number)).log for number in range(3)]
    await until(lambda: all(log.lines() for log in logs))
    assert time.monotonic() - begin >= 3 * 0.4 / 4 - 0.1
    await runtime.close()


async def test_a_busy_shell_uses_a_processor_and_one_that_sleeps_does_not(runtime: Runtime) -> None:
    await runtime.start(config("sh", "-c", "while true; do :; done"), ())
    await until(lambda: runtime.container("one").usage()[0] > 0.05)
    await runtime.close()
    await runtime.start(config("sh", "-c", "echo begun; sleep 60"), ())
    log = runtime.container("one").log
    await until(log.lines)
    container = runtime.container("one")

    async def used(seconds: float) -> float:
        before = container.usage()[0]
        await asyncio.sleep(seconds)
        return container.usage()[0] - before

    async with asyncio.timeout(10):
        while await used(0.05):
            """It is still on its way to `sleep`."""
    await runtime.close()


def test_images_say_what_they_take() -> None:
    assert all(image.memory > 0 for _, image in image_catalogue._by_name())
