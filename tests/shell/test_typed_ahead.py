"""Ctrl-C while a learner's own PROMPT_COMMAND runs, and commands that come while their lines still run or are half typed."""

from __future__ import annotations

import pytest

from runner.shell import Entered, Shell
from tests.shell.conftest import Bench, run, until

HOOKS = {
    "program": "sleep 1000",
    "loop": "while :; do :; done",
    "loop with a program": "while :; do sleep 0.01; done",
    "program and more": "sleep 1000; echo more",
}
"""What a learner's hook is busy with where `slow` is set: once, and until it is interrupted."""


async def interrupted(bench: Bench, shell: Shell) -> None:
    """Enter a line, and press Ctrl-C while the hook runs that comes after it."""
    await until(lambda: shell.ready)
    shell.type(b"slow=yes\r")
    await bench.sees("busy\r\n")
    for _ in range(5):  # as a person does: one may come before the program that the hook is about to start
        shell.type(b"\x03")
        if await shell.until(lambda: shell.ready, 1):
            return
    pytest.fail(f"no prompt: {bytes(bench.shown)!r}")


@pytest.mark.parametrize("busy", HOOKS.values(), ids=HOOKS.keys())
@pytest.mark.parametrize("before", range(3))
async def test_ctrl_c_in_a_hook_leaves_the_shell_its_marks(bench: Bench, busy: str, before: int) -> None:
    """`before`: prompts that were there already; at the first ones the hook finds itself in PROMPT_COMMAND."""
    hook = f"hook() {{ if [[ -n $slow ]]; then slow=; echo busy; {busy}; fi; }}"
    (bench.home / ".bashrc").write_text(f"{hook}\nPROMPT_COMMAND=hook\n")
    shell = await bench.start()
    for _ in range(before):
        await run(shell, "true")
    await interrupted(bench, shell)
    heard: list[Entered] = []
    shell.watch(heard.append)
    shell.type(b"(exit 7)\r")
    await until(lambda: bool(heard), 5)
    assert [(each.line, each.end.exit_code) for each in heard] == [("(exit 7)", 7)]


async def test_a_trap_of_the_learners_own_stays(bench: Bench) -> None:
    (bench.home / ".bashrc").write_text("PROMPT_COMMAND=true\ntrap 'echo trapped' INT\n")
    shell = await bench.start()
    for _ in range(3):
        assert (await run(shell, "trap -p INT")).lines == ["trap -- 'echo trapped' SIGINT"]
    await run(shell, "trap - INT")
    for _ in range(3):
        assert (await run(shell, "trap -p INT")).lines == []


async def test_a_command_waits_for_the_lines_that_were_entered_before_it(shell: Shell) -> None:
    heard: list[Entered] = []
    shell.watch(heard.append)
    shell.type(b"(exit 3)\r\r(exit 4)\rtrue\r")
    ran = await run(shell, "(exit 5)")
    assert (ran.code, ran.reason) == (5, "")
    assert [(each.line, each.end.exit_code) for each in heard] == [
        ("(exit 3)", 3),
        ("(exit 4)", 4),
        ("true", 0),
    ]


async def test_a_command_comes_behind_a_line_that_takes_the_marks(shell: Shell) -> None:
    await run(shell, "echo first")
    shell.type(b"PROMPT_COMMAND=true\r")
    assert (await run(shell, "(exit 5)")).code == 5
    shell.type(b"PROMPT_COMMAND=false\rtouch half")
    assert (await run(shell, "ls")).lines == []
    shell.type(b"PROMPT_COMMAND= PS1='none '\rtouch half")
    assert (await run(shell, "ls")).lines == []


async def test_a_line_that_a_program_read_holds_no_command_up(shell: Shell) -> None:
    shell.type(b"read -r one\r")
    await until(lambda: shell.running)
    shell.type(b"something\r")
    assert (await run(shell, "echo $one")).lines == ["something"]
    shell.type(b"\x1b[200~cat <<END\r1\r2\rEND\x1b[201~\r")
    assert (await run(shell, "(exit 7)")).code == 7


@pytest.mark.parametrize("mode", ["set +o posix", "set -o posix"])
async def test_a_function_in_the_place_of_builtin_is_not_waited_for(shell: Shell, mode: str) -> None:
    await run(shell, mode)
    ran = await run(shell, "builtin() { :; }; printf() { :; }; (exit 3)")
    assert (ran.code, ran.reason) == (3, "")
    assert (await run(shell, "set +o | grep ' posix$'")).lines == [mode]


async def test_half_a_line_that_was_typed_ahead_is_cleared(shell: Shell, bench: Bench) -> None:
    shell.type(b"sleep 0.5\r")
    await until(lambda: shell.running)
    shell.type(b"touch half")
    assert (await run(shell, "echo mine; ls")).lines == ["mine"]
    shell.type(b"less +G ../state/rc.bash; echo do''ne\r")
    await bench.sees("(END)")
    shell.type(b"q")
    await bench.sees("done\r\n")
    bench.shown.clear()
    assert (await run(shell, "true")).code == 0
    assert b"^C" not in bench.shown
