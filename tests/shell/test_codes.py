"""When a command started and ended, and with which code: every kind of command line there is."""

from __future__ import annotations

import asyncio

import pytest

from runner.shell import CommandEnd, Shell
from tests.shell.conftest import Bench, Command, run, until

pytestmark = pytest.mark.timeout(60)

HEREDOC = "cat <<'END'\napiVersion: v1\n\tkind: 안녕하세요\nEND"
LOOP = "for each in 1 2 3; do\n  echo $each\ndone"


@pytest.mark.parametrize(
    ("command", "code", "lines"),
    [
        ("true", 0, []),
        ("false", 1, []),
        ("(exit 42)", 42, []),
        ("no-such-program-here 2> /dev/null", 127, []),
        ("kill -KILL $BASHPID | cat; (kill -KILL $BASHPID) 2> /dev/null", 137, None),
        ("echo one; echo two # and a comment", 0, ["one", "two"]),
        (HEREDOC, 0, ["apiVersion: v1", "\tkind: 안녕하세요"]),
        (LOOP, 0, ["1", "2", "3"]),
        ("echo one \\\n  two", 0, ["one two"]),
        ("echo first\n\nfalse\necho last; (exit 7)", 7, ["first", "last"]),
        ("printf 'no newline at the end'", 0, ["no newline at the end"]),
        ("echo 'a\tb'", 0, ["a\tb"]),
        ("if true; then echo yes; fi", 0, ["yes"]),
        ("f() { return 3; }; f", 3, []),
        ("sleep 1 & disown", 0, None),
        ("(exit 5) | true", 0, []),
        ("echo '$? stays'; (exit 9)", 9, ["$? stays"]),
        ("printf '\\e]133;D;0\\a\\e]133;A\\a'; (exit 4)", 4, None),
        ("stty -echo; stty echo; cat /dev/null", 0, []),
    ],
)
async def test_code_and_output(shell: Shell, command: str, code: int, lines: list[str] | None) -> None:
    ran = await run(shell, command)
    assert (ran.code, ran.reason) == (code, "")
    if lines is not None:
        assert ran.lines == lines
    assert (await run(shell, "echo still here")).lines == ["still here"]


async def test_the_last_code_is_there_for_the_next_line(shell: Shell) -> None:
    await run(shell, "(exit 6)")
    assert (await run(shell, "echo $?")).lines == ["6"]


@pytest.mark.parametrize(
    ("line", "reported"), [("", ""), ("   ", ""), ("echo (", "syntax error"), ("# nothing", "")]
)
async def test_what_was_never_run(shell: Shell, line: str, reported: str) -> None:
    await run(shell, "false")
    ran = await run(shell, line)
    assert ran.finished
    assert ran.reason == "not-run"
    assert ran.code is None
    assert reported in ran.finished.waiting_at
    assert (await run(shell, "true")).code == 0


@pytest.mark.parametrize("line", ["echo 'open", "cat <<END\nno end", "for i in 1 2", "echo \\"])
async def test_a_line_that_does_not_end_is_not_waited_for(shell: Shell, line: str) -> None:
    ran = await run(shell, line, timeout=1000)
    assert (ran.code, ran.reason) == (None, "not-run")
    assert (await run(shell, "echo fine")).lines == ["fine"]


async def test_folder_and_variables_last_over_commands(shell: Shell, bench: Bench) -> None:
    await run(shell, "mkdir 'istio 1.11.3'; cd 'istio 1.11.3'; export PATH=$PATH:$PWD/bin; here=1")
    assert (await run(shell, "pwd; echo $here")).lines == [str(bench.folder / "istio 1.11.3"), "1"]
    assert shell.saved.folder == bench.folder / "istio 1.11.3"
    assert shell.saved.environment["PATH"].endswith("istio 1.11.3/bin")


async def test_stopped_with_ctrl_z(shell: Shell, bench: Bench) -> None:
    task = asyncio.create_task(run(shell, "echo begins; sleep 1000"))
    await bench.sees("begins\r\n")
    await until(lambda: shell.foreground == "sleep")
    shell.type(b"\x1a")
    ran = await task
    assert (ran.code, ran.reason) == (148, "")
    assert (await run(shell, "kill %1; wait; echo gone")).lines[-1] == "gone"


@pytest.mark.parametrize("how", ["bash", "exec bash", "bash --norc", "bash --posix", "bash -o vi"])
async def test_a_bash_in_the_bash_has_the_marks_too(shell: Shell, how: str) -> None:
    assert (await run(shell, how)).code == 0
    assert (await run(shell, "cd /; (exit 8)")).code == 8
    assert str(shell.saved.folder) == "/"
    await run(shell, "exit 0")
    assert (await run(shell, "echo back")).lines == ["back"]


@pytest.mark.parametrize(
    "change",
    [
        "PS1='$ '",
        "PS1='안녕> '; PS0=; PS2=",
        "unset PS0 PS1 PS2",
        "set -u",
        "set -o vi",
        "set -o noclobber",
        "set -o posix",
        "set -x",
        "set -f; IFS=:",
        "trap 'echo debug >&2' DEBUG",
        "trap 'echo wrong' ERR",
        "umask 0",
        "alias printf=false declare=false return=false builtin=false",
        "printf() { false; }; declare() { false; }; history() { false; }",
        "unset PROMPT_COMMAND",
        "PROMPT_COMMAND='echo mine; false'",
        "PROMPT_COMMAND=('echo mine' 'false')",
        'PROMPT_COMMAND="$PROMPT_COMMAND; echo mine"',
        "unset PROMPT_COMMAND PS0; PS1='$ '",
        "export LC_ALL=C",
        "bind 'set enable-bracketed-paste off'",
        "stty -ixon; stty rows 5 columns 20",
        "PATH=",
    ],
)
async def test_whatever_the_learner_changes(shell: Shell, change: str) -> None:
    assert (await run(shell, change)).code == 0
    assert (await run(shell, "(exit 4)")).code == 4
    ran = await run(shell, "echo one\necho two")
    assert ran.code == 0
    assert [line for line in ran.lines if line in ("one", "two")] == ["one", "two"]
    assert (await run(shell, "cd /")).code == 0
    assert str(shell.saved.folder) == "/"


async def test_two_at_once_take_turns(shell: Shell) -> None:
    first, second = await asyncio.gather(run(shell, "sleep 0.2; echo first"), run(shell, "echo second"))
    assert (first.lines, second.lines) == (["first"], ["second"])


async def test_output_comes_while_the_command_runs(shell: Shell) -> None:
    happenings = shell.run(Command("echo early; sleep 1000"))
    async for happening in happenings:
        assert not isinstance(happening, CommandEnd)
        if "early" in happening.text:  # type: ignore[union-attr]
            break
    await happenings.aclose()  # nobody follows it any more: it is interrupted
    assert (await run(shell, "echo next")).lines == ["next"]
