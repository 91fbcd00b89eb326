"""What the widget shows and takes: colours, the scrollback, selecting, copying."""

from __future__ import annotations

import pytest
from rich.color import Color
from rich.style import Style
from textual import events

from runner.tui.terminal.ansi_colors import contrast
from tests.tui.terminal.conftest import Desk, Sit
from tests.tui.terminal.test_programs import wheel


def style_of(desk: Desk, text: str) -> Style:
    """How the first place with that text, on a line of its own, is drawn."""
    for y in range(desk.view.size.height):
        strip = desk.view.render_line(y)
        at = strip.text.find(text)
        if at == 0:
            segment = next(iter(strip))
            assert segment.style
            return segment.style
    raise AssertionError(f"{text!r} is not on the screen:\n{desk.text}")


async def drag(desk: Desk, start: tuple[int, int], end: tuple[int, int], **more: bool) -> None:
    await desk.pilot.mouse_down(desk.view, offset=start, **more)
    await desk.pilot.hover(desk.view, offset=end)
    desk.view.post_message(mouse(events.MouseMove, desk, end))
    await desk.pilot.mouse_up(desk.view, offset=end, **more)


def mouse(kind: type[events.MouseEvent], desk: Desk, at: tuple[int, int]) -> events.MouseEvent:
    return kind(desk.view, *at, 0, 0, 1, False, False, False)


def click(desk: Desk, place: tuple[int, int], at: float) -> None:
    """Press and let go, `at` that many seconds on the clock."""
    for kind in (events.MouseDown, events.MouseUp):
        event = mouse(kind, desk, place)
        event.time = at
        desk.view.post_message(event)


@pytest.mark.parametrize(
    ("printed", "colour"),
    [
        ("38;2;10;200;30", "#0ac81e"),
        ("38;5;196", "#ff0000"),
        ("38;5;244", "#808080"),
        ("31", "#ff6b6b"),
        ("92", "#8ce0a9"),
        ("7", "#121417"),
    ],
)
async def test_colours(sit: Sit, printed: str, colour: str) -> None:
    async with sit() as desk:
        await desk.line(f"printf '\\e[{printed}m%s\\e[m\\n' sam'ple'")
        await desk.sees("\nsample")
        assert style_of(desk, "sample").color == Color.parse(colour)


async def test_styles(sit: Sit) -> None:
    async with sit() as desk:
        await desk.line("printf '\\e[1;3;4;9m%s\\e[m\\n' sam'ple'")
        await desk.sees("\nsample")
        style = style_of(desk, "sample")
        assert (style.bold, style.italic, style.underline, style.strike) == (True,) * 4


async def test_another_theme_gives_other_colours(sit: Sit) -> None:
    async with sit() as desk:
        await desk.line("printf '\\e[33m%s\\e[m\\n' sam'ple'")
        await desk.sees("\nsample")
        before = style_of(desk, "sample")
        desk.app.theme = "labgate-light"
        await desk.until(lambda: style_of(desk, "sample") != before)
        assert style_of(desk, "sample").bgcolor == Color.parse("#fbfbf8")


async def test_the_cursor_shows_whether_keys_come_here(sit: Sit) -> None:
    async with sit() as desk:
        await desk.until(lambda: desk.shell.ready)
        focused = [segment.style for segment in desk.view.render_line(0)]
        assert any(style and style.bgcolor == Color.parse("#dfe6f2") for style in focused)
        desk.app.set_focus(None)
        await desk.pilot.pause()
        blurred = [segment.style for segment in desk.view.render_line(0)]
        assert not any(style and style.bgcolor == Color.parse("#dfe6f2") for style in blurred)
        assert any(style and style.underline for style in blurred)


async def test_scrolling_back_and_typing_on(sit: Sit) -> None:
    async with sit() as desk:
        await desk.line("seq 100 300")
        await desk.sees("\n300 ")
        desk.view.post_message(wheel(desk.view, down=False))
        await desk.sees("-- scrolled back 3 lines --")
        await desk.pilot.press("shift+pageup")
        await desk.sees("-- scrolled back 26 lines --")
        desk.app.language = "ko"
        await desk.pilot.press("shift+home")
        await desk.sees("seq 100 300")
        desk.shell.type(b"sleep 0; seq 900 910\r")
        await desk.until(lambda: desk.shell.ready)
        await desk.sees("seq 100 300")
        await desk.keys("x")
        await desk.sees("$ x")
        assert "910" in desk.text


async def test_selecting_copies(sit: Sit) -> None:
    async with sit() as desk:
        await desk.line("clear; printf 'abc 안녕 def\\n%s\\n' second")
        await desk.sees("second")
        await desk.until(lambda: desk.text.startswith("abc"))
        await drag(desk, (4, 0), (3, 1))
        await desk.until(lambda: desk.app.copies)
        assert desk.app.copies == ["안녕 def\nseco"]
        assert desk.app.clipboard == "안녕 def\nseco"


async def test_half_a_wide_character_is_the_whole_one(sit: Sit) -> None:
    async with sit() as desk:
        await desk.line("clear; echo 가나다라")
        await desk.until(lambda: desk.text.startswith("가"))
        await drag(desk, (3, 0), (4, 0))
        await desk.until(lambda: desk.app.copies)
        assert desk.app.copies == ["나다"]


async def test_words_and_lines_by_clicks(sit: Sit) -> None:
    async with sit() as desk:
        long = "x" * 90
        await desk.line(f"clear; echo see /etc/hosts-한글.yaml now {long}")
        await desk.until(lambda: desk.text.startswith("see"))
        click(desk, (8, 0), at=10.0)
        click(desk, (8, 0), at=11.0)  # too late for a double click
        click(desk, (8, 0), at=11.3)
        await desk.until(lambda: desk.app.copies)
        assert desk.app.copies == ["/etc/hosts-한글.yaml"]
        click(desk, (8, 0), at=11.6)
        await desk.until(lambda: len(desk.app.copies) == 2)
        assert desk.app.copies[1].startswith("see /etc")


async def test_shift_takes_the_mouse_from_a_program(sit: Sit) -> None:
    async with sit() as desk:
        await desk.line("clear; printf 'taken\\e[?1002;1006h\\n'; cat -v; printf '\\e[?1002;1006l'")
        await desk.until(lambda: desk.view.modes.mouse)
        await drag(desk, (0, 0), (4, 0), shift=True)
        await desk.until(lambda: desk.app.copies == ["taken"])
        await desk.pilot.click(desk.view, offset=(6, 2))
        await desk.sees("^[[<0;7;3M")
        await desk.pilot.press("ctrl+c")
        await desk.until(lambda: desk.shell.ready)


async def test_a_program_copies(sit: Sit) -> None:
    async with sit() as desk:
        await desk.line("printf '\\e]52;c;7JWI64WV\\a'")
        await desk.until(lambda: desk.app.copies == ["안녕"])


@pytest.mark.parametrize("size", [(80, 24), (160, 50)])
async def test_earlier_visits_are_distinguished(sit: Sit, size: tuple[int, int]) -> None:
    async with sit(size=size, earlier="% kubectl get pods\nNo resources found.\n") as desk:
        await desk.sees("── earlier ──")
        assert desk.text.index("No resources") < desk.text.index("earlier")
        assert style_of(desk, "No resources").color != style_of(desk, "$ ").color


async def test_text_is_reported_from_what_is_behind_it(sit: Sit) -> None:
    async with sit(theme="labgate-light") as desk:
        await desk.line("printf '\\e[97;107m%s\\e[m\\n' sam'ple'")
        await desk.sees("\nsample")
        style = style_of(desk, "sample")
        assert style.color
        assert style.bgcolor
        assert contrast(style.color.get_truecolor(), style.bgcolor.get_truecolor()) > 4
