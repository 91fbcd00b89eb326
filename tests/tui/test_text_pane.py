"""The text pane: what can be pressed in it is reached by Tab and by click, and its text is copied by dragging."""

from __future__ import annotations

from typing import Any

from textual.pilot import Pilot

from runner.labs.glossary import Glossary
from runner.labs.model import Step
from runner.tui.app_base import LabgateBase
from runner.tui.screens.wide_page import WidePage
from runner.tui.widgets.anchors import Kind
from runner.tui.widgets.reading_pane import NO_GLOSSARY, Reading
from runner.tui.widgets.term_card import TermCard
from runner.tui.widgets.text_pane import TextPane
from tests.tui.conftest import shown, until, until_shown

TEXT = """\
Make a room of your own, at [the docs](https://k8s.io).

```
kubectl create namespace basics
kubectl get ns
```

```
NAME     STATUS   AGE   LABELS
basics   Active   1s    kubernetes.io/metadata.name=basics
```

파드를 읽습니다.
"""


class Pages(LabgateBase):
    """A step's text, what it says was pressed, and what was copied."""

    def __init__(self, text: str = TEXT, glossary: Glossary = NO_GLOSSARY, **allowed: Any) -> None:
        super().__init__(None, "en")
        run = ["kubectl create namespace basics", "kubectl get ns"]
        self.step = Step.model_validate({"id": "s", "title": "A step", "text": text, "run": run})
        self.glossary = glossary
        self.allowed = {"by_hand": False, "locked": False, **allowed}
        self.told: list[tuple[str, str, str]] = []
        self.clipboards: list[str] = []

    def compose(self) -> Any:
        with TextPane(id="text"):
            yield Reading()

    def on_mount(self) -> None:
        self.query_one(Reading).show(self.step, 0, "", False, self.glossary)
        pane = self.query_one(TextPane)
        pane.explain(self.glossary)
        pane.allow([command.command for command in self.step.run], **self.allowed)
        pane.focus()

    def on_text_pane_pressed(self, message: TextPane.Pressed) -> None:
        self.told.append((message.anchor.kind, message.anchor.about, message.do))

    def copy_to_clipboard(self, text: str) -> None:
        self.clipboards.append(text)

    async def start_lab(self, *_: object) -> None: ...
    async def to_requirements(self, *_: object) -> None: ...
    async def leave_lab(self) -> None: ...
    def lab_screen(self, *_: object) -> Any: ...


def place(app: Pages, words: str) -> tuple[int, int]:
    """Where words stand on the screen."""
    for y, line in enumerate(shown(app).splitlines()):
        if words in line:
            return line.index(words), y
    raise AssertionError(f"{words} is not on the screen:\n{shown(app)}")


async def drag(pilot: Pilot[Any], start: tuple[int, int], end: tuple[int, int]) -> None:
    await pilot.mouse_down(offset=start)
    await pilot.hover(offset=end)
    await pilot.mouse_up(offset=end)


async def test_tab_goes_through_all_that_can_be_pressed_and_then_on():
    app = Pages()
    async with app.run_test(size=(40, 24)) as pilot:
        await until_shown(pilot, "파드를 읽습니다.")
        pane, seen = app.query_one(TextPane), []
        for _ in range(4):
            await pilot.press("tab")
            assert pane.at is not None
            seen.append(pane.at.kind)
        assert seen == [Kind.LINK, Kind.COMMAND, Kind.COMMAND, Kind.OUTPUT]
        await pilot.press("shift+tab")
        assert pane.at is not None
        assert pane.at.about == "kubectl get ns"
        await pilot.press("escape")
        assert pane.at is None
        await pilot.press("tab", "tab", "tab", "tab", "tab")
        assert pane.at is None


async def test_a_command_says_what_can_be_done_with_it_and_nothing_moves():
    app = Pages()
    async with app.run_test(size=(60, 24)) as pilot:
        await until_shown(pilot, "파드를 읽습니다.")
        before = place(app, "파드를")
        await pilot.click(offset=place(app, "kubectl get ns"))
        await until_shown(pilot, "⏎ run   c put on the prompt   y copy")
        assert app.told == []  # a click goes there and no more
        assert place(app, "파드를") == before
        await pilot.press("enter", "c", "y")
        await until(pilot, lambda: len(app.told) == 3)
        await pilot.click(offset=place(app, "put on the prompt"))
        await until(pilot, lambda: len(app.told) == 4)
        assert app.told == [("command", "kubectl get ns", do) for do in ("run", "insert", "copy", "insert")]


async def test_what_is_no_command_of_the_step_is_not_run():
    app = Pages("```sh\nrm -r folder\n```")
    async with app.run_test(size=(60, 24)) as pilot:
        await until_shown(pilot, "$ rm -r folder")
        await pilot.press("tab")
        await until_shown(pilot, "⏎ put on the prompt   y copy")
        await pilot.press("r", "enter")
        await until(pilot, lambda: app.told)
        assert app.told == [("command", "rm -r folder", "insert")]


async def test_of_a_locked_step_commands_are_copied_and_no_more():
    app = Pages(locked=True)
    async with app.run_test(size=(60, 24)) as pilot:
        await until_shown(pilot, "파드를 읽습니다.")
        await pilot.press("tab", "tab")
        await until_shown(pilot, "⏎ copy")
        await pilot.press("r", "c", "enter")
        await until(pilot, lambda: app.told)
        assert app.told == [("command", "kubectl create namespace basics", "copy")]


async def test_output_that_is_cut_can_be_opened_by_click_and_key():
    app = Pages()
    async with app.run_test(size=(40, 24)) as pilot:
        await until_shown(pilot, "파드를 읽습니다.")
        await pilot.click(offset=place(app, "basics   Active"))
        await until(pilot, lambda: app.told)
        kind, about, do = app.told[0]
        assert (kind, do) == ("output", "open")
        assert "metadata.name=basics" in about
        await pilot.press("enter")
        await until(pilot, lambda: len(app.told) == 2)


async def test_text_is_copied_by_dragging_once():
    app = Pages()
    async with app.run_test(size=(60, 24)) as pilot:
        await until_shown(pilot, "파드를 읽습니다.")
        x, y = place(app, "NAME     STATUS")
        await drag(pilot, (x, y), (x + 14, y))
        await until(pilot, lambda: app.clipboards)
        assert app.clipboards == ["NAME     STATUS"]
        await drag(pilot, (x, y), (x + 5, y + 1))
        await until(pilot, lambda: len(app.clipboards) == 2)
        assert app.clipboards[1] == "NAME     STATUS   AGE   LABELS\n▏basics"
        await pilot.press("ctrl+c")
        await until(pilot, lambda: len(app.clipboards) == 3)
        assert app.clipboards[2] == app.clipboards[1]


async def test_wide_letters_are_copied_whole():
    app = Pages()
    async with app.run_test(size=(60, 24)) as pilot:
        await until_shown(pilot, "파드를 읽습니다.")
        _, y = place(app, "파드를")
        x = place(app, "Make")[0]
        await drag(pilot, (x, y), (x + 5, y))
        await until(pilot, lambda: app.clipboards)
        assert app.clipboards == ["파드를"]


async def test_two_clicks_take_a_word_and_three_the_line():
    app = Pages()
    async with app.run_test(size=(60, 24)) as pilot:
        await until_shown(pilot, "파드를 읽습니다.")
        await pilot.click(offset=place(app, "room"), times=2)
        await until(pilot, lambda: app.clipboards)
        assert app.clipboards[-1] == "room"
        await pilot.click(offset=place(app, "room"), times=3)
        await until(pilot, lambda: app.clipboards[-1].startswith("Make a room of"))


WORDS = Glossary.model_validate(
    {
        "terms": [
            {
                "name": {"en": "Pod", "ko": "파드"},
                "aliases": ["pod"],
                "definition": {"en": "What *runs*.", "ko": "실행됩니다."},
            }
        ]
    }
)


async def test_a_term_is_explained_by_key_and_click_and_its_card_goes():
    app = Pages("A pod runs.\n\nAnother pod.", glossary=WORDS)
    async with app.run_test(size=(60, 24)) as pilot:
        await until_shown(pilot, "A pod runs.")
        await pilot.press("tab", "enter")
        await until_shown(pilot, "What runs.")
        await pilot.press("enter")
        await until(pilot, lambda: not app.query(TermCard))
        x, y = place(app, "A pod runs.")
        await pilot.click(offset=(x + 2, y))
        await until_shown(pilot, "What runs.")
        await pilot.press("escape")
        await until(pilot, lambda: not app.query(TermCard))
        await pilot.click(offset=(x + 2, y))
        await until_shown(pilot, "What runs.")
        await pilot.click(offset=(50, 20))
        await until(pilot, lambda: not app.query(TermCard))
        await pilot.click(offset=place(app, "Another pod."))
        await pilot.pause(0.2)
        assert not app.query(TermCard)  # the first use only


async def test_a_term_s_card_tells_its_english_name_to_a_korean():
    app = Pages("파드가 실행됩니다", glossary=WORDS)
    app.language = "ko"
    async with app.run_test(size=(60, 8)) as pilot:
        await until_shown(pilot, "파드가")
        await pilot.press("tab", "enter")
        await until_shown(pilot, "파드  Pod")


async def test_wide_output_scrolls_sideways_and_is_copied_whole():
    app = Pages()
    line = "".join(f"column{number:<10}" for number in range(20))
    async with app.run_test(size=(60, 24)) as pilot:
        await until_shown(pilot, "파드를 읽습니다.")
        app.push_screen(WidePage(f"NAME\n{line}"))
        await until_shown(pilot, "Sample output")
        assert "column5" not in shown(app)
        await pilot.press("right", "right")
        await until_shown(pilot, "column5")
        await pilot.press("y")
        await until(pilot, lambda: app.clipboards)
        assert app.clipboards == [f"NAME\n{line}"]
        await pilot.press("escape")
        await until_shown(pilot, "파드를 읽습니다.")
