"""Ctrl-C, floods of output, keys, sizes: the terminal as a person uses it."""

from __future__ import annotations

import asyncio
from contextlib import aclosing

import pytest

from runner.shell import CommandEnd, Output, Shell
from tests.shell.conftest import Bench, Command, run, until

pytestmark = pytest.mark.timeout(60)


@pytest.mark.parametrize("by", ["interrupt", "key"])
async def test_ctrl_c(shell: Shell, bench: Bench, by: str) -> None:
    task = asyncio.create_task(run(shell, "echo begins; sleep 1000; echo never"))
    await bench.sees("begins\r\n")
    if by == "key":
        shell.type(b"\x03")
    else:
        shell.interrupt()
    ran = await task
    assert (ran.code, ran.reason) == (130, "interrupted")
    assert "never" not in ran.text


async def test_a_command_that_takes_ctrl_c_as_its_end_ended_well(shell: Shell, bench: Bench) -> None:
    task = asyncio.create_task(
        run(shell, "bash -c \"trap 'kill %1; exit 0' INT; echo begins; sleep 100 & wait\"")
    )
    await bench.sees("begins\r\n")
    shell.interrupt()
    ran = await task
    assert (ran.code, ran.reason) == (0, "")


async def test_a_flood_is_bounded_and_ends_on_ctrl_c(shell: Shell, bench: Bench) -> None:
    happenings = shell.run(Command("yes '한국어 flood of output'"))
    async with aclosing(happenings):
        count = 0
        async for happening in happenings:
            if isinstance(happening, Output):
                assert len(happening.text) <= 1_000_000
                count += len(happening.text)
            if count > 300_000:
                shell.interrupt()
                break
        last = [happening async for happening in happenings][-1]
    assert isinstance(last, CommandEnd)
    assert last.reason == "interrupted"
    assert (await run(shell, "echo next")).lines == ["next"]
    size = sum(path.stat().st_size for path in bench.transcript.parent.glob("transcript.txt*"))
    assert size < 5_000_000


async def test_output_that_nobody_fetches_is_let_go(shell: Shell) -> None:
    happenings = shell.run(Command("seq 1 250000"))
    async with aclosing(happenings):
        first = await anext(happenings)
        await until(lambda: shell.ready, 30)
        outputs = [item async for item in happenings if isinstance(item, Output)]
    assert isinstance(first, Output)
    assert sum(item.dropped for item in outputs) > 0
    assert sum(len(item.text) for item in outputs) <= 1_000_000
    assert outputs[-1].text.endswith("250000\r\n")


async def test_a_half_typed_line_is_cleared_first(shell: Shell, bench: Bench) -> None:
    shell.type(b"rm -rf everyth")
    await bench.sees("rm -rf everyth")
    assert (await run(shell, "echo mine")).lines == ["mine"]
    shell.type(b"cat <<END\rhalf\r")
    await bench.sees("> half")
    assert (await run(shell, "echo mine")).lines == ["mine"]


async def test_what_the_learner_types_runs_in_the_same_shell(shell: Shell, bench: Bench) -> None:
    shell.type("X='값'; cd /\r".encode())
    await until(lambda: str(shell.saved.folder) == "/")
    assert (await run(shell, "echo $X")).lines == ["값"]
    await run(shell, "Y=2")
    shell.type(b"echo y is $Y\r")
    await bench.sees("y is 2\r\n")


async def test_another_program_in_the_way_is_reported_and_left_alone(shell: Shell, bench: Bench) -> None:
    shell.type(b"sleep 1000\r")
    await until(lambda: shell.foreground == "sleep")
    ran = await run(shell, "echo mine")
    assert (ran.code, ran.reason) == (None, "not-run")
    assert ran.finished
    assert ran.finished.waiting_at == "sleep"
    assert shell.foreground == "sleep"
    shell.interrupt()
    await until(lambda: shell.ready)
    assert (await run(shell, "echo mine")).lines == ["mine"]


async def test_marks_that_the_learner_took_away_by_hand_come_back(shell: Shell, bench: Bench) -> None:
    shell.type(b"unset PROMPT_COMMAND; echo gone\r")
    await bench.sees("\rgone\r\n")
    assert (await run(shell, "(exit 5)")).code == 5
    assert (await run(shell, "(exit 6)")).code == 6


async def test_characters_that_arrive_in_pieces(shell: Shell, bench: Bench) -> None:
    line = r"for b in '\355' '\225' '\234'; do printf $b; sleep 0.05; done; echo"
    ran = await run(shell, line)
    assert ran.lines == ["한"]
    await shell.close()
    assert "\n한\n" in bench.written


async def test_a_large_paste_goes_through_whole(shell: Shell) -> None:
    text = "\n".join(f"line {number} 줄 {'x' * 60}" for number in range(400))
    ran = await run(shell, f"md5sum <<'END'\n{text}\nEND")
    assert ran.code == 0
    ran = await run(shell, f"wc -l <<'END'\n{text}\nEND")
    assert ran.lines == ["400"]


async def test_resize(shell: Shell) -> None:
    assert (await run(shell, "stty size")).lines == ["24 80"]
    shell.resize(132, 50)
    assert (await run(shell, "stty size; echo $COLUMNS")).lines == ["50 132", "132"]


async def test_a_listener_may_leave(shell: Shell) -> None:
    heard: list[bytes] = []
    leave = shell.subscribe(heard.append)
    await run(shell, "echo once")
    leave()
    count = len(heard)
    await run(shell, "echo twice")
    assert len(heard) == count > 0
    assert b"133;" not in b"".join(heard)
