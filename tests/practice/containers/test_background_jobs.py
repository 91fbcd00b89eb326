"""Background jobs of shells in containers: at a prompt, and in scripts."""

from __future__ import annotations

import asyncio
import signal

import pytest
from bashkit import Bash, BashError

from runner.practice.containers.background_lists import with_jobs
from runner.practice.containers.container_limits import BACKGROUND_JOBS
from tests.practice.containers.container_room import ContainerRoom
from tests.practice.containers.terminal_person import person_at

START = '__job=$(__start_job %s "$(declare -p; declare -f)" "$@" </dev/null)'


def _whole(script: str) -> bool:
    try:
        Bash().analyze(script)
    except BashError:
        return False
    return True


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        ("a; b && c | d & e", "a; <b && c | d>; e"),
        ("for i in 1 2; do sleep $i & done; wait", "for i in 1 2; do <sleep $i>; done; wait"),
        ("while x; do y & done & wait", "<while x; do y & done>; wait"),
        ("(a & b); { a & }; if a & then b; fi", "(<a>; b); { <a>; }; if <a>; then b; fi"),
        ("case $x in a) one & ;; b|c) two & esac", "case $x in a) <one> ;; b|c) <two>; esac"),
        ("f() { a & }; function g { b & }", "f() { <a>; }; function g { <b>; }"),
        ("a > f 2>&1 &\nb &> f\nwait", "<a > f 2>&1>\nb &> f\nwait"),
        ("cat <<E > f\na & b\nE\nc & wait", "cat <<E > f\na & b\nE\n<c>; wait"),
        ("find . -exec ls {} \\; & [[ a && b ]] & x", "<find . -exec ls {} \\;>; <[[ a && b ]]>; x"),
        # what something else of the script reads stays where it is
        ("x=$(a & b); (a & b) | c; { a & } > f", "x=$(a & b); (a & b) | c; { a & } > f"),
        ("echo 'a & b' \"c & d\" \\& e && f # g & h", "echo 'a & b' \"c & d\" \\& e && f # g & h"),
        ("((a & b)); cat <<E &\nx\nE", "((a & b)); cat <<E &\nx\nE"),
    ],
)
def test_the_background_parts_of_a_script(script: str, expected: str) -> None:
    def shown(text: str) -> str:
        for part in ("b && c | d", "sleep $i", "while x; do y & done", "a", "b", "c", "one", "two", "a > f 2>&1",
                     "find . -exec ls {} \\;", "[[ a && b ]]"):  # fmt: skip
            quoted = part if part.isalnum() else f"'{part}'"
            text = text.replace(START % quoted, f"<{part}>")
        return text

    assert shown(with_jobs(script, _whole)) == expected


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("sleep 1000 & kill $!; wait $!; echo $?", "143\n"),
        ("(exit 3) & wait $!; echo $?", "3\n"),
        ("x=4; f() { echo $1$x; }; f a & wait; f b", "a4\nb4\n"),
        ("for i in 1 2 3; do (sleep 0.$i; echo $i) & done; wait; echo end", "1\n2\n3\nend\n"),
        ("set -- p; cd /tmp; { pwd; echo $1; } & wait", "/tmp\np\n"),
        ("a=(1 '2 3'); echo \"${a[1]}\" & wait $!", "2 3\n"),
        ("echo one & wait; echo two > /tmp/f & wait; cat /tmp/f", "one\ntwo\n"),
        ("cat /etc/hostname & wait; seq 2 | while read l; do echo $l & wait; done", "web\n1\n2\n"),
        ("sh -c 'sleep 0.1 & wait; echo in'; echo out", "in\nout\n"),
        ("sleep 1000 & p=$!; kill -STOP $p; ps -o stat,args | grep -c '^T'; kill $p; wait $p; echo $?", "1\n143\n"),
        ("nohup sleep 0.01 > /dev/null 2>&1 & wait $!; echo $?", "0\n"),
        ("sleep 1000 & jobs; kill %1; wait %1; jobs", "[1]+  Running                    sleep 1000\n"
         "[1]+  Terminated                 sleep 1000\n"),
        ("fg", "sh: fg: no job control\n"),
    ],
)  # fmt: skip
async def test_a_script_with_jobs(room: ContainerRoom, script: str, said: str) -> None:
    started = await room.run("busybox", "sleep", "3600")
    assert await room.sh(started, script) == said


async def test_what_a_job_writes_is_there_while_it_runs(room: ContainerRoom) -> None:
    """Of a main process, too, whose signals its `wait` takes."""
    script = "trap 'kill $!; echo bye; exit 4' TERM; while true; do date; sleep 0.05; done & wait"
    started = await room.run("busybox", "sh", "-c", script)
    container = room.runtime.container(started.id)
    await room.until(lambda: len(container.log.lines()) > 2)
    assert (await room.stop(started, 20.0)).code == 4
    assert (await room.log(started)).endswith("\nbye\n")


async def test_a_job_outlives_the_shell_that_started_it(room: ContainerRoom) -> None:
    started = await room.run("busybox", "sleep", "3600")
    container = room.runtime.container(started.id)
    assert await room.exec(started, "sh", "-c", "sleep 1000 > /dev/null 2>&1 & echo begun") == (0, "begun\n")
    await room.until(lambda: [each.argv[1] for each in container.processes.values()] == ["3600", "1000"])
    assert await room.exec(started, "pkill", "-f", "sleep 1000") == (0, "")
    await room.until(lambda: len(container.processes) == 1)
    assert await room.exec(started, "sh", "-c", "(sleep 0.1; echo late) & echo begun") == (0, "begun\nlate\n")


async def test_jobs_are_bounded(room: ContainerRoom) -> None:
    started = await room.run("busybox", "sleep", "3600")
    many = f"i=0; while [ $i -le {BACKGROUND_JOBS} ]; do i=$((i+1)); sleep 1000 & done; kill $(jobs -p)"
    assert "Resource temporarily unavailable" in await room.sh(started, many)


async def test_jobs_at_a_prompt(room: ContainerRoom) -> None:
    started = await room.run("ubuntu", "sleep", "3600")
    container = room.runtime.container(started.id)
    prompt = "root@web:/#"
    async with person_at(room, started, ["bash"]) as person:
        await person.sees(prompt)
        await person.type("sleep 1000 &\r")
        await room.until(lambda: len(container.processes) == 3)
        pid = max(container.processes)
        await person.sees(f"sleep 1000 &\n[1] {pid}\n{prompt}")
        await person.type("echo $!; jobs\r")
        await person.sees(f"{pid}\n[1]+  Running                 sleep 1000 &\n{prompt}")
        await person.type("fg\r")
        await person.sees("fg\nsleep 1000")
        await person.type("\x1a")
        await person.sees(f"^Z\n[1]+  Stopped                 sleep 1000\n{prompt}")
        await person.type("bg %1\r")
        await person.sees(f"[1]+ sleep 1000 &\n{prompt}")
        await person.type("fg\r")
        await person.sees("fg\nsleep 1000")
        await person.type("\x03")
        await person.sees(f"^C\n{prompt}")
        await person.type("echo $?; jobs\r")
        await person.sees(f"echo $?; jobs\n130\n{prompt}")
        await person.type("sleep 1000 & kill %1; wait\r")
        await person.sees(f"[1]+  Terminated              sleep 1000\n{prompt}")


async def test_a_job_writes_while_one_types(room: ContainerRoom) -> None:
    started = await room.run("busybox", "sleep", "3600")
    async with person_at(room, started, ["sh"]) as person:
        await person.sees("/ #")
        await person.type("until [ -e /g ]; do :; done && echo late &\r")
        await person.sees("late &\n/ #")
        await person.type("echo typ")
        await person.sees("/ # echo typ")
        assert await room.exec(started, "touch", "/g") == (0, "")
        await person.sees("/ # echo typlate")
        await person.type("ed\r")
        await person.sees("typed\n[1]+  Done                       "
                          "until [ -e /g ]; do :; done && echo late\n/ #")  # fmt: skip


@pytest.mark.parametrize(
    "command", ["sleep 1000", "cat", "while true; do sleep 0.01; done", "sleep 1000 | cat"]
)
async def test_ctrl_z_stops_a_command_and_fg_has_it_go_on(room: ContainerRoom, command: str) -> None:
    started = await room.run("busybox", "sleep", "3600")
    container = room.runtime.container(started.id)
    async with person_at(room, started, ["sh"]) as person:
        await person.sees("/ #")
        await person.type("x=5; cd /tmp\r")
        await person.sees("/tmp #")
        for steps in (0, 3, 10, 100):
            await person.type(f"\x0c{command}\r")
            for _ in range(steps):
                await asyncio.sleep(0)
            await person.type("\x1a")
            await person.sees(f"^Z\n[1]+  Stopped                    {command}\n/tmp #")
            await person.type("echo $? $x\r")
            await person.sees("148 5\n/tmp #")
            await person.type("fg\r")
            await person.sees(f"fg\n{command}")
            await person.type("\x03")
            await person.sees("^C\n/tmp #")
            await person.type("echo $?\r")
            await person.sees("130\n/tmp #")
        await room.until(lambda: len(container.processes) == 2)


async def test_a_job_that_reads_is_stopped_until_it_is_in_front(room: ContainerRoom) -> None:
    started = await room.run("busybox", "sleep", "3600")
    async with person_at(room, started, ["sh"]) as person:
        await person.sees("/ #")
        await person.type("cat > /tmp/f &\r")
        await person.sees("/ #")
        await person.type("echo on; jobs\r")
        await person.sees("[1]+  Stopped                    cat > /tmp/f\n/ #")
        await person.type("fg\r")
        await person.sees("fg\ncat > /tmp/f")
        await person.type("line\r\x04")
        await person.sees("line\n/ #")
        await person.type("cat /tmp/f\r")
        await person.sees("cat /tmp/f\nline\n/ #")


async def test_jobs_and_the_end_of_their_session(room: ContainerRoom) -> None:
    """One that runs stays, one that is stopped ends; where the terminal is gone all do."""
    started = await room.run("busybox", "sleep", "3600")
    container = room.runtime.container(started.id)
    async with person_at(room, started, ["sh"]) as person:
        await person.sees("/ #")
        await person.type("sleep 1001 &\r")
        await person.sees("&\n/ #")
        await person.type("sleep 1002\r")
        await room.until(lambda: len(container.processes) == 4)
        await person.type("\x1a")
        await person.sees("1002\n/ #")
        await person.type("exit\r")
        await person.code
    await room.until(lambda: len(container.processes) == 2)
    next(each for pid, each in container.processes.items() if pid > 1).send(signal.SIGTERM)
    async with person_at(room, started, ["sh"]) as person:
        await person.sees("/ #")
        await person.type("sleep 1003 &\r")
        await person.sees("&\n/ #")
    await room.until(lambda: len(container.processes) == 1)
