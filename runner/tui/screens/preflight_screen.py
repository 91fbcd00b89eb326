"""Before the first command: the cluster is opened, and what the lab requires is looked at, one after the other."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import aclosing, suppress
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual import work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from checks.base import CannotRead, Outcome, Verdict
from runner.labs.prerequisites import EarlierProblem, earlier
from runner.session.events import EarlierLab, EarlierStep
from runner.session.requirements import blocks
from runner.session.trust import Consent, consent
from runner.tui.key_labels import key
from runner.tui.screen_text import safe
from runner.tui.screens.confirm import ConfirmScreen
from runner.tui.screens.once import Once
from runner.tui.spoken import Spoken
from runner.tui.widgets.key_bar import KeyBar
from runner.tui.widgets.requirement import Requirement
from runner.tui.widgets.top_line import TopLine
from runner.words import Phrase, UserError, phrase

if TYPE_CHECKING:
    from runner.session.visit import Visit


SOON = 0.4
"""Seconds after which a way that is still under way is shown: a shorter one is none to be seen."""
ELSEWHERE = "elsewhere"


class PreflightScreen(Spoken, Once, ModalScreen[str]):
    """Ends in the lab, or back where one came from; dismissed with ELSEWHERE where another cluster is to be chosen.

    Where everything holds it goes on by itself and is no page: a small box over the page before says what is under way.
    It is a page from when there is something to read or to decide. `trusted`: the person has said yes to the lab's
    commands already. `elsewhere`: whether another cluster can be chosen.
    """

    CSS_PATH = Path(__file__).with_name("preflight.tcss")
    BINDINGS: ClassVar[list[BindingType]] = [
        key("enter", "start", phrase("Start the lab")),
        key("r", "retry", phrase("Look again")),
        key("p", "elsewhere", phrase("Another cluster")),
        key("escape,q", "back", phrase("Back")),
        key("up,k", "scroll(-1)", phrase("Up"), show=False),
        key("down,j", "scroll(1)", phrase("Down"), show=False),
    ]

    def __init__(self, visit: Visit, *, trusted: bool = False, elsewhere: bool = False) -> None:
        super().__init__()
        self.visit, self._trusts, self._elsewhere = visit, trusted, elsewhere
        self._outcomes: list[Outcome] = []
        self._state = "asking"  # asking, looking, bringing, stopped (by an error), looked, leaving

    @property
    def is_modal(self) -> bool:
        """Only the box is: on the page the program's own keys (help, language) work, too."""
        return self.has_class("-quiet")

    def compose(self) -> ComposeResult:
        yield TopLine()
        with Vertical(id="frame", classes="framed"):
            yield VerticalScroll(id="items", can_focus=False)
        yield Static(id="next")
        yield KeyBar()

    def on_mount(self) -> None:
        self.add_class("-quiet")
        self.set_timer(SOON, lambda: self.add_class("-seen"))
        self.action_retry()

    def action_retry(self) -> None:
        """Ask where that is to be done (again), then open the cluster where it isn't, and look at everything anew."""
        self._ask([each for each in self._consents() if not each.given])

    def _ask(self, consents: Sequence[Consent]) -> None:
        if not consents:
            self._look_anew()
            return
        asked = consents[0]
        question = phrase("This lab is not one of Labgate's own. Do you trust it?")
        if asked.lab is not self.visit.lab:
            question = phrase(
                "This lab continues {lab}, which is done first and does not come with Labgate. Do "
                "you trust it?",
                lab=asked.lab.id,
            )
        more = _about(asked)
        lines = [f"$ {line}" for line in asked.lines]
        for name, content in asked.files:
            heading = self.translate(phrase("The lab's file {name}:", name=name))
            lines.append(f"\n{heading}\n{content}")
        if asked.others:
            also = phrase(
                "Your consent also covers the other files in the folder: {count}", count=asked.others
            )
            lines.append(f"\n{self.translate(also)}")
        asking = ConfirmScreen(question, more, yes=phrase("Yes, run them"), lines=lines, careful=True)
        self.app.push_screen(asking, lambda yes: self._answered(consents, yes))

    def _consents(self) -> list[Consent]:
        """What there is to agree to: the lab, and on a practice cluster the labs before it, whose work is done first."""
        lab = self.visit.lab
        labs = [] if self._trusts else [lab]
        if self.visit.place.practice:
            with suppress(EarlierProblem):  # reported when their work is brought
                labs += earlier(lab)
        return [asked for each in labs if (asked := consent(each)) is not None]

    def _answered(self, consents: Sequence[Consent], yes: bool | None) -> None:
        if yes:
            consents[0].give()
            self._ask(consents[1:])
        else:
            self.dismiss("")

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
            if not self.blocked:
                await self._bring_earlier(items)
        except (UserError, CannotRead) as problem:
            self._stop(waiting, problem.message)
            return
        except OSError as error:  # a data folder that can't be written to
            self._stop(waiting, phrase("{reason}", reason=error))
            return
        except _NotBrought:
            self._now("stopped", page=True)
            return
        self._now("looked", page=not self._all_hold)
        if self._all_hold:
            self.action_start()

    async def _bring_earlier(self, items: VerticalScroll) -> None:
        """The work of the labs before this one is done, a line for each. Raises _NotBrought, and the line says why."""
        row: Requirement | None = None
        try:
            async with aclosing(self.visit.bring_earlier()) as events:
                async for event in events:
                    if row is None:
                        row = Requirement(_work_of(event.lab))
                        await items.mount(row)
                        row.scroll_visible(animate=False)
                        self._now("bringing", page=True)  # which takes its time, and wants a word why
                    if isinstance(event, EarlierStep):
                        row.at_work(
                            phrase("step {number} of {steps}", number=event.number, steps=event.steps)
                        )
                        continue
                    row.judged(Outcome(Verdict.PASSED, _work_of(event.lab), _brought(event)))
                    row = None
        except (UserError, CannotRead) as problem:
            if row is None:
                row = Requirement(_work_of(self.visit.lab.after or ""))
                await items.mount(row)
            row.failed(row.words, problem.message, phrase("could not be done"))
            raise _NotBrought from problem

    def _stop(self, waiting: Requirement, why: Phrase) -> None:
        waiting.failed(self._opened(), why)
        self._now("stopped", page=True)

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
    def blocked(self) -> bool:
        """Whether something that the lab requires is not there."""
        return any(blocks(outcome) for outcome in self._outcomes)

    @property
    def _all_hold(self) -> bool:
        return all(outcome.verdict.passes for outcome in self._outcomes)

    @property
    def ready(self) -> bool:
        """Everything was looked at, and nothing keeps the lab from starting."""
        return self._state == "looked" and not self.blocked

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Enter starts what can start; while it is being looked at there is nothing to look at again."""
        if action == "start":
            return self.ready
        if action == "retry":
            return self._state in ("stopped", "looked")
        if action == "elsewhere":
            return self._elsewhere and self._state in ("stopped", "looked")
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
        if self.is_attached and self.is_current:  # a message said why it can't be
            self._now("looked", page=True)

    async def action_back(self) -> None:
        """Close what was opened, and go back."""
        await self._leave("")

    async def action_elsewhere(self) -> None:
        """Close what was opened, and go to where the cluster is chosen."""
        await self._leave(ELSEWHERE)

    async def _leave(self, choice: str) -> None:
        self.workers.cancel_node(self)
        self._now("leaving")
        await self.visit.close()
        self.dismiss(choice)

    def action_scroll(self, lines: int) -> None:
        self.query_one("#items").scroll_relative(y=lines, animate=False)

    def on_click(self, event: object) -> None:
        if getattr(event, "widget", None) is self.query_one("#next"):
            self.action_start()

    # words

    def _now(self, state: str, *, page: bool = False) -> None:
        """`page`: there is something to read or to decide from now on."""
        self._state = state
        if page:
            self.remove_class("-quiet")
        self.refresh_bindings()
        self.respeak()

    def respeak(self) -> None:
        title = safe(self.text(self.visit.lab.title))
        self.query_one(TopLine).show(title)
        quiet = self.has_class("-quiet")
        self.query_one("#frame").border_title = Content(title if quiet else self.translate(_ABOUT))
        self.query_one("#frame").border_subtitle = Content(self.translate(_CANCEL) if quiet else "")
        follows = self.query_one("#next", Static)
        words, kind = self._last_line()
        follows.update(Content(f" {self.translate(words)} "))
        for each in ("-ready", "-warning", "-error"):
            follows.set_class(each == kind, each)

    def _last_line(self) -> tuple[Phrase, str]:
        """What the last line says, and its kind."""
        if self._state == "leaving":
            return phrase("One moment…"), ""
        if self._state == "bringing":
            return phrase("This lab continues an earlier one, which is done for you first."), ""
        if self.ready and self._all_hold:
            return phrase("⏎ Everything is there. Start the lab"), "-ready"
        if self.ready:
            return phrase("⏎ Something may be missing. Start the lab anyway"), "-warning"
        if self._state in ("stopped", "looked"):
            return phrase("The lab can't start yet. Fix what is marked, then press r"), "-error"
        return phrase("Nothing of the lab has been run yet."), ""


class _NotBrought(Exception):
    """An earlier lab's work could not be done."""


_ABOUT = phrase("Before the lab starts")
_CANCEL = phrase("Esc: back")


def _work_of(lab: str) -> Phrase:
    return phrase("The result of {lab}, which this lab continues", lab=lab)


def _brought(event: EarlierLab) -> Phrase:
    if event.there:
        return phrase("is on the cluster")
    return phrase("done for you, in {seconds} s", seconds=round(event.seconds))


def _about(asked: Consent) -> Phrase:
    """What the lab brings, above the commands that it runs."""
    folder, programs = asked.lab.folder, asked.programs
    if not programs:
        return phrase(
            "It is in {folder}. It will run these commands on this machine, with your permissions:",
            folder=folder,
        )
    if not asked.lines:
        return phrase(
            "It is in {folder}, and has its own programs for the practice cluster: {programs}. When "
            "you type a command of that name, they run on this machine with your permissions.",
            folder=folder,
            programs=programs,
        )
    return phrase(
        "It is in {folder}, and has its own programs for the practice cluster: {programs}. It will "
        "run these commands on this machine, with your permissions:",
        folder=folder,
        programs=programs,
    )
