"""Real programs in the real shell, seen and used through the widget."""

from __future__ import annotations

import shutil

import pytest
from textual import events
from textual.widget import Widget

from tests.tui.terminal.conftest import Sit

needs_vim = pytest.mark.skipif(not shutil.which("vim"), reason="vim is not here")
needs_less = pytest.mark.skipif(not shutil.which("less"), reason="less is not here")


async def test_typing_korean(sit: Sit) -> None:
    async with sit() as desk:
        await desk.keys("echo '안녕 하세요' | wc -L\n")
        await desk.sees("\n11 ")
        await desk.keys("ab한글")
        await desk.sees("$ ab한글")
        await desk.pilot.press("backspace", "left", "x")
        await desk.sees("$ abx한 ")


@needs_vim
async def test_editing_and_saving_with_vi(sit: Sit) -> None:
    async with sit() as desk:
        await desk.line("vim -u NONE -N note.txt")
        await desk.until(lambda: desk.view.full_screen)
        await desk.sees("note.txt")
        await desk.keys("ifirst 한글\nsecond")
        await desk.sees("second")
        await desk.pilot.press("up", "home", "X", "escape")
        await desk.keys(":wq\n")
        await desk.until(lambda: not desk.view.full_screen)
        assert (desk.folder / "note.txt").read_text() == "Xfirst 한글\nsecond\n"
        await desk.sees("$ vim -u NONE -N note.txt")


@needs_less
async def test_less_and_the_wheel(sit: Sit) -> None:
    async with sit() as desk:
        await desk.line("seq 1 500 | less")
        await desk.sees("\n23 ")
        await desk.pilot.press("space")
        await desk.sees("\n46 ")
        desk.view.post_message(wheel(desk.view, down=True))
        await desk.sees("\n49 ")
        await desk.keys("q")
        await desk.until(lambda: not desk.view.full_screen and desk.shell.ready)


@needs_vim
async def test_the_mouse_in_a_program(sit: Sit) -> None:
    async with sit() as desk:
        (desk.folder / "m.txt").write_text("one two three\nfour five six\n")
        await desk.line("vim -u NONE -N -c 'set mouse=a' m.txt")
        await desk.sees("four five six")
        await desk.until(lambda: desk.view.modes.mouse)
        await desk.pilot.click(desk.view, offset=(5, 1))
        await desk.keys("ix")
        await desk.sees("four xfive six")
        await desk.keys("\x1b:q!\n")
        await desk.until(lambda: desk.shell.ready)


@needs_vim
async def test_function_keys_are_the_screens_except_under_a_full_screen_program(sit: Sit) -> None:
    async with sit() as desk:
        await desk.pilot.press("f1", "f2", "f6")
        assert desk.app.noted == 3
        await desk.line('vim -u NONE -N -c \'nnoremap <F2> :echo "got-" . "F2"<CR>\'')
        await desk.until(lambda: desk.view.full_screen)
        await desk.pilot.press("f2")
        await desk.sees("got-F2")
        assert desk.app.noted == 3
        await desk.pilot.press("f6")
        assert desk.app.noted == 4
        await desk.keys(":q!\n")
        await desk.until(lambda: not desk.view.full_screen)


async def test_letters_and_control_keys_are_the_shells(sit: Sit) -> None:
    async with sit() as desk:
        await desk.keys("q")
        await desk.pilot.press("ctrl+q", "tab", "shift+tab")
        await desk.sees("$ q")
        assert desk.app.noted == 0
        assert desk.view.has_focus


async def test_the_shell_knows_the_size(sit: Sit) -> None:
    async with sit() as desk:
        await desk.line("stty size")
        await desk.sees("24 80")
        await desk.pilot.resize_terminal(160, 50)
        await desk.until(lambda: desk.shell.size == (160, 50))
        await desk.line("stty size")
        await desk.sees("50 160")


async def test_a_hidden_terminal_keeps_its_size(sit: Sit) -> None:
    async with sit() as desk:
        desk.view.display = False
        await desk.pilot.pause(0.1)
        desk.view.display = True
        await desk.line("stty size")
        await desk.sees("24 80")


async def test_ctrl_c_in_a_flood(sit: Sit) -> None:
    async with sit() as desk:
        await desk.line("yes")
        await desk.sees("\ny   ")
        await desk.pilot.press("ctrl+c")
        await desk.until(lambda: desk.shell.ready)
        await desk.sees("^C")


async def test_answers_reach_the_program(sit: Sit) -> None:
    async with sit() as desk:
        ask = "IFS= read -rs -d {end} -p $'\\e[{query}' answer; echo \"got ${{answer@Q}}\""
        await desk.line(ask.format(end="c", query="c"))
        await desk.sees("got $'\\E[?62;22'")
        await desk.line(ask.format(end="R", query="6n"))
        await desk.sees("got $'\\E[")


async def test_a_new_shell_after_exit(sit: Sit) -> None:
    async with sit() as desk:
        await desk.line("exit")
        await desk.sees("The shell exited")
        await desk.line("echo back $((1 + 1))")
        await desk.sees("back 2")


async def test_pasting_runs_nothing_by_itself(sit: Sit) -> None:
    async with sit() as desk:
        await desk.until(lambda: desk.view.modes.bracketed_paste)
        desk.view.post_message(paste("touch a\ntouch b\x1b"))
        await desk.sees("touch b")
        assert not (desk.folder / "a").exists()
        await desk.pilot.press("enter")
        await desk.until((desk.folder / "b").exists)


async def test_a_password_is_reported(sit: Sit) -> None:
    async with sit() as desk:
        await desk.line("stty -echo; cat")
        await desk.until(lambda: desk.view.password)
        await desk.pilot.press("ctrl+c")
        await desk.line("stty echo")
        await desk.until(lambda: desk.shell.ready and not desk.view.password)


def wheel(view: Widget, *, down: bool) -> events.MouseEvent:
    kind = events.MouseScrollDown if down else events.MouseScrollUp
    return kind(view, 5, 5, 0, 0, 0, False, False, False)


def paste(text: str) -> events.Paste:
    return events.Paste(text)
