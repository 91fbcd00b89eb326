"""Prompts answered, keys typed into editors, and commands that are given up."""

from __future__ import annotations

import asyncio
import shutil
import sys
from pathlib import Path

import pytest

from runner.shell import Shell
from tests.shell.conftest import Bench, run, until

pytestmark = pytest.mark.timeout(60)

PROCEED = r"read -r -p 'This will install Istio. Proceed? (y/N) ' a; echo \"got $a\"".replace('\\"', '"')
SUBSTITUTE = (":%s/ClusterIP/LoadBalancer/g", "enter", ":wq!", "enter")


async def test_a_prompt_is_answered(shell: Shell) -> None:
    ran = await run(shell, PROCEED, (r"Proceed\? \(y/N\)", "y"))
    assert ran.code == 0
    assert ran.lines[-1] == "got y"
    assert [(a.expect, a.send) for a in ran.answered] == [(r"Proceed\? \(y/N\)", "y")]


async def test_the_echo_of_the_command_line_is_no_prompt(shell: Shell) -> None:
    ran = await run(shell, "echo 'Pro''ceed?' > /dev/null; : 'Proceed?'", (r"Proceed\?", "y"))
    assert ran.answered == []


async def test_prompts_in_any_order_and_again(shell: Shell) -> None:
    line = "for q in 'Name: ' 'Sure? ' 'Name: '; do read -r -p \"$q\" a; echo \"[$a]\"; done"
    ran = await run(shell, line, ("Sure\\? ", "yes"), ("Name: ", "김"))
    assert [line[line.index("[") :] for line in ran.lines if "[" in line] == ["[김]", "[yes]", "[김]"]
    assert [a.send for a in ran.answered] == ["김", "yes", "김"]


async def test_a_coloured_prompt_and_an_empty_answer(shell: Shell) -> None:
    ran = await run(
        shell,
        r"printf '\e[1mGo \e[32mon?\e[0m '; read -r a; echo \"<$a>\"".replace('\\"', '"'),
        ("Go on\\?", ""),
    )
    assert ran.lines[-1] == "<>"


async def test_a_password_is_neither_shown_nor_reported_nor_recorded(shell: Shell, bench: Bench) -> None:
    ask = "import getpass; print(len(getpass.getpass('Password: ')))"
    ran = await run(shell, f'{sys.executable} -c "{ask}"', ("Password: ", "hunter2-안녕"))
    assert ran.lines[-1] == "10"
    assert [a.send for a in ran.answered] == ["********"]
    assert "hunter2" not in ran.text
    task = asyncio.create_task(run(shell, "read -r -s -p 'Secret: ' it; echo ${#it}"))
    await bench.sees("Secret: ")
    await until(lambda: shell.password)
    shell.type(b"correct horse\r")
    assert (await task).lines[-1].endswith("13")
    assert not shell.password
    await shell.close()
    kept = b"".join(path.read_bytes() for path in [bench.transcript, bench.state / "history"])
    assert b"hunter2" not in kept
    assert b"correct horse" not in kept


async def test_a_program_that_never_takes_the_answer_is_not_fed_for_ever(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("runner.shell.dialogue._MOST_ANSWERS", 5)
    ran = await run(shell, "while read -r -p 'Again? ' a; do :; done", (r"Again\? ", "y"), timeout=4)
    assert ran.reason == "timeout"
    assert len(ran.answered) == 5


async def test_a_prompt_nobody_answers(shell: Shell) -> None:
    ran = await run(shell, "echo before; read -r -p 'Which one? ' a", timeout=2)
    assert (ran.code, ran.reason) == (None, "timeout")
    assert ran.finished
    assert ran.finished.waiting_at == "Which one?"
    assert (await run(shell, "echo after")).lines == ["after"]


async def test_a_prompt_that_never_comes(shell: Shell) -> None:
    ran = await run(shell, "echo working; sleep 1000", ("Proceed", "y"), timeout=2)
    assert ran.reason == "timeout"
    assert ran.answered == []
    assert ran.finished
    assert ran.finished.waiting_at == "working"


STUBBORN = [
    "trap '' INT; sleep 1000; trap - INT",
    "bash -c \"trap '' INT QUIT; while :; do sleep 0.05; done\"",
    "bash -c \"trap '' INT QUIT HUP TERM; while :; do sleep 0.05; done\"",
    "trap '' INT QUIT; while :; do :; done",
    "sh -c 'stty raw -echo; exec sleep 1000'",
    "sh",
    "cat",
]


@pytest.mark.parametrize("command", STUBBORN)
async def test_after_a_time_out_there_is_a_shell_to_go_on_with(shell: Shell, command: str) -> None:
    await run(shell, "cd /; export KEPT='as it was'")
    ran = await run(shell, command, timeout=0.4)
    assert (ran.code, ran.reason) == (None, "timeout")
    assert (await run(shell, "pwd; echo $KEPT")).lines == ["/", "as it was"]


async def test_a_shell_that_takes_its_time_to_die_is_waited_for(shell: Shell) -> None:
    child = shell._bash.terminal._child.ptyproc
    lives, early = child.isalive, iter([True] * 12)
    child.isalive = lambda: next(early, False) or lives()  # a busy machine: it is killed, and still there
    await shell.close()
    assert child.closed


EDITORS = [name for name in ("vi", "vim", "vim.tiny", "busybox vi", "nano") if shutil.which(name.split()[0])]


@pytest.mark.parametrize("editor", [name for name in EDITORS if name != "nano"])
async def test_the_lectures_keystrokes_in_every_vi(shell: Shell, bench: Bench, editor: str) -> None:
    file = bench.folder / "svc.yaml"
    file.write_text("spec:\n  type: ClusterIP\nalso: ClusterIP ClusterIP\n" + "filler: 값\n" * 200)
    await run(shell, f"export EDITOR='{editor}'")
    # as kubectl edit does: it takes its time, and the editor is its child
    ran = await run(shell, "bash -c 'sleep 0.4; $EDITOR svc.yaml; echo edited'", keys=SUBSTITUTE)
    assert ran.code == 0
    assert "ClusterIP" not in file.read_text()
    assert file.read_text().count("LoadBalancer") == 3
    assert "edited" in ran.text


@pytest.mark.parametrize("editor", [name for name in EDITORS if name != "nano"])
async def test_inserting_moving_and_escape(shell: Shell, bench: Bench, editor: str) -> None:
    (bench.folder / "f").write_text("one\ntwo\n")
    keys = ["down", "A", " 셋", "escape", ":wq", "enter"]
    ran = await run(shell, f"{editor} f", keys=keys)
    assert ran.code == 0
    assert (bench.folder / "f").read_text() == "one\ntwo 셋\n"


@pytest.mark.skipif("nano" not in EDITORS, reason="no nano")
async def test_an_editor_with_control_keys(shell: Shell, bench: Bench) -> None:
    ran = await run(shell, "nano f", keys=["hello", "ctrl+o", "enter", "ctrl+x"])
    assert ran.code == 0
    assert (bench.folder / "f").read_text() == "hello\n"


async def test_an_editor_without_an_alternate_screen(shell: Shell, bench: Bench) -> None:
    await run(shell, "export TERM=vt100")
    assert (await run(shell, "vi f", keys=["ihello", "escape", ":wq", "enter"])).code == 0
    assert (bench.folder / "f").read_text() == "hello\n"


async def test_no_key_is_typed_where_no_editor_opens(shell: Shell) -> None:
    ran = await run(shell, "bash -c 'echo NotFound >&2; exit 1'", keys=SUBSTITUTE)
    assert ran.code == 1
    assert (await run(shell, "echo next")).lines == ["next"]


async def test_an_editor_that_is_not_left_is_ended(shell: Shell, bench: Bench) -> None:
    ran = await run(shell, "vi f", keys=["ihello"], timeout=4)
    assert ran.reason == "timeout"
    assert (await run(shell, "echo next")).lines == ["next"]
    assert bench.shown.rindex(b"\x1b[?1049l") > bench.shown.rindex(b"\x1b[?1049h")


async def test_the_learners_keys_wait_while_keys_are_typed(shell: Shell, bench: Bench) -> None:
    task = asyncio.create_task(
        run(shell, "sh -c 'sleep 0.3; exec vi f'", keys=["ihello", "escape", ":wq", "enter"])
    )
    await until(lambda: shell.typing)
    shell.type(b"echo from the learner\r")
    await task
    assert (bench.folder / "f").read_text() == "hello\n"
    await bench.sees("\rfrom the learner\r\n")


def test_editors_were_tried() -> None:
    assert EDITORS, "this test needs a vi"
    assert Path("/proc").is_dir() or sys.platform == "darwin"


async def test_keys_are_typed_slowly_enough_to_follow(bench: Bench, shell: Shell) -> None:
    (bench.folder / "f").write_text("type: ClusterIP\n")
    pressed: list[float] = []
    write = shell._bash.write

    def noted(data: bytes, to_program: bool = False) -> None:
        if to_program:
            pressed.append(asyncio.get_running_loop().time())
        write(data, to_program)

    shell._bash.write = noted  # type: ignore[method-assign]
    ran = await run(shell, "vi f", keys=SUBSTITUTE, slowly=True)
    assert ran.code == 0
    assert (bench.folder / "f").read_text() == "type: LoadBalancer\n"
    text = len(SUBSTITUTE[0])
    assert len(pressed) == text + 1 + len(SUBSTITUTE[2]) + 1
    assert pressed[text - 1] - pressed[0] >= 0.05 * (text - 1)
    assert pressed[text + 1] - pressed[text] >= 0.95  # what was done is seen before it is saved


async def test_ctrl_c_leaves_the_rest_of_the_keys_to_the_learner(bench: Bench, shell: Shell) -> None:
    (bench.folder / "f").write_text("type: ClusterIP\n")
    task = asyncio.create_task(run(shell, "vi f", keys=SUBSTITUTE, timeout=20, slowly=True))
    await until(lambda: shell.typed_into_program.startswith(":%s/C"))
    assert shell.typing
    shell.type(b"\x03")
    await until(lambda: not shell.typing)
    before = shell.typed_into_program
    assert ":wq" not in before
    shell.type(b"\x1bohand made\x1b:wq\r")
    assert (await task).code == 0
    assert (bench.folder / "f").read_text() == "type: ClusterIP\nhand made\n"


async def test_keys_for_an_editor_that_the_learner_opened(bench: Bench, shell: Shell) -> None:
    (bench.folder / "f").write_text("type: ClusterIP\n")
    shell.type(b"vi f\r")
    await until(lambda: shell.reads_keys)
    await shell.press_keys(SUBSTITUTE)
    await until(lambda: shell.ready)
    assert (bench.folder / "f").read_text() == "type: LoadBalancer\n"
