"""The commands that ended last are kept, with what they printed."""

from __future__ import annotations

import stat
from pathlib import Path

from checks.base import Ran
from runner.shell import Shell, read_history
from runner.shell.command_history import FILE, MOST_COMMANDS, MOST_KEPT, MOST_OUTPUT, History
from tests.shell.conftest import Bench, run, until


async def enter(shell: Shell, line: str) -> None:
    before = len(shell.history)
    shell.type(line.encode() + b"\r")
    await until(lambda: len(shell.history) > before and shell.ready)


async def test_a_command_is_kept_with_its_output_code_and_folder(shell: Shell, bench: Bench) -> None:
    await enter(shell, "echo out; echo err >&2; (exit 3)")
    (bench.folder / "sub").mkdir()
    await run(shell, "cd sub")
    await run(shell, "printf 'half\\rwhole\\n\\033[31mred\\033[0m'")
    assert shell.history == (
        Ran("echo out; echo err >&2; (exit 3)", 3, "out\nerr\n", bench.folder),
        Ran("cd sub", 0, "", bench.folder),
        Ran("printf 'half\\rwhole\\n\\033[31mred\\033[0m'", 0, "whole\nred\n", bench.folder / "sub"),
    )


async def test_secrets_are_masked_and_the_file_is_the_learners_alone(shell: Shell, bench: Bench) -> None:
    await enter(shell, "echo token: abcdefgh --password=hunter22")
    kept = (bench.state / FILE).read_text()
    assert "abcdefgh" not in kept
    assert "hunter22" not in kept
    assert stat.S_IMODE((bench.state / FILE).stat().st_mode) == 0o600


async def test_the_next_shell_knows_them_and_who_only_looks_does_too(bench: Bench) -> None:
    first = await bench.start()
    await run(first, "echo earlier")
    await first.close()
    second = await bench.start()
    await run(second, "echo later")
    assert [each.line for each in second.history] == ["echo earlier", "echo later"]
    assert read_history(bench.state) == second.history


async def test_what_a_full_screen_program_draws_is_no_output(shell: Shell, bench: Bench) -> None:
    await run(shell, "vi file", keys=["i", "words", "escape", ":wq", "enter"])
    await run(shell, "cat file")
    assert [each.output for each in shell.history][1] == "words\n"
    assert "words" not in shell.history[0].output


def test_it_is_bounded(tmp_path: Path) -> None:
    history = History(tmp_path, 80)
    for number in range(MOST_COMMANDS + 5):
        history.begin(tmp_path)
        for _ in range(1000):
            history.feed(["x" * 60, "\r\n"])
        history.end(f"echo {number}", 0)
    kept = history.ran
    assert [kept[0].line, kept[-1].line] == ["echo 5", f"echo {MOST_COMMANDS + 4}"]
    assert len(kept[-1].output) == MOST_OUTPUT
    assert sum(len(each.output) for each in kept) <= MOST_KEPT
    assert read_history(tmp_path) == kept


def test_a_file_that_is_damaged_loses_what_is_damaged(tmp_path: Path) -> None:
    history = History(tmp_path, 80)
    for line in ("one", "two"):
        history.begin(tmp_path)
        history.end(line, 0)
    text = (tmp_path / FILE).read_text()
    (tmp_path / FILE).write_text("[]\n{}\nnot json\n" + text[:-5])
    assert [each.line for each in read_history(tmp_path)] == ["one"]
