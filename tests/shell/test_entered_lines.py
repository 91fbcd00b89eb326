"""Lines are reported as they were entered and with their own codes, whatever the learner has set and however fast they are."""

from __future__ import annotations

import pytest

from runner.shell import Entered, Shell
from tests.shell.conftest import Bench, run, until

pytestmark = pytest.mark.timeout(90)

LAST = "echo the-last"


class Typist:
    """Somebody at the shell, and the lines that they enter."""

    def __init__(self, shell: Shell) -> None:
        self.shell = shell
        self.heard: list[Entered] = []
        shell.watch(self.heard.append)

    async def types(self, keys: str) -> None:
        """Type at a prompt, without waiting for what comes of it."""
        await until(lambda: self.shell.ready)
        self.shell.type(keys.encode() + b"\r")

    async def reported(self) -> list[tuple[str, int | None]]:
        """The lines told until a last one of our own, with their codes."""
        await self.types(LAST)
        await until(lambda: any(each.line == LAST for each in self.heard), otherwise=lambda: self.heard)
        reported = [(each.line, each.end.exit_code) for each in self.heard if each.line != LAST]
        self.heard.clear()
        return reported


CODES = [(f"(exit {code})", code) for code in (0, 1, 7, 0)]


@pytest.mark.parametrize(
    "setting",
    [
        "true",
        "set -u",
        "set -o noclobber",
        "set -o posix",
        "HISTTIMEFORMAT='%F %T  '",
        "HISTSIZE=3",
        "HISTFILE=/nowhere/at/all",
        "HISTCONTROL=ignoreboth:erasedups",
        "alias history=false builtin=false printf=false",
        "history() { :; }; builtin() { :; }; printf() { :; }",
        "IFS=0123456789",
        "umask 777",
        "LC_ALL=C",
        "PROMPT_COMMAND+=$'\\n''true'",
        "PROMPT_COMMAND='echo mine'",
    ],
)
async def test_each_line_has_its_own_code_also_when_typed_ahead(shell: Shell, setting: str) -> None:
    typist = Typist(shell)
    await run(shell, setting)
    await typist.types("\r".join(line for line, _ in CODES))
    if setting.startswith("PROMPT_COMMAND="):  # the marks have gone; they are back with the next that is run
        await run(shell, "true")
        typist.heard.clear()
        await typist.types("\r".join(line for line, _ in CODES))
    assert await typist.reported() == CODES


async def test_several_lines_pasted(shell: Shell) -> None:
    typist = Typist(shell)
    await typist.types("\x1b[200~cat <<EOF\na: 1;\n  b: 가 100%25\nEOF\x1b[201~")
    assert await typist.reported() == [("cat <<EOF\na: 1;\n  b: 가 100%25\nEOF", 0)]


async def test_several_lines_typed(shell: Shell) -> None:
    typist = Typist(shell)
    await typist.types("cat <<EOF\r  b: 2\rEOF")
    assert await typist.reported() == [("cat <<EOF\n  b: 2\nEOF", 0)]


async def test_a_line_too_long_to_be_a_labs_costs_nothing(shell: Shell) -> None:
    typist = Typist(shell)
    await typist.types(f"\x1b[200~: {'가' * 20_000}\x1b[201~")
    await typist.types("(exit 5)")
    assert [each for each in await typist.reported() if len(each[0]) < 100] == [("(exit 5)", 5)]


async def test_without_a_history_nothing_is_reported_twice(shell: Shell, bench: Bench) -> None:
    typist = Typist(shell)
    await typist.types("true")
    await typist.types("set +o history")
    for _ in range(3):
        await typist.types("echo un''kept")
    await typist.types("echo all''done")
    await bench.sees("alldone\r\n")
    assert [each.line for each in typist.heard] == ["true", "set +o history"]
