"""A step's text with its help, its questions and its console; a check explained; the page at the end."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from rich.cells import cell_len
from textual.app import App
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget
from textual.widgets import Button, Input

from checks.quiz import Quiz
from runner.labs.load import load
from runner.labs.model import Console, Step
from runner.session.consoles import ConsoleState
from runner.tui.widgets.console import ConsoleCard
from runner.tui.widgets.quiz_question import QuizCard
from runner.tui.widgets.reading_pane import Reading
from runner.tui.widgets.text_pane import TextPane
from runner.words import phrase
from tests.tui.conftest import shown, until, until_shown


class Alone(App[None]):
    """Widgets below each other as in a step, and the messages that they post."""

    CSS = "Screen { background: $background; }"
    language = reactive("en")

    def __init__(self, *widgets: Widget, fill: Callable[[], object] = lambda: None) -> None:
        super().__init__()
        self.widgets, self.fill, self.told = widgets, fill, list[Message]()

    def compose(self) -> Any:
        with TextPane(id="text"):
            yield from self.widgets

    def on_mount(self) -> None:
        self.fill()

    def on_text_pane_pressed(self, message: Message) -> None:
        self.told.append(message)

    on_quiz_card_answered = on_text_pane_pressed
    on_console_card_open = on_console_card_copy_address = on_console_card_forward = on_text_pane_pressed
    on_console_card_seen = on_text_pane_pressed


def step(**more: Any) -> Step:
    text = {"en": "Read **this**.\n\n```\nkubectl get all\n```", "ko": "**이것**을 읽으세요."}
    given = {"id": "s", "title": {"en": "A step", "ko": "단계"}, "text": text, "run": ["kubectl get ns"]}
    hints = ({"en": "Look.", "ko": "보세요."}, "Look again.")
    return Step.model_validate({**given, "hints": hints, "learnt": "Reading helps.", **more})


# reading


async def test_what_is_shown_of_a_step_grows_as_the_learner_asks_and_passes():
    reading, a_step = Reading(), step()
    app = Alone(reading, fill=lambda: reading.show(a_step, 0, "", False))
    async with app.run_test(size=(60, 30)) as pilot:
        await until_shown(pilot, "kubectl get all")
        assert reading.latest is None
        assert "Hint" not in shown(app)
        reading.show(a_step, 1, "", False)
        await until_shown(pilot, "Hint 1 of 2")
        assert "Look again." not in shown(app)
        reading.show(a_step, 2, "shown", False)
        await until_shown(pilot, "kubectl get ns")
        await until_shown(app, "Look again.")
        assert reading.latest is reading.query_one("#solution")
        reading.show(a_step, 2, "typed", True)
        await until_shown(pilot, "Solution, typed for you")
        await until_shown(pilot, "✓ Learnt")
        await until_shown(pilot, "Reading helps.")
        reading.show(step(id="t", text="Another."), 0, "", False)
        await until_shown(pilot, "Another.")
        await until(pilot, lambda: "Learnt" not in shown(app))
        for gone in ("Hint", "Solution", "Learnt"):
            assert gone not in shown(app)


async def test_a_hint_leaves_the_text_where_it_is_and_can_be_brought_into_view():
    reading, a_step = Reading(), step(text="\n\n".join(f"Paragraph {n}." for n in range(40)))
    app = Alone(reading, fill=lambda: reading.show(a_step, 0, "", False))
    async with app.run_test(size=(60, 10)) as pilot:
        await until_shown(pilot, "Paragraph 3.")
        text = app.query_one("#text")
        text.scroll_to(y=12, animate=False)
        await until_shown(pilot, "Paragraph 6.")
        reading.show(a_step, 2, "", False)
        await until(pilot, lambda: reading.latest is not None and reading.latest.size.height)
        assert text.scroll_y == 12
        text.scroll_to_widget(reading.latest, animate=False)
        await until_shown(pilot, "Look again.")


async def test_a_link_opens_nothing_by_itself_and_is_told_by_click_and_key():
    reading = Reading()
    a_step = step(text="See [the docs](https://istio.io/x).", hints=[], learnt=None)
    app = Alone(reading, fill=lambda: reading.show(a_step, 0, "", False))
    async with app.run_test(size=(60, 10)) as pilot:
        await until_shown(pilot, "See the docs ‹https://istio.io/x›.")
        await pilot.click(Reading, offset=(6, 3))
        await until(pilot, lambda: app.told)
        await pilot.press("escape", "tab", "enter")
        await until(pilot, lambda: len(app.told) == 2)
        for message in app.told:
            assert isinstance(message, TextPane.Pressed)
            assert message.anchor.about == "https://istio.io/x"
            assert message.do == "open"


async def test_the_text_can_be_selected_and_copied():
    reading = Reading()
    app = Alone(reading, fill=lambda: reading.show(step(), 0, "", False))
    async with app.run_test(size=(60, 20)) as pilot:
        await until_shown(pilot, "kubectl get all")
        y = next(at for at, line in enumerate(shown(app).splitlines()) if "kubectl get all" in line)
        await pilot.mouse_down(Reading, offset=(1, y))
        await pilot.hover(Reading, offset=(16, y))
        await pilot.mouse_up(Reading, offset=(16, y))
        await until(pilot, app.screen.get_selected_text)
        assert app.screen.get_selected_text().strip() == "kubectl get all"


async def test_the_language_changes_text_and_help():
    reading = Reading()
    app = Alone(reading, fill=lambda: reading.show(step(), 1, "", False))
    async with app.run_test(size=(60, 20)) as pilot:
        await until_shown(pilot, "Look.")
        app.language = "ko"
        await until_shown(pilot, "읽으세요.")
        await until_shown(app, "보세요.")
        assert "Look." not in shown(app)
        assert "Hint" not in shown(app)


@pytest.mark.parametrize("width", [48, 60, 80])
@pytest.mark.parametrize("language", ["en", "ko"])
async def test_the_long_table_of_the_first_lab_can_be_read(width, language):
    lab = load(Path("labs/istio-install"), {"arch": "x86_64"})
    reading = Reading()
    app = Alone(reading, fill=lambda: reading.show(lab.step("mesh"), 0, "", False))
    app.set_reactive(Alone.language, language)
    async with app.run_test(size=(width, 120)) as pilot:
        await until_shown(pilot, "API Gateway" if language == "ko" else "API gateway")
        lines = shown(app).splitlines()
        assert all(cell_len(line) <= width for line in lines)
        words = "로드 밸런싱 알고리즘" if language == "ko" else "Load balancing"
        await until_shown(app, words.split(maxsplit=1)[0])


async def test_showing_a_step_asks_little_of_the_screen():
    """One widget for a page, whatever is on it: what makes showing a long step quick."""
    lab = load(Path("labs/istio-install"), {"arch": "x86_64"})
    reading = Reading()
    app = Alone(reading)
    async with app.run_test(size=(60, 50)) as pilot:
        await pilot.pause(0.05)
        reading.show(lab.step("mesh"), 0, "", False)
        await until_shown(pilot, "What a service mesh does")
        assert len(list(reading.walk_children())) <= 5


# questions

CHOICES = [
    {"id": "a", "text": {"en": "Apple [red]", "ko": "사과"}, "correct": True},
    {"id": "b", "text": {"en": "Stone", "ko": "돌"}},
    {"id": "c", "text": {"en": "Cherry", "ko": "체리"}, "correct": True},
]
SEVERAL = Quiz.model_validate(
    {
        "quiz": {"en": "Which are fruits?", "ko": "과일은?"},
        "id": "q",
        "choices": CHOICES,
        "explain": "They grow.",
    }
)
ONE = Quiz.model_validate({"quiz": "Which one?", "id": "one", "choices": CHOICES[:2]})
WRITTEN = Quiz.model_validate(
    {"quiz": "이름은?", "id": "name", "answer": "쿠버네티스|kubernetes", "example": "쿠버네티스"}
)


async def test_several_answers_are_marked_by_number_arrow_and_space():
    card = QuizCard(SEVERAL)
    app = Alone(card)
    async with app.run_test(size=(60, 20)) as pilot:
        await until_shown(pilot, "3 [ ] Cherry")
        await until_shown(app, "1 [ ] Apple [red]")
        card.focus()
        await pilot.press("1", "j", "down", "space")
        await until_shown(pilot, "3 [x] Cherry")
        await pilot.press("2", "2", "enter")
        await until(pilot, lambda: app.told)
        assert (app.told[0].question, app.told[0].answer) == ("q", ("a", "c"))  # type: ignore[attr-defined]


async def test_of_one_answer_the_last_choice_counts():
    card = QuizCard(ONE)
    app = Alone(card)
    async with app.run_test(size=(60, 20)) as pilot:
        await until_shown(pilot, "2 ( ) Stone")
        await pilot.click(QuizCard, offset=(12, 4))
        await until_shown(pilot, "2 (•) Stone")
        await pilot.press("ㅏ", "enter")  # up, with Hangul switched on
        await until(pilot, lambda: app.told)
        assert app.told[0].answer == ("a",)  # type: ignore[attr-defined]


async def test_a_wrong_answer_is_said_to_be_wrong_and_may_be_changed():
    card = QuizCard(SEVERAL)
    app = Alone(card, fill=lambda: card.show(("b",), False))
    async with app.run_test(size=(60, 20)) as pilot:
        await until_shown(pilot, "✗ Not right yet: that is too few")
        card.show(("a", "b"), False)
        await until_shown(pilot, "✗ Not right yet. Change it")
        card.focus()
        await pilot.press("2", "3")
        await until(pilot, lambda: "✗" not in shown(app))
        card.show(("a", "b"), False)  # drawn anew meanwhile: what is marked stays
        await pilot.press("enter")
        await until(pilot, lambda: app.told)
        assert app.told[0].answer == ("a", "c")  # type: ignore[attr-defined]


async def test_how_many_are_right_is_told_where_the_author_allows_it():
    card = QuizCard(SEVERAL.model_copy(update={"tell_count": True}))
    app = Alone(card, fill=lambda: card.show(("b",), False))
    async with app.run_test(size=(60, 20)) as pilot:
        await until_shown(pilot, "1 chosen, 2 are right")
        card.show(("a", "b"), False)
        await until_shown(pilot, "✗ Not right yet. Change it")


async def test_an_explanation_of_several_paragraphs_is_shown_whole():
    card = QuizCard(
        SEVERAL.model_copy(update={"explain": {"en": "They grow.\n\n- on trees\n\n```\nls\n```"}})
    )
    app = Alone(card, fill=lambda: card.show(("a", "c"), True))
    async with app.run_test(size=(60, 20)) as pilot:
        await until_shown(pilot, "Right. They grow.")
        await until_shown(app, "• on trees")
        await until_shown(app, "▏ls")


async def test_a_right_answer_folds_the_card_and_explains():
    card = QuizCard(SEVERAL)
    app = Alone(card, fill=lambda: card.show((), False))
    async with app.run_test(size=(60, 20)) as pilot:
        await until_shown(pilot, "Choose all correct answers")
        card.focus()
        card.show(("a", "c"), True)
        await until_shown(pilot, "Right. They grow.")
        await until_shown(app, "• Cherry")
        assert "Stone" not in shown(app)
        await until(pilot, lambda: not card.has_focus_within)
        assert not card.can_focus


async def test_an_answer_is_written_in_any_script():
    card = QuizCard(WRITTEN)
    app = Alone(card)
    async with app.run_test(size=(60, 20)) as pilot:
        await until_shown(pilot, "Write your answer")
        card.focus()
        await until(pilot, lambda: card.query_one(Input).has_focus)
        await pilot.press(*"쿠버네티스", "enter")
        await until(pilot, lambda: app.told)
        assert app.told[0].answer == ("쿠버네티스",)  # type: ignore[attr-defined]
        card.show(("쿠버네티스",), True)
        await until_shown(pilot, "Right.")
        await until_shown(app, "쿠버네티스")
        assert not card.query_one(Input).display


async def test_a_written_answer_that_is_wrong_stays_to_be_changed():
    card = QuizCard(WRITTEN)
    app = Alone(card, fill=lambda: card.show(("docker",), False))
    async with app.run_test(size=(60, 20)) as pilot:
        await until_shown(pilot, "✗ Not right yet.")
        card.focus()
        await pilot.press("end", "x")
        await until(pilot, lambda: "✗" not in shown(app))
        await pilot.press("escape")
        await until(pilot, lambda: app.focused is app.query_one("#text"))


async def test_a_question_follows_the_language_and_keeps_what_is_marked():
    card = QuizCard(SEVERAL)
    app = Alone(card)
    async with app.run_test(size=(60, 20)) as pilot:
        await until_shown(pilot, "Which are fruits?")
        card.focus()
        await pilot.press("3")
        app.language = "ko"
        await until_shown(pilot, "3 [x] 체리")
        await until_shown(app, "과일은?")


# the console

KIALI = Console.model_validate(
    {"service": "kiali", "in": "istio-system", "port": 20001, "title": "Kiali [b]"}
)


@pytest.mark.parametrize(
    ("state", "words", "buttons"),
    [
        (
            ConsoleState("http://10.0.0.1:20001/", "external"),
            "by its external address",
            ["open", "copy", "seen"],
        ),
        (
            ConsoleState("http://127.0.0.1:9/", "forward", forwardable=True),
            "keeps open",
            ["open", "copy", "seen"],
        ),
        (ConsoleState(why=phrase("Not yet."), forwardable=True), "Not yet.", ["forward"]),
        (ConsoleState(why=phrase("No Service.")), "No Service.", []),
        (ConsoleState(), "Looking for its address", []),
    ],
)
async def test_the_console_says_where_it_is_or_why_nowhere(state, words, buttons):
    card = ConsoleCard()
    app = Alone(card, fill=lambda: card.show(KIALI, state))
    async with app.run_test(size=(60, 20)) as pilot:
        await until_shown(pilot, words)
        await until_shown(app, "Kiali [b]")
        await until_shown(app, state.url)
        offered = [button for button in card.query(Button) if button.display]
        assert [button.name for button in offered] == buttons
        for button in offered:
            await pilot.click(f".{button.name}")
        await until(pilot, lambda: len(app.told) == len(buttons))
        names = {"open": "Open", "copy": "CopyAddress", "seen": "Seen", "forward": "Forward"}
        assert [type(told).__name__ for told in app.told] == [names[each] for each in buttons]


async def test_the_console_speaks_the_language():
    card = ConsoleCard()
    app = Alone(card, fill=lambda: card.show(KIALI, ConsoleState()))
    async with app.run_test(size=(60, 20)) as pilot:
        await until_shown(pilot, "Looking for its address")
        app.language = "ko"
        await until_shown(pilot, "주소를 찾고 있습니다")


# pages
