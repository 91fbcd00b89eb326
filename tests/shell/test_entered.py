"""Lines that the learner enters themselves are reported, when they have ended."""

from __future__ import annotations

import pytest

from runner.shell import Entered, Shell
from tests.shell.conftest import Bench, run, until


class Listener:
    def __init__(self, shell: Shell) -> None:
        self.shell = shell
        self.heard: list[Entered] = []
        shell.watch(self.heard.append)

    async def enter(self, keys: str) -> None:
        await until(lambda: self.shell.ready)
        self.shell.type(keys.encode() + b"\r")

    async def reported(self) -> list[tuple[str, int | None]]:
        """What was reported up to a last line of our own."""
        await self.enter("echo end")
        await until(lambda: any(each.line == "echo end" for each in self.heard), otherwise=lambda: self.heard)
        return [(each.line, each.end.exit_code) for each in self.heard[:-1]]


async def test_a_line_is_reported_with_its_code(shell: Shell) -> None:
    listener = Listener(shell)
    await listener.enter("true")
    await listener.enter("(exit 3)")
    await listener.enter("")  # no line at all
    await listener.enter("echo 한글 'a  b'")
    assert await listener.reported() == [("true", 0), ("(exit 3)", 3), ("echo 한글 'a  b'", 0)]
    assert all(each.end.seconds < 10 for each in listener.heard)


async def test_the_same_line_twice_is_reported_twice(bench: Bench) -> None:
    (bench.home / ".bashrc").write_text("HISTCONTROL=ignoreboth:erasedups\nHISTTIMEFORMAT='%F %T '\n")
    listener = Listener(await bench.start())
    for _ in range(2):
        await listener.enter("true")
    assert await listener.reported() == [("true", 0), ("true", 0)]


async def test_what_the_history_does_not_keep_and_what_is_typed_for_them_is_not_reported(
    shell: Shell, bench: Bench
) -> None:
    listener = Listener(shell)
    await listener.enter(" echo not kept")
    await bench.sees("\rnot kept\r\n")  # else the next command's Ctrl-C may come into the middle of it
    await run(shell, "true")
    await listener.enter("half a line\x03")
    assert await listener.reported() == []


async def test_lines_of_earlier_and_of_other_shells_are_not_reported(bench: Bench) -> None:
    first = await bench.start()
    await run(first, "echo earlier")
    await first.close()
    second = await bench.start()
    listener = Listener(second)
    (bench.home / ".bash_history").write_text("echo at home\n")
    await listener.enter("bash")
    await bench.sees("bash\r\n")
    await listener.enter("echo nested")
    await until(lambda: len(listener.heard) == 1)
    await listener.enter("exit")
    assert await listener.reported() == [("echo nested", 0)]


@pytest.mark.parametrize(
    "trap", ["set -u", "set -o noclobber", "history() { false; }", "readonly HISTTIMEFORMAT=x"]
)
async def test_it_survives(shell: Shell, bench: Bench, trap: str) -> None:
    listener = Listener(shell)
    await listener.enter(trap)
    await listener.enter("false")
    if trap.startswith("readonly"):  # then no line can be reported, and that is all
        await bench.sees("false\r\n")
    else:
        assert ("false", 1) in await listener.reported()
    assert (await run(shell, "echo $((20+1))")).code == 0
