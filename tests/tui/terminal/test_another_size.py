"""The window changes its size while a line is typed: the line stands there once, and what is above it stays. Keys left out."""

from __future__ import annotations

import pytest

from tests.tui.terminal.conftest import Desk, Sit

LINE = "echo a half typed line that is longer than a narrow window is wide"


def joined(desk: Desk) -> str:
    """What is on the screen, without the line ends and spaces that another width brings."""
    return "".join(desk.text.split())


@pytest.mark.parametrize("typed", ["", "ls", LINE], ids=["nothing", "short", "long"])
async def test_the_line_stands_there_once(sit: Sit, typed: str) -> None:
    async with sit(size=(80, 24)) as desk:
        await desk.line("seq -f 'row %g of some output' 30")
        await desk.until(lambda: desk.shell.ready and "row 30" in desk.text)
        desk.shell.type(typed.encode())
        line = "row30ofsomeoutput$" + "".join(typed.split())
        await desk.until(lambda: joined(desk).endswith(line))
        for size in ((40, 24), (80, 12), (30, 20), (100, 30), (50, 8), (80, 24)):
            await desk.pilot.resize_terminal(*size)
            await desk.until(lambda size=size: desk.shell.size == size and desk.shell.quiet_for > 0.3)
            assert joined(desk).endswith(line), desk.text
            assert joined(desk).count("$") == (2 if "seq" in desk.text else 1)


async def test_a_second_prompt_and_a_prompt_of_two_lines(sit: Sit) -> None:
    async with sit(size=(80, 24)) as desk:
        await desk.line("PS1='two\\n$ '")
        await desk.until(lambda: "two" in desk.text and desk.shell.ready)
        for size in ((40, 24), (80, 12)):
            await desk.pilot.resize_terminal(*size)
            await desk.until(lambda size=size: desk.shell.size == size and desk.shell.quiet_for > 0.3)
            assert joined(desk).endswith("two$")
            assert joined(desk).count("two$") == 1
        desk.shell.type(b"echo 'open\r")
        await desk.until(lambda: joined(desk).endswith("open>"))
        await desk.pilot.resize_terminal(40, 12)
        await desk.until(lambda: desk.shell.size == (40, 12) and desk.shell.quiet_for > 0.3)
        assert joined(desk).endswith("two$echo'open>")


async def test_in_an_editor_f2_is_the_screens_only_while_it_coaches(sit: Sit) -> None:
    async with sit() as desk:
        assert not desk.view.check_consume_key("f2", None)
        desk.view.full_screen = True
        assert desk.view.check_consume_key("f2", None)
        desk.view.coached = True
        assert not desk.view.check_consume_key("f2", None)
        assert not desk.view.check_consume_key("f6", None)
