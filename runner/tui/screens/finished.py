"""The end of a lab: each step with its time and the help taken, what was learned, and what now."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, ClassVar

from textual import work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.screen import Screen
from textual.style import Style
from textual.worker import get_current_worker

from runner.session.attempt_summary import AttemptSummary, StepSummary
from runner.session.session_texts import bonus_tag, clock, minutes_spent
from runner.tui.key_labels import key
from runner.tui.screen_text import safe
from runner.tui.screens.export_screen import ExportScreen
from runner.tui.screens.once import Once
from runner.tui.spoken import Spoken
from runner.tui.widgets.block_page import Page
from runner.tui.widgets.key_bar import KeyBar
from runner.tui.widgets.prose import inline, prose
from runner.tui.widgets.rows import BLANK, Block, OneLine, Row
from runner.tui.widgets.step_list import MARKS, STYLES
from runner.tui.widgets.top_line import TopLine
from runner.words import Phrase, phrase

if TYPE_CHECKING:
    from runner.session.lab_catalogue import Listed

_DIM = "$foreground 65%"


class FinishedScreen(Spoken, Once, Screen[str]):
    """Dismissed with "next" (the next lab is in `next_lab`), "leave", "clean-up", "bonus" or "stay"."""

    DEFAULT_CSS = """
    FinishedScreen #page { height: 1fr; }
    FinishedScreen #result { width: 1fr; max-width: 100; height: 1fr; }
    FinishedScreen #after { width: 1fr; height: 1fr; }
    FinishedScreen VerticalScroll { height: 1fr; padding: 0 1; }
    FinishedScreen Page { height: auto; padding-right: 1; }
    FinishedScreen.-narrow #page { layout: vertical; overflow-y: auto; padding: 0; }
    FinishedScreen.-narrow #result, FinishedScreen.-narrow #after { width: 100%; height: auto; }
    FinishedScreen.-narrow VerticalScroll { height: auto; }
    """
    AUTO_FOCUS = "#result VerticalScroll"
    BINDINGS: ClassVar[list[BindingType]] = [
        key("enter", "choose('next')", phrase("Next lab")),
        key("x", "export", phrase("Export")),
        key("escape,s", "choose('stay')", phrase("Back to the lab")),
        key("b", "choose('bonus')", phrase("Bonus steps")),
        key("c", "choose('clean-up')", phrase("Clean up")),
        key("q,enter", "choose('leave')", phrase("Labs")),
        key("up,k", "scroll(-1)", phrase("Up"), show=False),
        key("down,j", "scroll(1)", phrase("Down"), show=False),
    ]

    def __init__(self, ended: AttemptSummary) -> None:
        super().__init__()
        self._ended = ended
        self.next_lab: Listed | None = None

    def compose(self) -> ComposeResult:
        yield TopLine()
        with Horizontal(id="page"):
            with Vertical(id="result", classes="framed"), VerticalScroll():
                yield Page(id="score")
                yield Page(id="steps-done")
            with Vertical(id="after", classes="framed"), VerticalScroll(can_focus=False):
                yield Page(id="what-now")
                yield Page(id="debrief")
                yield Page(id="learnt")
        yield KeyBar()

    def on_mount(self) -> None:
        self._look_for_the_next()

    @work(thread=True)
    def _look_for_the_next(self) -> None:
        from runner.session.course_progress import next_after
        from runner.session.lab_catalogue import listed

        found, worker = next_after(self._ended.lab.id, listed()), get_current_worker()
        if not worker.is_cancelled:
            self.app.call_from_thread(self._found, found)

    def _found(self, following: Listed | None) -> None:
        self.next_lab = following
        self.refresh_bindings()
        self.respeak()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        match parameters:
            case ("clean-up",):
                return self._ended.lab.cleanup is not None
            case ("bonus",):
                return self._has_bonus
            case ("next",):
                return self.next_lab is not None
        return True

    @property
    def _has_bonus(self) -> bool:
        return any(step.optional and not step.passed for step in self._ended.steps)

    def action_choose(self, choice: str) -> None:
        self.dismiss(choice)

    def action_export(self) -> None:
        """Let the learner take along what they did."""
        self.app.push_screen(ExportScreen(self._ended))

    def action_scroll(self, lines: int) -> None:
        where = "#page" if self.has_class("-narrow") else "#result VerticalScroll"
        self.query_one(where).scroll_relative(y=lines, animate=False)

    # words

    def respeak(self) -> None:
        ended = self._ended
        self.query_one(TopLine).show(safe(self.text(ended.title)), safe(ended.cluster))
        self.query_one("#result").border_title = Content(f"✓ {self.translate(phrase('Lab finished'))}")
        self.query_one("#after").border_title = Content(self.translate(phrase("What now?")))
        self.query_one("#score", Page).show(self._result())
        self.query_one("#steps-done", Page).show(self._steps())
        self.query_one("#what-now", Page).show(self._what_now())
        self.query_one("#debrief", Page).show(self._looked_back())
        self.query_one("#learnt", Page).show(self._kept() if ended.learnt else ())

    def _result(self) -> Iterator[Block]:
        score = self._ended.score
        yield Row(Content.styled(safe(self.text(self._ended.title)), "bold $success"))
        yield BLANK
        yield self._fact(phrase("Steps"), f"{score.steps_passed}/{score.steps_total}")
        yield self._fact(phrase("Points"), f"{score.points}/{score.points_total}")
        took = minutes_spent(self._ended.seconds, self._ended.minutes)
        yield self._fact(phrase("Time spent"), self.translate(took))
        yield self._fact(phrase("Help taken"), self.translate(self._help_used()))

    def _fact(self, name: Phrase, value: str) -> Row:
        width = max(Content(self.translate(each)).cell_length for each in _FACTS) + 2
        label = Content.styled(self.translate(name), _DIM)
        return Row(Content.styled(value, "bold"), label.pad_right(width - label.cell_length))

    def _help_used(self) -> Phrase:
        ended = self._ended
        if not (ended.hints or ended.solutions):
            return phrase("none")
        return phrase("Hints: {hints} · solutions: {solutions}", hints=ended.hints, solutions=ended.solutions)

    def _steps(self) -> Iterator[Block]:
        yield BLANK
        yield Row(Content.styled(self.translate(phrase("Steps")), "bold $secondary"))
        yield from map(self._step, self._ended.steps)

    def _step(self, step: StepSummary) -> OneLine:
        mark = Content.assemble((MARKS[step.state], STYLES[step.state]), (f" {step.number:>2}  ", _DIM))
        return OneLine(Content(safe(self.text(step.title))), mark, Content.styled(self._effort(step), _DIM))

    def _effort(self, step: StepSummary) -> str:
        """The help taken and the time, at the right end of a step's line."""
        parts = []
        if tag := bonus_tag(step.title, step.optional, self.language):
            parts.append(tag)
        if step.skipped:
            parts.append(self.translate(phrase("done for you")))
        elif step.solution:
            parts.append(self.translate(phrase("solution")))
        if step.hints:
            parts.append(self.translate(phrase("hints: {count}", count=step.hints)))
        if step.seconds >= 1:
            parts.append(f"{clock(step.seconds):>5}")
        return " · ".join(parts)

    def _looked_back(self) -> Iterator[Block]:
        if self._ended.lab.debrief is None:
            return
        yield BLANK
        yield Row(Content.styled(self.translate(phrase("Looking back")), "bold $secondary"))
        yield from prose(self.text(self._ended.lab.debrief))

    def _kept(self) -> Iterator[Block]:
        yield BLANK
        yield Row(Content.styled(self.translate(phrase("What you learned")), "bold $secondary"))
        for each in self._ended.learnt:
            yield Row(inline(self.text(each)), Content.styled("• ", "$success"))

    def _what_now(self) -> Iterator[Block]:
        if self.next_lab is not None and self.next_lab.lab is not None:
            title = safe(self.text(self.next_lab.lab.title))
            yield self._offer("⏎", "next", phrase("Next lab: {title}", title=title))
        else:
            yield self._offer("⏎", "leave", phrase("Choose another lab"))
        if self._has_bonus:
            yield self._offer("b", "bonus", phrase("Go on with the bonus steps"))
        yield self._offer("x", "export", phrase("Export a report, or a certificate"))
        if self._ended.lab.cleanup is not None:
            yield self._offer("c", "clean-up", phrase("Remove what the lab created in the cluster"))
        yield self._offer("Esc", "stay", phrase("Stay in the lab and look around"))
        if self.next_lab is not None:
            yield self._offer("q", "leave", phrase("Choose another lab"))

    def _offer(self, name: str, choice: str, words: Phrase) -> Row:
        means = Style.from_meta({"act": choice})
        return Row(
            Content(self.translate(words)).stylize(means),
            Content.styled(f"{name:<5}", "bold $accent").stylize(means),
        )

    def on_page_pressed(self, event: Page.Pressed) -> None:
        act = event.meta.get("act")
        if act == "export":
            self.action_export()
        elif act:
            self.action_choose(act)


_FACTS = (phrase("Steps"), phrase("Points"), phrase("Time spent"), phrase("Help taken"))
