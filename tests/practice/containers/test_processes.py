"""Processes of containers: main and by exec, their exit codes, input, signals and traps."""

from __future__ import annotations

import asyncio
import signal

import pytest

from runner.practice.containers.byte_streams import Pipe
from runner.practice.containers.container_config import StartError
from runner.practice.containers.standard_streams import Streams
from tests.practice.containers.container_room import ContainerRoom

STAYS = "while true; do sleep 5; done"


@pytest.mark.parametrize(
    ("argv", "code", "said"),
    [
        (("true",), 0, ""),
        (("false",), 1, ""),
        (("echo", "a  b"), 0, "a  b\n"),
        (("/bin/echo", "a"), 0, "a\n"),
        (("sh", "-c", "exit 3"), 3, ""),
        (("sh", "-c", "echo $1 $2", "name", "x", "y"), 0, "x y\n"),
        (("sh", "-ec", "false; echo no"), 1, ""),
        (("/bin/sh", "-c", "cat /etc/hostname | tr w W"), 0, "Web\n"),
        (("cat", "/nowhere"), 1, "cat: can't open '/nowhere': No such file or directory\n"),
        (("sh", "-c", "nosuch 1 2"), 127, "sh: nosuch: not found\n"),
        (("sh", "-c", "/nosuch"), 127, "sh: /nosuch: not found\n"),
        (("sh", "-c", "cd /nowhere"), 1, "sh: cd: can't cd to /nowhere: No such file or directory\n"),
        (("sh", "-c", "echo x > /nowhere/x"), 1, "sh: can't create /nowhere/x: nonexistent directory\n"),
        (("sh", "-c", "if then"), 2, 'sh: syntax error: "then" unexpected\n'),
    ],
)
async def test_a_command_ends_as_it_does_in_busybox(
    room: ContainerRoom, argv: tuple[str, ...], code: int, said: str
) -> None:
    started = await room.run("busybox", "sleep", "3600")
    assert await room.exec(started, *argv) == (code, said)


@pytest.mark.parametrize(
    ("shell", "said"),
    [("bash", "bash: line 1: nosuch: command not found\n"), ("sh", "sh: 1: nosuch: not found\n")],
)
async def test_shells_word_errors_in_their_own_way(room: ContainerRoom, shell: str, said: str) -> None:
    started = await room.run("ubuntu", "sleep", "3600")
    assert await room.exec(started, shell, "-c", "nosuch") == (127, said)


@pytest.mark.parametrize(
    ("program", "why"),
    [
        ("nosuch", 'exec: "nosuch": executable file not found in $PATH: unknown'),
        ("/opt/nosuch", 'exec: "/opt/nosuch": stat /opt/nosuch: no such file or directory: unknown'),
        ("/etc/hosts", 'exec: "/etc/hosts": permission denied: unknown'),
        ("cd", 'exec: "cd": executable file not found in $PATH: unknown'),
    ],
)
async def test_what_is_no_program_is_refused_in_the_words_of_the_oci_runtime(
    room: ContainerRoom, program: str, why: str
) -> None:
    started = await room.run("busybox", "sleep", "3600")
    with pytest.raises(StartError) as refused:
        await room.exec(started, program)
    assert refused.value.message.endswith(f"exec failed: unable to start container process: {why}")
    with pytest.raises(StartError) as refused:
        await room.run("busybox", command=[program])
    assert refused.value.message.endswith(f"runc create failed: unable to start container process: {why}")


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (("cat",), "one\ntwo\n"),
        (("sh", "-c", "cat > /tmp/x; cat /tmp/x /tmp/x"), "one\ntwo\none\ntwo\n"),
        (("tee", "/tmp/y"), "one\ntwo\n"),
        (("wc", "-l"), "2\n"),
        (("sh", "-c", "read a; read b; echo $b $a"), "two one\n"),
        (("sh", "-c", 'while read l; do echo "<$l>"; done'), "<one>\n<two>\n"),
        (("sh", "-c", "echo nobody reads"), "nobody reads\n"),
        (("sh", "-c", "while read l; do ps > /tmp/z; echo $l; done"), "one\ntwo\n"),
    ],
)
async def test_standard_input_reaches_what_reads_it(
    room: ContainerRoom, argv: tuple[str, ...], said: str
) -> None:
    started = await room.run("busybox", "sleep", "3600")
    assert await room.exec(started, *argv, stdin="one\ntwo\n") == (0, said)


async def test_a_shell_runs_the_script_at_its_input(room: ContainerRoom) -> None:
    started = await room.run("busybox", "sleep", "3600")
    script = "x=1\ncd /tmp\nfor i in 1 2; do\n  echo $x$i\ndone\ncat <<END\nhere\nEND\npwd\nexit 4\necho no\n"
    assert await room.exec(started, "sh", stdin=script) == (4, "11\n12\nhere\n/tmp\n")
    assert await room.exec(started, "sh", stdin="set -e\nfalse\necho no\n") == (1, "")
    assert await room.exec(started, "sh", stdin="false\necho $?") == (0, "1\n")


async def test_a_shell_at_an_open_pipe_answers_command_by_command(room: ContainerRoom) -> None:
    started = await room.run("busybox", "sleep", "3600")
    said: list[bytes] = []

    async def hear(data: bytes) -> None:
        said.append(data)

    keys = Pipe()
    running = asyncio.ensure_future(room.runtime.exec(started.id, ["sh"], Streams(keys, hear, hear)))
    await keys.write(b"x=5\n")
    await keys.write(b"for i in 1 2\n")
    await keys.write(b"do echo $i$x; done\n")
    await room.until(lambda: b"".join(said) == b"15\n25\n")
    await keys.write(b"echo ready; cat\n")
    await room.until(lambda: b"".join(said).endswith(b"ready\n"))
    await keys.write(b"for cat\n")
    await room.until(lambda: b"".join(said).endswith(b"for cat\n"))
    await keys.close()
    assert await running == 0


async def test_a_command_that_does_not_read_ends_though_its_input_is_open(room: ContainerRoom) -> None:
    started = await room.run("busybox", "sleep", "3600")
    async with asyncio.timeout(10):
        for argv in (["true"], ["sh", "-c", "read x < /etc/hostname; true"], ["sh", "-c", "cat /etc/hosts"]):
            assert await room.runtime.exec(started.id, argv, Streams(Pipe())) == 0


async def test_output_comes_as_it_is_written(room: ContainerRoom) -> None:
    started = await room.run("busybox", "sh", "-c", "while true; do date; sleep 0.05; done")
    container = room.runtime.container(started.id)
    await room.until(lambda: len(container.log.lines()) > 2)
    assert container.log.lines()[0].text.count(":") == 2


@pytest.mark.parametrize(
    ("script", "code"),
    [
        ("trap 'echo bye; exit 3' TERM; while true; do sleep 0.05; done", 3),
        ("trap 'echo bye; exit 4' TERM; sleep 1000 & wait", 4),
        ("trap 'echo bye; exit 5' TERM INT\nsleep 1000 &\nwait $!", 5),
        ("trap 'echo bye' EXIT; trap 'exit 6' TERM; while :; do sleep 0.05; done", 6),
    ],
)
async def test_a_trap_runs_at_sigterm(room: ContainerRoom, script: str, code: int) -> None:
    started = await room.run("busybox", "sh", "-c", script)
    container = room.runtime.container(started.id)
    await room.until(lambda: container.processes[1].traps)
    assert (await room.stop(started, 20.0)).code == code
    assert await room.log(started) == "bye\n"


@pytest.mark.parametrize(
    "argv", [["sleep", "3600"], ["sh", "-c", STAYS], ["sh", "-c", "trap '' TERM; sleep 3600"]]
)
async def test_a_main_process_without_a_trap_is_killed_after_the_grace_period(
    room: ContainerRoom, argv: list[str]
) -> None:
    started = await room.run("busybox", *argv)
    assert (await room.stop(started, 0.05)).code == 137


async def test_background_jobs(room: ContainerRoom) -> None:
    started = await room.run("busybox", "sleep", "3600")
    assert await room.sh(started, "(sleep 0.05; echo a) & echo b; wait; echo c") == "b\na\nc\n"
    assert await room.sh(started, "sleep 100 & kill $!; wait $!; echo $?") == "143\n"


async def test_exec_is_ended_by_its_caller(room: ContainerRoom) -> None:
    started = await room.run("busybox", "sleep", "3600")
    container = room.runtime.container(started.id)
    for script in ("sleep 1000", "while true; do :; done", "sleep 1000; echo"):
        running = asyncio.ensure_future(room.runtime.exec(started.id, ["sh", "-c", script], Streams()))
        await room.until(lambda: len(container.processes) > 1)
        running.cancel()
        await asyncio.wait([running])
        await room.until(lambda: len(container.processes) == 1)


async def test_a_script_file_and_its_arguments(room: ContainerRoom) -> None:
    started = await room.run("busybox", "sleep", "3600")
    await room.sh(started, "printf '#!/bin/sh\\necho \"$0 $1\"\\nexit 4\\n' > /tmp/s.sh; chmod +x /tmp/s.sh")
    assert await room.exec(started, "/tmp/s.sh", "x") == (4, "/tmp/s.sh x\n")
    assert (await room.exec(started, "sh", "/tmp/s.sh", "x"))[0] == 4
    main = await room.run("busybox", command=["sh", "-c", "echo started; exec sleep 3600"])
    process = room.runtime.container(main.id).processes[1]
    await room.until(lambda: process.argv == ("sleep", "3600"))
    process.send(signal.SIGTERM)
    assert not process.signal
