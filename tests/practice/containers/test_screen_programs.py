"""Programs that take the whole screen: an editor, pagers, watch, top."""

from __future__ import annotations

import pytest

from runner.practice.containers.container_config import Mount, VolumeConfig
from tests.practice.containers.container_room import ContainerRoom
from tests.practice.containers.terminal_person import person_at


@pytest.mark.parametrize("editor", ["vi", "vim"])
async def test_a_file_is_edited(room: ContainerRoom, editor: str) -> None:
    started = await room.run("busybox", "sleep", "3600")
    await room.sh(started, "mkdir /srv/site; echo one > /srv/site/page")
    async with person_at(room, started, ["sh"]) as person:
        await person.sees("/ #")
        await person.type(f"cd /srv/site; {editor} page\r")
        await person.sees('page" 1L, 4B')
        await person.type("OTitle\x1b:wq\recho written; cat page\r")
        await person.sees("echo written; cat page\nwritten\nTitle\none\n/srv/site #")


async def test_a_new_file_and_one_that_is_left_as_it_was(room: ContainerRoom) -> None:
    started = await room.run("ubuntu", "sleep", "3600")
    async with person_at(room, started, ["vi", "/tmp/new"]) as person:
        await room.until(lambda: "/tmp/new" in person.screen)
        await person.type("itext\x1b:wq\r")
        assert await person.code == 0
    async with person_at(room, started, ["vi", "/tmp/new"]) as person:
        await room.until(lambda: "1L" in person.screen)
        await person.type("ddd\x1b:q!\r")
        assert await person.code == 0
    assert await room.sh(started, "cat /tmp/new") == "text\n"


async def test_what_cannot_be_written_is_said(room: ContainerRoom) -> None:
    started = await room.run(
        "busybox", "sleep", "3600",
        mounts=[Mount("config", "/etc/config", read_only=True)],
        volumes=[VolumeConfig("config", content={"key": b"value\n"})],
    )  # fmt: skip
    async with person_at(room, started, ["sh"]) as person:
        await person.sees("/ #")
        await person.type("vi /etc/config/key\r")
        await person.sees("1L, 6B")
        await person.type("dd:wq\r")
        await person.sees("Read-only file system\n/ #")
    assert await room.sh(started, "cat /etc/config/key") == "value\n"


async def test_without_a_terminal(room: ContainerRoom) -> None:
    started = await room.run("busybox", "sleep", "3600")
    assert await room.exec(started, "vi", "/tmp/f") == (1, "vi: not a terminal: use kubectl exec -it\n")
    assert await room.exec(started, "less", "/etc/hostname") == (0, "web\n")
    assert await room.sh(started, "seq 2 | more; more /none; more /etc/hostname | cat") == (
        "1\n2\nmore: /none: No such file or directory\nweb\n"
    )


async def test_a_pager(room: ContainerRoom) -> None:
    started = await room.run("busybox", "sleep", "3600")
    async with person_at(room, started, ["sh"]) as person:
        await person.sees("/ #")
        await person.type("seq 100 | less\r")
        await room.until(lambda: person.screen.startswith("1\n2\n"))
        await person.type("G")
        await room.until(lambda: "\n100" in person.screen)
        await person.type("q")
        await person.sees("seq 100 | less\n/ #")


async def test_watch_and_top_go_on_until_they_are_ended(room: ContainerRoom) -> None:
    started = await room.run("busybox", "sleep", "3600")
    async with person_at(room, started, ["sh"]) as person:
        await person.sees("/ #")
        await person.type("watch -n 0.1 cat /tmp/n\r")
        await room.until(lambda: "Every 0.1s: cat /tmp/n" in person.screen and "can't open" in person.screen)
        await room.sh(started, "echo later > /tmp/n")
        await person.sees("\nlater")
        await person.type("\x03")
        await person.sees("/ #")
        await person.type("top -d 0.1\r")
        await room.until(lambda: "sleep 3600" in person.screen and "\nCPU:" in person.screen)
        await person.type("q")
        await person.sees("\n/ #")
