"""Images whose own command is a shell, and the smallest ones."""

from __future__ import annotations

import pytest

from tests.practice.containers.container_room import ContainerRoom


@pytest.mark.parametrize(
    "image", ["busybox", "alpine:3.19", "ubuntu", "debian", "bash", "centos:7", "k8s.gcr.io/busybox"]
)
async def test_a_shell_without_input_ends_at_once_and_with_input_it_stays(
    room: ContainerRoom, image: str
) -> None:
    ended = await room.run(image)
    assert (await room.exit_of(ended)).code == 0
    stays = await room.run(image, stdin=True)
    assert await room.exec(stays, "echo", "hi") == (0, "hi\n")
    assert stays.id not in room.exits


async def test_distributions_say_which_they_are(room: ContainerRoom) -> None:
    for image, words in {
        "ubuntu:22.04": "Ubuntu 22.04 LTS",
        "debian:11": "bullseye",
        "alpine:3.19": "Alpine Linux v3.19",
        "rockylinux:9": "Rocky Linux",
    }.items():
        started = await room.run(image, stdin=True)
        assert words in await room.sh(started, "cat /etc/os-release")


async def test_hello_world_says_hello_and_ends(room: ContainerRoom) -> None:
    started = await room.run("hello-world")
    assert (await room.exit_of(started)).code == 0
    assert "Hello from Docker!" in await room.log(started)


async def test_pause_ends_when_it_is_told_to(room: ContainerRoom) -> None:
    started = await room.run("registry.k8s.io/pause:3.9")
    assert (await room.stop(started)).code == 0


async def test_arguments_of_the_bash_image_are_options_or_a_program(room: ContainerRoom) -> None:
    started = await room.run("bash", "-c", "echo $((6 * 7))")
    assert (await room.exit_of(started)).code == 0
    assert await room.log(started) == "42\n"
