"""The prompt of the lab's shell: the lab's folder is `~`, a failure is shown, a learner's own is kept if asked for."""

from __future__ import annotations

from pathlib import Path

import pytest
from avt import Vt

from runner.shell import Shell
from tests.shell.conftest import Bench, run, until


def prompt_of(shell: Shell) -> str:
    """What stands on the line of the cursor."""
    screen = Vt(200, 24, 0)
    screen.feed_str(shell.on_screen.decode("utf-8", "replace"))
    lines: list[str] = [line.text.rstrip() for line in screen.view()]
    return lines[screen.cursor.row]


async def types(shell: Shell, line: str) -> str:
    """Enter a line as the learner does; gives the prompt after it."""
    before = shell.turns[1]
    shell.type(line.encode() + b"\r")
    await until(lambda: shell.turns[1] > before and shell.ready)
    return prompt_of(shell)


async def test_the_labs_folder_is_the_tilde(bench: Bench, shell: Shell) -> None:
    assert prompt_of(shell) == "~ ❯"
    assert await types(shell, "mkdir -p istio-1.11.3 && cd istio-1.11.3") == "~/istio-1.11.3 ❯"
    assert await types(shell, "cd; cd /") == "/ ❯"
    assert (
        await types(shell, "cd -; [ $PWD = $HOME ]") == f"…/{bench.home.parent.name}/home ❯"
    )  # HOME is the learner's
    assert await types(shell, "cd /tmp") == "/tmp ❯"


async def test_a_failure_is_shown_and_ctrl_c_is_none(shell: Shell) -> None:
    assert await types(shell, "no-such-program") == "✗127 ~ ❯"
    assert b"\x1b[31m" in shell.on_screen  # red
    assert await types(shell, "true") == "~ ❯"
    assert await types(shell, "(exit 130)") == "~ ❯"
    assert await types(shell, "set -u; false") == "✗1 ~ ❯"


@pytest.mark.parametrize(
    "name",
    [
        "a b",
        "한글 폴더",
        "$(touch hit)",
        "`touch hit`",
        r"back\slash",
        r"\u\h",
        '"quoted"',
        "it's",
        "!!",
        "\x1b[31mred\a",
    ],
)
@pytest.mark.parametrize("mode", ["", "shopt -u promptvars", "set -o posix"])
async def test_a_folder_is_shown_by_its_name_whatever_it_is(
    bench: Bench, shell: Shell, name: str, mode: str
) -> None:
    folder = bench.folder / name
    folder.mkdir()
    await run(shell, mode)
    await run(shell, f"cd {shell_word(folder)}")
    shown = "".join(each if each.isprintable() else "?" for each in name)
    assert prompt_of(shell) == f"~/{shown} ❯"
    assert not list(Path(bench.folder).rglob("hit"))


def shell_word(path: Path) -> str:
    return "$'" + str(path).encode("unicode_escape").decode().replace("'", "\\'") + "'"


async def test_a_deep_folder_is_shown_by_its_end(bench: Bench, shell: Shell) -> None:
    deep = bench.folder / "istio-1.11.3/samples/bookinfo/platform/kube/overlays"
    deep.mkdir(parents=True)
    assert await types(shell, f"cd {deep}") == "~/…/kube/overlays ❯"
    assert await types(shell, f"cd {bench.folder}/istio-1.11.3/samples") == "~/istio-1.11.3/samples ❯"


async def test_without_utf_8_it_is_plain(bench: Bench) -> None:
    shell = await bench.start(LANG="C", LC_ALL="C")
    assert prompt_of(shell) == "~ >"
    assert await types(shell, "false") == "x1 ~ >"
    assert await types(shell, "export LC_ALL=C.UTF-8; false") == "✗1 ~ ❯"


async def test_a_line_is_edited_where_it_stands(shell: Shell) -> None:
    """readline knows how wide the prompt is, or a long line would wrap over itself."""
    await types(shell, "false")
    line = "echo " + "x" * 90 + " end"  # wraps at 80 columns
    shell.type(line.encode() + b"\x01#\x05")
    screen = Vt(80, 24, 0)

    def shown() -> str:
        screen.feed_str("\x1bc" + shell.on_screen.decode())
        return "".join(line.text for line in screen.view()).rstrip()

    await until(lambda: shown() == "✗1 ~ ❯ #" + line, 20, shown)


THEIRS = {
    "plain": "PS1='mine> '",
    "a hook": "PROMPT_COMMAND='PS1=\"mine> \"'",
    "a function": "prompt() { PS1='mine> '; }; PROMPT_COMMAND=prompt",
    "starship": """starship_precmd() { STARSHIP_CMD_STATUS=$?; PS1="$(printf 'mine> ')"; PS2='more '; }
PROMPT_COMMAND='starship_precmd'; trap 'true' DEBUG""",
    "an array": "PROMPT_COMMAND=(true 'PS1=\"mine> \"')",
}


@pytest.mark.parametrize("rc", THEIRS.values(), ids=THEIRS.keys())
async def test_start_up_files_do_not_take_its_place_unless_asked_to(bench: Bench, rc: str) -> None:
    (bench.home / ".bashrc").write_text(rc + "\n")
    shell = await bench.start()
    assert prompt_of(shell) == "~ ❯"
    assert await types(shell, "false") == "✗1 ~ ❯"
    assert await types(shell, ". ~/.bashrc") == "~ ❯"
    assert await types(shell, "export LABGATE_PROMPT=own") == "mine>"
    assert await types(shell, "false") == "mine>"
    assert await types(shell, "export LABGATE_PROMPT=lab") == "~ ❯"
    assert (await run(shell, "echo here")).lines[-1] == "here"


@pytest.mark.parametrize("rc", THEIRS.values(), ids=THEIRS.keys())
async def test_the_variable_keeps_their_own_from_the_start(bench: Bench, rc: str) -> None:
    (bench.home / ".bashrc").write_text(rc + "\n")
    shell = await bench.start(LABGATE_PROMPT="own")
    assert prompt_of(shell) == "mine>"
    assert (await run(shell, "echo here")).lines[-1] == "here"
    assert prompt_of(shell) == "mine>"


async def test_what_is_chosen_on_the_screen_comes_with_the_next_prompt(bench: Bench) -> None:
    (bench.home / ".bashrc").write_text("PS1='mine> '\n")
    shell = await bench.start()
    shell.choose_prompt("own")
    await until(lambda: shell.ready and prompt_of(shell) == "mine>")
    shell.type(b"half a line")
    shell.choose_prompt("lab")  # does not touch what is being typed
    await until(lambda: prompt_of(shell) == "mine> half a line", 20, lambda: prompt_of(shell))
    shell.type(b"\x03")
    await until(lambda: shell.ready and prompt_of(shell) == "~ ❯", 20, lambda: prompt_of(shell))


async def test_a_prompt_that_is_typed_is_the_learners_wish(shell: Shell) -> None:
    assert await types(shell, "PS1='> '") == ">"
    assert await types(shell, "true") == ">"


async def test_the_name_of_an_environment_stands_before_it(shell: Shell) -> None:
    """As `activate` of a virtual environment does it, and `deactivate`."""
    assert await types(shell, 'old=$PS1; activate() { PS1="(venv) $PS1"; }; activate') == "(venv) ~ ❯"
    assert await types(shell, "mkdir a; cd a; false") == "(venv) ✗1 ~/a ❯"
    assert await types(shell, "deactivate() { PS1=$old; }; deactivate; cd ..") == "~ ❯"


async def test_a_bash_in_the_shell_has_it_too(shell: Shell) -> None:
    assert await types(shell, "bash") == "~ ❯"
    assert await types(shell, "false") == "✗1 ~ ❯"


async def test_a_start_up_file_that_is_sourced_does_not_take_the_marks_away(bench: Bench) -> None:
    (bench.home / ".bashrc").write_text("PROMPT_COMMAND='echo hook'\n")
    shell = await bench.start()
    for _ in range(3):
        await types(shell, "false; . ~/.bashrc")
        assert shell.ready
    shell.type(b"(exit 7); echo code $?; [ $$ = $BASHPID ] && echo same\r")
    await bench.sees("code 7\r\nsame")
