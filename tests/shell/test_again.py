"""The shell's end, a new one, and a new program: folder, PATH and variables come back."""

from __future__ import annotations

import asyncio
import os
import signal
import stat
from collections.abc import Iterator
from contextlib import aclosing
from pathlib import Path

import pytest

from runner.shell import CommandEnd, Shell, ShellProblem, read_saved_state
from runner.shell.bash import find_bash
from tests.shell.conftest import Bench, Command, run, until

pytestmark = pytest.mark.timeout(60)

SETTING = "mkdir -p '새 폴더'; cd '새 폴더'; export PATH=\"$PATH:$PWD/bin\" TEXT=$'two\\nlines \\'\"$ 값'; plain=1; unset USER"
ASKING = 'echo "$PWD"; echo "${PATH##*:}"; echo "$TEXT"; echo "$plain ${USER-unset}"'


def expected(bench: Bench) -> list[str]:
    folder = bench.folder / "새 폴더"
    return [str(folder), f"{folder}/bin", "two", "lines '\"$ 값", "1 unset"]


@pytest.mark.parametrize(
    "end", ["exit 3", "exit", "set -e; false", "kill -9 $$", "exec true", "exec sleep 0.1", "kill -HUP $$"]
)
async def test_a_new_shell_when_it_ends(shell: Shell, bench: Bench, end: str) -> None:
    await run(shell, SETTING)
    ran = await run(shell, end)
    assert (ran.code, ran.reason) == (None, "shell-ended")
    assert (await run(shell, ASKING)).lines == expected(bench)
    assert "The shell exited" in bench.shown.decode()


async def test_the_end_is_reported_to_one_who_listens_late(shell: Shell, bench: Bench) -> None:
    happenings = shell.run(Command("echo first; exit"))
    async with aclosing(happenings):
        await anext(happenings)
        await bench.sees("The shell exited")
        await until(lambda: shell.ready)
        last = [happening async for happening in happenings][-1]
    assert isinstance(last, CommandEnd)
    assert last.reason == "shell-ended"


async def test_a_job_that_keeps_the_terminal_open_does_not_hide_the_end(shell: Shell, bench: Bench) -> None:
    ran = await run(shell, "(trap '' HUP; sleep 5) & exit")
    assert ran.reason == "shell-ended"
    assert (await run(shell, "echo new")).lines == ["new"]


async def test_ended_by_the_learner(shell: Shell, bench: Bench) -> None:
    await run(shell, SETTING)
    shell.type(b"exit\r")
    await bench.sees("The shell exited")
    assert (await run(shell, ASKING)).lines == expected(bench)


async def test_the_programs_restart(bench: Bench) -> None:
    first = await bench.start()
    await run(first, SETTING)
    await first.close()
    saved = read_saved_state(bench.state)
    assert saved
    assert saved.folder == bench.folder / "새 폴더"
    assert saved.environment["TEXT"] == "two\nlines '\"$ 값"
    assert not {"PROMPT_COMMAND", "PS1", "plain", "USER"} & set(saved.environment)
    second = await bench.start()
    assert (await run(second, ASKING)).lines == expected(bench)
    await second.close()
    third = await bench.start()  # and once more: the second had nothing of its own to save
    assert (await run(third, ASKING)).lines == expected(bench)


async def test_the_program_killed_in_the_middle(bench: Bench) -> None:
    first = await bench.start()
    await run(first, SETTING)
    (bench.state / "dump").write_text('declare -x PATH="/cut/sho')  # bash was writing
    second = await bench.start()
    assert (await run(second, ASKING)).lines == expected(bench)


async def test_what_the_lab_gives_anew_is_not_overwritten_by_the_old(bench: Bench) -> None:
    first = await bench.start(KUBECONFIG="/old", TOKEN_FILE="/old")
    await run(first, "export TOKEN_FILE=/mine")
    await first.close()
    second = await bench.start(KUBECONFIG="/new", TOKEN_FILE="/new")
    assert (await run(second, "echo $KUBECONFIG $TOKEN_FILE")).lines == ["/new /mine"]


async def test_a_folder_that_is_gone_and_a_broken_path(bench: Bench) -> None:
    first = await bench.start()
    await run(first, "mkdir gone; cd gone; rmdir ../gone")
    await run(first, "PATH=/nowhere")
    await first.close()
    second = await bench.start()
    assert (await run(second, "pwd")).lines == [str(bench.folder)]
    assert (await run(second, "ls /")).code == 0


async def test_read_only_variables_do_not_stop_the_rest(bench: Bench) -> None:
    first = await bench.start()
    await run(first, "export A=1 B=2 C=3; declare -ir N=5; array=(1 2)")
    await first.close()
    (bench.home / ".bashrc").write_text("readonly A=0\n")
    second = await bench.start()
    assert (await run(second, "echo $A $B $C")).lines == ["0 2 3"]


async def test_files_are_the_owners_alone(bench: Bench) -> None:
    old = os.umask(0)
    try:
        shell = await bench.start()
        await run(shell, "umask 0; export SECRET=1")
        await run(shell, "true")
    finally:
        os.umask(old)
    assert stat.S_IMODE(bench.state.stat().st_mode) == 0o700
    files = [*bench.state.iterdir(), bench.transcript]
    assert len(files) > 5
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}


async def test_history_is_the_labs_own(bench: Bench) -> None:
    first = await bench.start()
    await run(first, "echo from the lab")
    await first.close()
    assert not (bench.home / ".bash_history").exists()
    second = await bench.start()
    assert "echo from the lab" in (await run(second, "history")).text


BASHRCS = {
    "hello": "echo hello; export FROM_RC=yes",
    "prompt-string": "mine() { seen=$?; }; PROMPT_COMMAND=mine; export FROM_RC=yes",
    "prompt-array": "mine() { seen=$?; }; PROMPT_COMMAND=(mine true); export FROM_RC=yes",
    "set-options": "set -u -o vi -o noclobber; alias ls='ls --color'; export FROM_RC=yes",
    "elsewhere": "cd /; export FROM_RC=yes",
}


@pytest.mark.parametrize("name", BASHRCS)
async def test_the_learners_own_start_up_file(bench: Bench, name: str) -> None:
    (bench.home / ".bashrc").write_text(BASHRCS[name] + "\n")
    shell = await bench.start()
    ran = await run(shell, "echo $FROM_RC; pwd")
    assert ran.lines == ["yes", str(bench.folder)]
    await run(shell, "(exit 7)")
    if name.startswith("prompt"):
        assert (await run(shell, "echo $seen")).lines == ["7"]
    assert (await run(shell, "bash")).code == 0
    assert (await run(shell, "(exit 3)")).code == 3


@pytest.mark.parametrize("rc", ["exit 1", "set -e; false", "exec dash", "exec zsh -f", "return 0", "if then"])
async def test_a_start_up_file_that_gives_no_bash(bench: Bench, rc: str) -> None:
    (bench.home / ".bashrc").write_text(rc + "\n")
    shell = await bench.start()
    assert (await run(shell, "echo ${BASH_VERSION:+bash}")).lines == ["bash"]


async def test_the_login_shell_does_not_matter_and_the_outer_terminal_stays_out(bench: Bench) -> None:
    shell = await bench.start(
        SHELL="/usr/bin/zsh",
        TEXTUAL="debug",
        TERM_PROGRAM="x",
        COLUMNS="9",
        LINES="9",
        TERM="dumb",
        TMOUT="1",
    )
    ran = await run(shell, "echo ${TEXTUAL-}${TERM_PROGRAM-}${TMOUT-} $COLUMNS $LINES $TERM ${SHELL##*/} $0")
    assert ran.lines[0].split()[:4] == ["80", "24", "xterm-256color", "bash"]


async def test_korean_is_typed_where_no_locale_is_set(bench: Bench) -> None:
    del bench.environment["LANG"]
    shell = await bench.start()
    assert (await run(shell, "x='한국어'; echo ${#x} $x")).lines == ["3 한국어"]


async def test_state_in_a_folder_with_an_awkward_name(bench: Bench) -> None:
    bench.state = bench.state.parent / 'it\'s a "state" $HOME 한'
    shell = await bench.start()
    await run(shell, "cd /; export X=1")
    assert (shell.saved.folder, shell.saved.environment["X"]) == (Path("/"), "1")


@pytest.fixture
def started_by_nohup() -> Iterator[None]:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    yield
    signal.signal(signal.SIGHUP, before)


async def test_signals_are_the_shells_own(bench: Bench, started_by_nohup: None) -> None:
    shell = await bench.start()
    assert (await run(shell, "yes | head -n 1 >&2; echo ${PIPESTATUS[0]}")).lines == ["y", "141"]  # SIGPIPE
    assert (await run(shell, "sleep 1000 & kill -HUP $!; wait $!")).code == 128 + signal.SIGHUP


@pytest.mark.parametrize("command", ["sleep 1000", "trap '' HUP; sleep 1000"])
async def test_close_ends_what_runs(bench: Bench, command: str) -> None:
    shell = await bench.start()
    task = asyncio.create_task(run(shell, f"echo $BASHPID; {command}"))
    await bench.sees("\r\n")
    await until(lambda: shell.foreground == "sleep")
    pid = shell._bash.terminal.foreground
    await shell.close()
    assert (await task).reason == "shell-ended"

    def gone() -> bool:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
        return False

    await until(gone)
    shell.type(b"nobody there\r")
    assert (await run(shell, "true")).reason == "not-run"


async def test_shells_that_die_at_once_are_not_started_for_ever(bench: Bench) -> None:
    shell = await bench.start()
    (bench.home / ".bashrc").write_text("trap 'kill -9 $$' DEBUG\n")
    os.kill(shell._bash.terminal.pid, signal.SIGKILL)
    await until(lambda: not shell.ready)
    assert (await run(shell, "echo fine")).lines == ["fine"]  # without that file


def test_an_old_bash_and_none_are_reported_in_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("runner.shell.bash._ELSEWHERE", ())
    with pytest.raises(ShellProblem, match="was not found"):
        find_bash({"PATH": str(tmp_path)})
    old = tmp_path / "bash"
    old.write_text("#!/bin/sh\nprintf '3 2'\n")
    old.chmod(0o755)
    with pytest.raises(ShellProblem, match=r"4.4 or later.*3\.2.*brew install bash"):
        find_bash({"PATH": str(tmp_path)})
    assert find_bash({"PATH": f"{tmp_path}:{os.environ['PATH']}"}).name == "bash"
