"""Pipes, loops and errors of commands that are typed at a prompt."""

from __future__ import annotations

import pytest

from tests.practice.containers.container_room import ContainerRoom
from tests.practice.containers.terminal_person import person_at


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("echo hi | cat; echo x", "hi\nx"),
        ("ls /none 2>/dev/null | wc -l", "0"),
        ("ls /none 2>&1 | wc -l", "1"),
        ("cat /none | wc -l; x=$(ls /none 2>/dev/null); echo \"<$x>\"", "<>"),
        ("echo a; nosuch; echo b; ls /none; echo c", "a\nsh: nosuch: not found\nb\nls: /none: No such file or directory\nc"),
        ("for i in 1 2; do df | grep -c overlay; done", "1\n1"),
        ("seq 2 > /tmp/f; while read x; do df | grep -c overlay; echo $x; done < /tmp/f", "1\n1\n1\n2"),
        ("seq 2 | while read x; do echo $x | sed s/1/one/; done", "one\n2"),
        ("cat /etc/hostname | { read x; echo $x | tr a-z A-Z; }", "WEB"),
    ],
)  # fmt: skip
async def test_a_line(room: ContainerRoom, line: str, shown: str) -> None:
    started = await room.run("busybox", "sleep", "3600")
    async with person_at(room, started, ["sh"]) as person:
        await person.sees("/ #")
        await person.type(f"{line}\r")
        await person.sees(f"{shown}\n/ #")


async def test_what_is_typed_is_read_line_by_line(room: ContainerRoom) -> None:
    started = await room.run("busybox", "sleep", "3600")
    async with person_at(room, started, ["sh"]) as person:
        await person.sees("/ #")
        await person.type('while read x; do echo "<$x>" | cat; done\r')
        await person.type("one\r")
        await person.sees("<one>")
        await person.type("two\r\x04")
        await person.sees("<two>\n/ #")


@pytest.mark.parametrize("image", ["busybox", "ubuntu"])
async def test_a_loop_over_standard_input(room: ContainerRoom, image: str) -> None:
    started = await room.run(image, "sleep", "3600")
    script = "while read x; do df | grep -c overlay; echo $x | sed s/a/z/; done; echo end"
    assert await room.exec(started, "sh", "-c", script, stdin="a\nb\n") == (0, "1\nz\n1\nb\nend\n")
