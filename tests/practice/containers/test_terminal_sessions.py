"""A person at a terminal in a container: shells with a line editor, and programs that read lines."""

from __future__ import annotations

import asyncio
import signal

import pytest

from tests.practice.containers.container_room import ContainerRoom
from tests.practice.containers.terminal_person import person_at


@pytest.mark.parametrize(
    ("image", "shell", "prompt"),
    [
        ("busybox", "sh", "/ #"),
        ("alpine", "/bin/sh", "/ #"),
        ("ubuntu", "bash", "root@web:/#"),
        ("debian", "sh", "#"),
        ("centos:7", "bash", "[root@web /]#"),
    ],
)
async def test_the_prompt_is_that_of_the_image(
    room: ContainerRoom, image: str, shell: str, prompt: str
) -> None:
    started = await room.run(image, "sleep", "3600")
    async with person_at(room, started, [shell]) as person:
        await person.sees(prompt)
        await person.type("echo hello\r")
        await person.sees(f"{prompt} echo hello\nhello\n{prompt}")
        await person.type("exit 3\r")
        assert await person.code == 3


async def test_what_is_written_is_the_prompt_the_line_and_the_output(room: ContainerRoom) -> None:
    """Without more, for scripts that wait for them, as those of expect."""
    started = await room.run("busybox", "sleep", "3600")
    async with person_at(room, started, ["sh"]) as person:
        await person.sees("/ #")
        for keys, output in (
            ("echo one\r", "one"),
            ("cat /etc/hostname | tr a-z A-Z\n", "WEB"),
            ("nosuch\r", "not found"),
        ):
            await person.type(keys)
            await room.until(lambda: person.written.endswith(f"{output}\r\n/ # "))  # noqa: B023
        await person.type("\x04")
        assert await person.code == 127
    assert person.written == (
        "/ # echo one\r\none\r\n/ # cat /etc/hostname | tr a-z A-Z\r\nWEB\r\n/ # nosuch\r\nsh: nosuch: not found\r\n/ # \r\n"
    )


async def test_folder_variables_and_status_last_from_one_command_to_the_next(room: ContainerRoom) -> None:
    started = await room.run("busybox", "sleep", "3600")
    async with person_at(room, started, ["sh"]) as person:
        await person.sees("/ #")
        await person.type("cd /tmp; x=5\r")
        await person.sees("/tmp #")
        await person.type("nosuch\r")
        await person.sees("sh: nosuch: not found\n/tmp #")
        await person.type("echo $? $x $PWD\r")
        await person.sees("127 5 /tmp\n/tmp #")
        await person.type("cd\r")
        await person.sees("~ #")
        await person.type("\x04")
        assert await person.code == 0


async def test_a_command_of_several_lines(room: ContainerRoom) -> None:
    started = await room.run("busybox", "sleep", "3600")
    async with person_at(room, started, ["sh"]) as person:
        await person.sees("/ #")
        await person.type("for i in 1 2\r")
        await person.sees(">")
        await person.type("do echo n$i; done\r")
        await person.sees("n1\nn2\n/ #")
        await person.type("cat <<END > /tmp/f\rone\rEND\r")
        await person.sees("> END\n/ #")
        await person.type("cat /tmp/f\r")
        await person.sees("one\n/ #")
        await person.type("echo 'a\rb'\r")
        await person.sees("a\nb\n/ #")


async def test_history_completion_and_correction(room: ContainerRoom) -> None:
    started = await room.run("busybox", "sleep", "3600")
    async with person_at(room, started, ["sh"]) as person:
        await person.sees("/ #")
        await person.type("echo one\r")
        await person.sees("one\n/ #")
        await person.type("\x1b[A\x7f\x7f\x7ftwo\r")
        await person.sees("/ # echo two\ntwo\n/ #")
        await person.type("cat /etc/hostn\t")
        await person.sees("cat /etc/hostname")
        await person.type("\r")
        await person.sees("web\n/ #")
        await person.type("\x0c")
        await room.until(lambda: person.screen == "/ #")


async def test_ctrl_c_ends_the_line_or_the_command_and_the_shell_stays(room: ContainerRoom) -> None:
    started = await room.run("busybox", "sleep", "3600")
    container = room.runtime.container(started.id)
    async with person_at(room, started, ["sh"]) as person:
        await person.sees("/ #")
        await person.type("not this\x03")
        await person.sees("^C\n/ #")
        for command in ("sleep 1000", "while true; do sleep 0.01; done", "while true; do :; done", "cat"):
            await person.type(f"{command}\r")
            await person.sees(command)
            if command != "cat":
                await room.until(lambda: len(container.processes) >= 2)
            await person.type("\x03")
            await person.sees("^C\n/ #")
        await person.type("echo $?\r")
        await person.sees("130\n/ #")


@pytest.mark.parametrize(("key", "shown", "status"), [("\x03", "^C", 130), ("\x1c", "^\\\nQuit", 131)])
async def test_a_key_for_a_signal_ends_one_command_and_no_other(
    room: ContainerRoom, key: str, shown: str, status: int
) -> None:
    started = await room.run("busybox", "sleep", "3600")
    async with person_at(room, started, ["sh"]) as person:
        await person.sees("/ #")
        for command in ("while true; do :; done", "cat", "sleep 1000", "sleep 1000 | cat", "read x"):
            await person.type(f"\x0c{command}\r{key}")  # before it has begun
            await person.sees(f"{command}\n{shown}\n/ #")
            await person.type("sleep 0.15; echo $?\r")
            await person.sees("sleep 0.15; echo $?\n0\n/ #")
            await person.type(f"{command}\r{key}")
            await person.sees(f"{command}\n{shown}\n/ #")
            await person.type("echo $?; sleep 0.15; echo on\r")
            await person.sees(f"\n{status}\non\n/ #")


@pytest.mark.parametrize("command", ["true", "cat", "while true; do :; done", "cat /etc/hostname | wc -l"])
async def test_ctrl_c_at_every_moment_leaves_the_next_line_alone(room: ContainerRoom, command: str) -> None:
    started = await room.run("busybox", "sleep", "3600")
    async with person_at(room, started, ["sh"]) as person:
        await person.sees("/ #")
        for steps in range(36):
            await person.type(f"\x0c{command}\r")
            for _ in range(steps):  # of the event loop
                await asyncio.sleep(0)
            await person.type("\x03")
            await room.until(lambda: "^C" in person.screen)
            await person.sees("\n/ #")
            await person.type(f"echo then{steps}\r")
            await person.sees(f"echo then{steps}\nthen{steps}\n/ #")


async def test_ctrl_c_takes_away_what_was_typed_ahead(room: ContainerRoom) -> None:
    started = await room.run("busybox", "sleep", "3600")
    container = room.runtime.container(started.id)
    async with person_at(room, started, ["sh"]) as person:
        await person.sees("/ #")
        await person.type("sleep 1000\r")
        await room.until(lambda: len(container.processes) >= 3)
        await person.type("echo never\r")
        await person.sees("echo never")
        await person.type("\x03")
        await person.sees("echo never\n^C\n/ #")


async def test_ctrl_d_is_for_who_reads_then(room: ContainerRoom) -> None:
    started = await room.run("busybox", "sleep", "3600")
    container = room.runtime.container(started.id)
    async with person_at(room, started, ["sh"]) as person:
        await person.sees("/ #")
        await person.type("cat\r\x04")
        await person.sees("/ # cat\n/ #")
        await person.type("sleep 1000\r")
        await room.until(lambda: len(container.processes) >= 3)
        await person.type("\x04echo on\r")  # nobody reads it, and the shell does not end by it
        await person.sees("echo on")
        next(each for each in container.processes.values() if each.argv == ("sleep", "1000")).send(
            signal.SIGTERM
        )
        await person.sees("/ # echo on\non\n/ #")
        await person.type("true\r\x04")  # typed at the prompt
        assert await person.code == 0


async def test_commands_at_a_prompt_read_what_is_typed(room: ContainerRoom) -> None:
    started = await room.run("busybox", "sleep", "3600")
    async with person_at(room, started, ["sh"]) as person:
        await person.sees("/ #")
        await person.type("cat > /tmp/x\r")
        await person.sees("cat > /tmp/x")
        await person.type("one\rtwoo\x7f\r\x04")
        await person.sees("two\n/ #")
        await person.type("cat /tmp/x\r")
        await person.sees("cat /tmp/x\none\ntwo\n/ #")
        await person.type('read -p "name? " a; echo "<$a>"\r')
        await person.sees('echo "<$a>"\nname?')
        await person.type("bob\r")
        await person.sees("name? bob\n<bob>\n/ #")
        await person.type('read a; echo "<$a>"\r')
        await person.sees('echo "<$a>"')
        await person.type("answer\r")
        await person.sees("answer\n<answer>\n/ #")


async def test_a_program_on_a_terminal_has_its_lines_echoed(room: ContainerRoom) -> None:
    started = await room.run("busybox", "sleep", "3600")
    async with person_at(room, started, ["cat"]) as person:
        await person.type("one\r")
        await person.sees("one\none")
        await person.type("한글x\x7f\x7f\r")
        await person.sees("한\n한")
        await person.type("\x04")
        assert await person.code == 0
    async with person_at(room, started, ["sleep", "1000"]) as person:
        await person.type("\x03")
        await person.sees("^C")
        assert await person.code == 130


async def test_a_function_that_reads_nothing_does_not_wait_for_the_input(room: ContainerRoom) -> None:
    started = await room.run("busybox", "sleep", "3600")
    async with person_at(room, started, ["sh"]) as person:
        await person.sees("/ #")
        await person.type('f() { echo "in $1"; ls /etc/hostname; }\r')
        await person.sees("; }\n/ #")
        await person.type("f a; for i in b c; do f $i; done\r")
        await person.sees("in a\n/etc/hostname\nin b\n/etc/hostname\nin c\n/etc/hostname\n/ #")
        await person.type("f d; cat\r")
        await person.sees("in d\n/etc/hostname")
        await person.type("typed\r\x04")
        await person.sees("typed\ntyped\n/ #")


async def test_the_size_of_the_terminal_follows(room: ContainerRoom) -> None:
    started = await room.run("ubuntu", "sleep", "3600")
    async with person_at(room, started, ["bash"]) as person:
        await person.sees("#")
        person.terminal.resize(40, 10)
        await person.type("stty size\r")
        await person.sees("10 40\nroot@web:/#")
        await person.type("false\r")
        await person.type("echo $? $COLUMNS x $LINES\r")
        await person.sees("1 40 x 10\nroot@web:/#")


async def test_a_shell_within_a_shell(room: ContainerRoom) -> None:
    started = await room.run("ubuntu", "sleep", "3600")
    async with person_at(room, started, ["sh"]) as person:
        await person.sees("#")
        await person.type("bash\r")
        await person.sees("root@web:/#")
        await person.type("exit\r")
        await person.sees("exit\n#")
