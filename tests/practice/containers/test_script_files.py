"""Scripts that are files, run by their path or by a shell: each is a process, with the commands that its container has."""

from __future__ import annotations

import asyncio

import pytest

from runner.practice.containers.byte_streams import Pipe
from runner.practice.containers.standard_streams import Streams
from tests.practice.containers.container_room import ContainerRoom, Started
from tests.practice.containers.terminal_person import person_at


async def _script(room: ContainerRoom, started: Started, text: str, path: str = "/tmp/s.sh") -> None:
    assert await room.exec(started, "sh", "-c", f"cat > {path}; chmod +x {path}", stdin=text) == (0, "")


@pytest.mark.parametrize(
    "call",
    [
        "/tmp/s.sh",
        "chmod -x /tmp/s.sh; chmod +x /tmp/s.sh; /tmp/s.sh",
        "cd /tmp; ./s.sh",
        "sh /tmp/s.sh",
        "x=/tmp; $x/s.sh",
    ],
)
async def test_its_name_arguments_and_code(room: ContainerRoom, call: str) -> None:
    started = await room.run("busybox", "sleep", "3600")
    await _script(
        room, started, '#!/bin/sh\nn() { echo "${0##*/}|$(basename $0)|$1|$#"; }\nn "$2" x\nexit 4\n'
    )
    assert await room.sh(started, f"{call} a 'b c'; echo $?") == "s.sh|s.sh|b c|2\n4\n"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("df | grep -c overlay; ls -l /etc/hostname | cut -c1-10", "1\n-rw-r--r--\n"),
        ("while read l; do sleep 0.001; echo $l; done < /etc/hostname", "web\n"),
        ("sleep 0.05 & wait; echo waited", "waited\n"),
        ("trap 'echo caught' USR1; kill -USR1 $$; echo on", "caught\non\n"),
        ("set -e; false; echo never", ""),
        ("cat", "in\nput\n"),
        ("read a; echo $a; exec cat", "in\nput\n"),
        ("nosuch", "/tmp/s.sh: nosuch: not found\n"),
        ("ps -o args | grep -c '[s]h /tmp/s.sh'", "1\n"),
    ],
)
async def test_what_it_runs(room: ContainerRoom, text: str, said: str) -> None:
    started = await room.run("busybox", "sleep", "3600")
    await _script(room, started, f"#!/bin/sh\n{text}\n")
    for argv in (["/tmp/s.sh"], ["sh", "-c", "/tmp/s.sh; true"], ["sh", "/tmp/s.sh"]):
        assert (await room.exec(started, *argv, stdin="in\nput\n"))[1] == said


async def test_a_loop_keeps_its_input(room: ContainerRoom) -> None:
    started = await room.run("busybox", "sleep", "3600")
    await _script(room, started, "#!/bin/sh\nls > /dev/null; echo got $1\n")
    assert await room.sh(started, "seq 3 | while read x; do /tmp/s.sh $x; done") == "got 1\ngot 2\ngot 3\n"
    assert await room.sh(started, 'seq 2 | while read x; do sh -c "echo n$x"; done') == "n1\nn2\n"
    assert await room.sh(started, "echo 'echo piped' | sh; sh <<E\necho here\nE") == "piped\nhere\n"


async def test_a_file_that_cannot_be_run(room: ContainerRoom) -> None:
    started = await room.run("busybox", "sleep", "3600")
    await _script(room, started, "echo hi\n")
    apart = await room.exec_apart(started, "sh", "-c", "chmod -x /tmp/s.sh; /tmp/s.sh; echo $?")
    assert apart == (0, "126\n", "sh: /tmp/s.sh: Permission denied\n")
    apart = await room.exec_apart(started, "sh", "-c", "rm /tmp/s.sh; /tmp/s.sh; echo $?")
    assert apart == (0, "127\n", "sh: /tmp/s.sh: not found\n")


async def test_what_reads_nothing_does_not_wait_for_the_input(room: ContainerRoom) -> None:
    """It is there for the command that does, and is open."""
    started = await room.run("busybox", "sleep", "3600")
    await _script(room, started, "#!/bin/sh\necho of a script\n")
    written: list[bytes] = []

    async def write(data: bytes) -> None:
        written.append(data)

    for call in ("ls /etc/hostname", "/tmp/s.sh", "sh -c 'echo x'", "sleep 0.01; echo y"):
        written.clear()
        keys = Pipe()
        running = asyncio.ensure_future(
            room.runtime.exec(started.id, ["sh", "-c", f"{call}; cat"], Streams(keys, write, write))
        )
        await room.until(lambda: written)
        await keys.write(b"typed")
        await room.until(lambda: b"".join(written).endswith(b"typed"))
        await keys.close()
        assert await running == 0


async def test_ctrl_c_ends_a_script_and_its_commands(room: ContainerRoom) -> None:
    started = await room.run("busybox", "sleep", "3600")
    container = room.runtime.container(started.id)
    await _script(room, started, "#!/bin/sh\nwhile true; do sleep 1000; done\n")
    async with person_at(room, started, ["sh"]) as person:
        await person.sees("/ #")
        for call in ("/tmp/s.sh", "sh /tmp/s.sh", "sh -c 'sleep 1000; echo no'"):
            await person.type(f"{call}\r")
            await room.until(lambda: len(container.processes) == 4)
            await person.type("\x03")
            await person.sees("^C\n/ #")
            await person.type("echo $?\r")
            await person.sees("echo $?\n130\n/ #")
            await room.until(lambda: len(container.processes) == 2)


async def test_a_file_that_is_written_at_a_prompt_has_what_was_typed(room: ContainerRoom) -> None:
    started = await room.run("busybox", "sleep", "3600")
    lines = ["#!/bin/sh", "x & echo $! $$ $0", 'read -p "name? " a; ls', "sh -c 'echo b'; /tmp/t.sh"]
    async with person_at(room, started, ["sh"]) as person:
        await person.sees("/ #")
        await person.type("\r".join(["cat > /tmp/t.sh <<'X'", *lines, "X\r"]))
        await person.sees("X\n/ #")
    assert await room.sh(started, "cat /tmp/t.sh") == "".join(f"{line}\n" for line in lines)


async def test_a_script_asks_at_a_terminal(room: ContainerRoom) -> None:
    started = await room.run("busybox", "sleep", "3600")
    await _script(room, started, '#!/bin/sh\nread -p "continue? " a\necho "answer $a"\n')
    async with person_at(room, started, ["sh"]) as person:
        await person.sees("/ #")
        for call in ("/tmp/s.sh", "sh /tmp/s.sh", "sh -c 'read -p \"continue? \" a; echo answer $a'"):
            await person.type(f"{call}\r")
            await person.sees(f"{call}\ncontinue?")
            await person.type("yes\r")
            await person.sees("continue? yes\nanswer yes\n/ #")
        await person.type("sh\r")
        await person.sees("# sh\n/ #")
        await person.type("echo $0; exit 3\r")
        await person.sees("sh\n/ #")


async def test_a_script_ends_with_who_called_it(room: ContainerRoom) -> None:
    started = await room.run("busybox", "sleep", "3600")
    container = room.runtime.container(started.id)
    await _script(room, started, "#!/bin/sh\nwhile :; do :; done\n")
    running = asyncio.ensure_future(
        room.runtime.exec(started.id, ["sh", "-c", "/tmp/s.sh; true"], Streams(Pipe()))
    )
    await room.until(lambda: len(container.processes) == 3)
    running.cancel()
    await asyncio.wait([running])
    await room.until(lambda: len(container.processes) == 1)
