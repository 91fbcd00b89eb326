"""Before the first command: the cluster is opened, and what the lab requires is looked at, one after the other."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual import work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import Screen
from textual.widgets import Static

from checks.base import CannotRead, Outcome, Verdict
from runner.session.requirements import blocks
from runner.session.trust import Consent, consent
from runner.tui.key_labels import key
from runner.tui.screens.confirm import ConfirmScreen
from runner.tui.screens.once import Once
from runner.tui.spoken import Spoken
from runner.tui.widgets.key_bar import KeyBar
from runner.tui.widgets.requirement import Requirement
from runner.tui.widgets.top_line import TopLine
from runner.words import Phrase, UserError, phrase

if TYPE_CHECKING:
    from runner.session.visit import Visit


class PreflightScreen(Spoken, Once, Screen[None]):
    """Ends in the lab, or back where one came from. `auto`: goes straight on where everything holds.

    `trusted`: the person has said yes to the lab's commands already.
    """

    CSS_PATH = Path(__file__).with_name("preflight.tcss")
    BINDINGS: ClassVar[list[BindingType]] = [
        key("enter", "start", phrase("Start the lab")),
        key("r", "retry", phrase("Look again")),
        key("escape,q", "back", phrase("Back")),
        key("up,k", "scroll(-1)", phrase("Up"), show=False),
        key("down,j", "scroll(1)", phrase("Down"), show=False),
    ]

    def __init__(self, visit: Visit, auto: bool = False, trusted: bool = False) -> None:
        super().__init__()
        self.visit, self.auto, self._trusts = visit, auto, trusted
        self._outcomes: list[Outcome] = []
        self._state = "asking"  # asking, looking, stopped (by an error), looked, leaving

    def compose(self) -> ComposeResult:
        yield TopLine()
        yield Static(id="about")
        yield VerticalScroll(id="items", can_focus=False)
        yield Static(id="next")
        yield KeyBar()

    def on_mount(self) -> None:
        self.action_retry()

    def action_retry(self) -> None:
        """Ask where that is to be done (again), then open the cluster where it isn't, and look at everything anew."""
        asked = None if self._trusts else consent(self.visit.lab)
        if asked is None or asked.given:
            self._look_anew()
            return
        question = phrase("This lab is not one of Labgate's own. Do you trust it?")
        more = _about(asked)
        lines = [f"$ {line}" for line in asked.lines]
        for name, content in asked.files:
            heading = self.say(phrase("The lab's file {name}:", name=name))
            lines.append(f"\n{heading}\n{content}")
        if asked.others:
            also = phrase("A yes is also for the folder's other files: {count}", count=asked.others)
            lines.append(f"\n{self.say(also)}")
        asking = ConfirmScreen(question, more, yes=phrase("Yes, run them"), lines=lines, careful=True)
        self.app.push_screen(asking, lambda yes: self._answered(asked, yes))

    def _answered(self, asked: Consent, yes: bool | None) -> None:
        if yes:
            asked.give()
            self._look_anew()
        else:
            self.dismiss()

    # looking

    def _look_anew(self) -> None:
        self._outcomes.clear()
        self._now("looking")
        self._look()

    @work(exclusive=True)
    async def _look(self) -> None:
        items = self.query_one("#items", VerticalScroll)
        await items.remove_children()
        waiting = Requirement(self._opening())
        await items.mount(waiting)
        try:
            target = await self.visit.arrive()
            waiting.judged(Outcome(Verdict.PASSED, self._opened(), phrase("{server}", server=target.server)))
            waiting = Requirement(phrase("Looking at what the lab needs…"))
            await items.mount(waiting)
            async for outcome in self.visit.examine():
                self._outcomes.append(outcome)
                await items.mount(Requirement.of(outcome), before=waiting)
            await waiting.remove()
        except (UserError, CannotRead) as problem:
            self._stop(waiting, problem.message)
            return
        except OSError as error:  # a data folder that can't be written to
            self._stop(waiting, phrase("{reason}", reason=error))
            return
        self._now("looked")
        if self.auto and all(outcome.verdict.holds for outcome in self._outcomes):
            self.action_start()

    def _stop(self, waiting: Requirement, why: Phrase) -> None:
        waiting.failed(self._opened(), why)
        self._now("stopped")

    def _opening(self) -> Phrase:
        place = self.visit.place
        if place.practice:
            return phrase("Starting the practice cluster…")
        return phrase("Reaching the cluster {context}…", context=place.context)

    def _opened(self) -> Phrase:
        place = self.visit.place
        return (
            phrase("Practice cluster")
            if place.practice
            else phrase("Cluster {context}", context=place.context)
        )

    # going on

    @property
    def ready(self) -> bool:
        """Everything was looked at, and nothing keeps the lab from starting."""
        return self._state == "looked" and not any(blocks(outcome) for outcome in self._outcomes)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Enter starts what can start; while it is being looked at there is nothing to look at again."""
        if action == "start":
            return self.ready
        if action == "retry":
            return self._state in ("stopped", "looked")
        if action == "back":  # a shell that is being opened can't be left half-way
            return self._state != "leaving"
        return True

    def action_start(self) -> None:
        """Into the lab. The app's own worker does it: this screen, and its workers, end meanwhile."""
        if self.ready:
            self._now("leaving")
            self.app.run_worker(self._start())

    async def _start(self) -> None:
        await self.app.start_lab(self.visit)
        if self.is_attached and self.is_current:  # it was told why it can't be
            self._now("looked")

    async def action_back(self) -> None:
        """Close what was opened, and go back."""
        self.workers.cancel_node(self)
        self._now("leaving")
        await self.visit.close()
        self.dismiss()

    def action_scroll(self, lines: int) -> None:
        self.query_one("#items").scroll_relative(y=lines, animate=False)

    def on_click(self, event: object) -> None:
        if getattr(event, "widget", None) is self.query_one("#next"):
            self.action_start()

    # words

    def _now(self, state: str) -> None:
        self._state = state
        self.refresh_bindings()
        self.respeak()

    def respeak(self) -> None:
        self.query_one(TopLine).show(self.text(self.visit.lab.title))
        self.query_one("#about", Static).update(Content(self.say(_ABOUT)))
        follows = self.query_one("#next", Static)
        words, kind = self._told()
        follows.update(Content(f" {self.say(words)} "))
        for each in ("-ready", "-warning", "-error"):
            follows.set_class(each == kind, each)

    def _told(self) -> tuple[Phrase, str]:
        """What the last line says, and its kind."""
        if self._state == "leaving":
            return phrase("One moment…"), ""
        if self.ready and all(outcome.verdict.holds for outcome in self._outcomes):
            return phrase("⏎ Everything is there. Start the lab"), "-ready"
        if self.ready:
            return phrase("⏎ Something may run short. Start the lab anyway"), "-warning"
        if self._state in ("stopped", "looked"):
            return phrase("The lab can't start yet. Mend what is marked, then press r"), "-error"
        return phrase("Nothing of the lab has been run yet."), ""


_ABOUT = phrase("Before the lab starts")


def _about(asked: Consent) -> Phrase:
    """What the lab brings, above the commands that it runs."""
    folder, programs = asked.lab.folder, asked.programs
    if not programs:
        return phrase("It is in {folder}. It will run these commands as you, on this machine:", folder=folder)
    if not asked.lines:
        return phrase(
            "It is in {folder}, and brings programs of its own, for the practice cluster: {programs}. "
            "They run as you, on this machine, where a command of that name is typed.",
            folder=folder,
            programs=programs,
        )
    return phrase(
        "It is in {folder}, and brings programs of its own, for the practice cluster: {programs}. "
        "It will run these commands as you, on this machine:",
        folder=folder,
        programs=programs,
    )
