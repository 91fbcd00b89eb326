"""A learner's run of a lab: they decide what to do when, and every step is verified continuously."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, AsyncIterator, Coroutine, Sequence
from contextlib import aclosing, suppress

from checks.base import Outcome
from checks.diagnosis.at_work import changes_something
from checks.quiz import Quiz
from runner.labs.model import Lab, Step
from runner.session.attempt_state import AttemptState
from runner.session.attempt_view import AttemptView
from runner.session.by_hand import command_by_hand
from runner.session.coach import Coach
from runner.session.coaching import Coaching, coaching
from runner.session.command_runner import Numbered
from runner.session.consoles import Consoles
from runner.session.events import (
    SETUP,
    CheckUpdated,
    CommandFinished,
    ConsoleOpened,
    Event,
    HintShown,
    OutputReceived,
    QuizAnswered,
    SkipTaken,
    SolutionShown,
    StepBroken,
    StepPassed,
    StepReached,
    StepReset,
    StepTried,
    StepUnlocked,
)
from runner.session.lab_change import lab_change
from runner.session.lab_runner import LabRunner
from runner.session.progress import NotRecorded
from runner.session.run_watch import watch_cluster, watch_shell
from runner.session.step_setup import StepPreparation
from runner.session.step_states import NotNow, SolutionHidden, StepLocked, TerminalTaken
from runner.session.step_watchers import StepWatchers
from runner.session.terminal_use import TerminalUse
from runner.session.unlock_policy import UnlockPolicy, in_order
from runner.shell import CommandEnd, Entered
from runner.words import phrase

_log = logging.getLogger(__name__)


class LearnerRun:
    """A lab, a learner and a cluster. Opened and closed by Visit; `events` has one consumer, and nothing waits for it.

    The actions return when what they do is done, emit it as events meanwhile, and raise NotNow in words.
    Every event is on record before it is emitted; `view` is what they come to.
    """

    def __init__(self, runner: LabRunner, consoles: Consoles, policy: UnlockPolicy = in_order) -> None:
        self.runner, self.consoles = runner, consoles
        self.shell, self.target = runner.shell, runner.judge.session.target
        self._policy = policy
        self._events: asyncio.Queue[Event] = asyncio.Queue()
        self._watchers = StepWatchers(runner.judge, self)
        self._use = TerminalUse()
        self._coach = Coach(self.shell)
        self._tasks: set[asyncio.Task[object]] = set()
        self._preparation = StepPreparation(runner.prepare, lambda: self.view, self._emit)
        self._closed = False

    @property
    def lab(self) -> Lab:
        """The lab, which a preview may replace."""
        return self.runner.lab

    @property
    def record(self) -> AttemptState:
        """What happened so far."""
        return self.runner.state

    @property
    def view(self) -> AttemptView:
        """The lab and what was done in it, as they are at this moment."""
        return AttemptView(self.lab, self.record, self._policy, self.runner.progress.seconds)

    def earlier(self, lines: int = 500) -> str:
        """The end of what the terminal showed on earlier visits, as plain text; "" if there were none."""
        return self.runner.earlier(lines)

    def start(self) -> None:
        """Start verifying and run the lab's setup."""
        self._emit(self.runner.started())
        self.shell.watch(self._entered)
        self._watch_unlocked()
        self._spawn(watch_cluster(self.runner.judge.cluster, self._emit))
        self._spawn(watch_shell(self.shell, self._watchers.look_beside))
        self._spawn(self._prepare())

    async def _prepare(self) -> None:
        commands = self.runner.commands.not_done(SETUP, self.lab.setup)
        if commands:
            with suppress(NotNow):
                await self._work(SETUP, commands)

    def _spawn(self, work: Coroutine[object, object, object]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def close(self) -> None:
        """Stop verifying, and interrupt what runs for the learner. Nothing is emitted or recorded any more."""
        self._closed = True
        tasks = [*self._tasks, *self._use.workers]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._watchers.stop_all()
        with suppress(Exception):
            await self.consoles.close()

    # events

    async def events(self) -> AsyncIterator[Event]:
        """All events from the start. Shell output goes to the shell's own subscribers."""
        while True:
            yield await self._events.get()

    def _emit(self, event: Event) -> None:
        if self._closed or isinstance(event, OutputReceived):
            return
        try:
            self.runner.record(event)
        except (
            OSError,
            NotRecorded,
        ):  # the disk is full: the lab goes on, and the next visit will not know of it
            _log.exception("the record of the attempt could not be written")
            self.runner.progress.follow(event)
        self._events.put_nowait(event)

    def coaching(self, step: str, language: str) -> Coaching | None:
        """What the line under the terminal says while the learner is at `step`; to be asked for a few times a second."""
        view = self.view
        return coaching(view, step, self._coach.look(view.lab, view.lab.step(step)), language)

    # verification: what the watchers see (step_watchers.Watching)

    def updated(self, update: CheckUpdated) -> None:
        """A check's outcome has changed."""
        if self.record.step(update.step).outcomes.get(update.index) != update.outcome:
            self._emit(update)

    def passes(self, step: Step) -> None:
        """All checks of a step pass at the same time."""
        if not self.record.step(step.id).passed and not self.view.waits_for_console(step.id):
            self._pass(step)
        self._finish()

    def breaks(self, step: Step, outcomes: tuple[Outcome, ...]) -> None:
        """A step that had passed fails."""
        self._emit(StepBroken(step.id, outcomes))

    def _watch_unlocked(self) -> None:
        if not self.record.cleaned:
            self._watchers.watch_unlocked(self._settle_unchecked)
            self._prepare_step()

    def _prepare_step(self) -> None:
        step = self._preparation.due()
        if step is not None:
            self._spawn(self._preparation.run(step, self._watch_unlocked))

    def _settle_unchecked(self, step: Step) -> None:
        """A step without checks is done when its commands are; one without commands when it is unlocked."""
        view = self.view
        if (
            not view.record.step(step.id).passed
            and view.unlocked(step.id)
            and view.next_command(step.id) is None
        ):
            self._pass(step)
            self._finish()

    def _pass(self, step: Step) -> None:
        before = self.view
        locked = [each for each in self.lab.steps if not before.unlocked(each.id)]
        self._coach.turn()
        self._emit(StepPassed(step.id, before.seconds - self.record.step(step.id).opened))
        now = self.view
        for each in locked:
            if now.unlocked(each.id):
                self._emit(StepUnlocked(each.id))
        self._watch_unlocked()

    def _finish(self) -> None:
        """The end, once in an attempt, when all that counts passes at the same time; again where a step was reset since."""
        view = self.view
        if view.finished and not view.record.finished and self._watchers.pass_together(view.counting):
            self._emit(view.score())

    # commands

    async def run_next(self, step: str) -> None:
        """Type the step's next command into the shell and follow it to its end; nothing where all are done.

        In the editor that a command of the step has opened: the rest of its keys.
        """
        keys = self._coach.keys(self.lab.step(step))
        if keys:
            await self.shell.press_keys(keys)
            return
        index = self.view.next_command(step)
        if index is not None:
            await self.run(step, index)

    async def run(self, step: str, index: int) -> None:
        """Type one of the step's commands into the shell and follow it to its end."""
        self._must_be_unlocked(step)
        await self._work(step, [(index, self.lab.step(step).run[index])])

    def insert(self, step: str, index: int) -> None:
        """Put a command of the step on the prompt, in place of a half-typed line, for the learner to press Enter."""
        self._must_be_unlocked(step)
        self._use.must_be_idle()
        self.insert_line(self.lab.step(step).run[index].command)

    def insert_line(self, line: str) -> None:
        """Put a line on the prompt; the learner presses Enter."""
        if not self.shell.insert(line):
            raise TerminalTaken(self.shell.foreground)

    async def clean_up(self) -> None:
        """Type the lab's clean-up into the shell and see that all is gone.

        The steps are not verified from then on, so that what the learner did stays done; until one of their
        commands is run again.
        """
        if self.lab.cleanup is None:
            return
        if self.shell.foreground:
            raise TerminalTaken(self.shell.foreground)
        with self._use.by(self.lab.cleanup.run[0].command):
            await self._watchers.stop_all()
            await self._through(self.runner.clean_up(self.lab.cleanup))

    async def _work(self, step: str, commands: Sequence[Numbered]) -> bool:
        """The commands in order, up to the first failure; whether all succeeded."""
        with self._use.by(commands[0][1].command if commands else ""):
            end = await self._through(self.runner.commands.run_all(step, commands, slowly=True))
        if end and end.reason == "not-run" and not self.shell.ready:
            raise TerminalTaken(end.waiting_at)
        return all(self.view.succeeded(step, index) for index, _ in commands)

    async def _through(self, happenings: AsyncGenerator[Event, None]) -> CommandEnd | None:
        """Emit the events; returns the last command's end."""
        last = None
        try:
            async with aclosing(happenings):
                async for event in happenings:
                    self._use.follow(event)
                    if isinstance(event, CommandFinished):
                        last = event.end
                    self._emit_work(event)
        except Exception:
            lost = self.record.lost_command()
            if lost is not None:
                self._emit_work(lost)
            raise
        return last

    def _emit_work(self, event: Event) -> None:
        if isinstance(event, CheckUpdated):  # the clean-up's
            self.updated(event)
            return
        if isinstance(event, CommandFinished):
            event = self.record.renumbered(event)  # the lab may have been replaced while it ran
        was_cleaned = self.record.cleaned
        self._emit(event)
        if was_cleaned:
            self._watch_unlocked()
        if isinstance(event, CommandFinished):
            self._watchers.look_beside()
            step = next((each for each in self.lab.steps if each.id == event.step), None)
            if step is not None and not step.checks:
                self._settle_unchecked(step)

    def _must_be_unlocked(self, step: str) -> None:
        first = self.view.first_to_do(step)
        if first is not None:
            raise StepLocked(self.lab.steps.index(first) + 1)

    def _entered(self, line: Entered) -> None:
        """A line typed by the learner; if it is one of the lab's commands, it counts as that."""
        view = self.view
        if changes_something(line.line) and not view.record.step(view.here()).tried:
            self._emit(StepTried(view.here()))
        self._watchers.look_beside()
        if not self._use.command:
            by_hand = command_by_hand(view, line)
            if by_hand is not None:
                self._emit_work(by_hand)

    # help

    def show_hint(self, step: str) -> int:
        """Show one more hint; returns how many are shown."""
        shown = self.view.hints(step)
        if shown < len(self.lab.step(step).hints):
            self._emit(HintShown(step, shown))
        return self.view.hints(step)

    def show_solution(self, step: str) -> None:
        """Show how the step is done. Raises NotNow for a challenge that is not done."""
        if not self.view.may_see_solution(step):
            raise SolutionHidden
        if not self.view.solution(step):
            self._emit(SolutionShown(step, "shown"))

    async def run_solution(self, step: str) -> bool:
        """Do the step for the learner: its questions, and its commands from the first that is not done.

        False if a command failed. Raises NotNow for a challenge that is not done.
        """
        if not self.view.may_see_solution(step):
            raise SolutionHidden
        return await self._do_for_learner(step)

    async def _do_for_learner(self, step: str) -> bool:
        self._must_be_unlocked(step)
        self._use.must_be_idle()
        self._emit(SolutionShown(step, "typed"))
        of, outcomes = self.lab.step(step), self.view.outcomes(step)
        for index, check in enumerate(of.checks):
            outcome = outcomes[index]
            if isinstance(check, Quiz) and not (outcome and outcome.passed):
                self._answer(step, index, check.id, check.solution(), by="solution")
        self.console_opened(step, by="solution")
        return await self._work(step, self.view.solution_commands(step))

    async def skip(self, step: str) -> bool:
        """Have the step done for the learner, where the lab allows it; False if a command of it failed."""
        if not self.view.may_skip(step):
            raise NotNow(phrase("This lab does not allow this step to be skipped."))
        self._must_be_unlocked(step)
        self._use.must_be_idle()
        self._emit(SkipTaken(step))
        return await self._do_for_learner(step)

    # the learner's choices

    def go_to(self, step: str) -> None:
        """The learner reads this step now; they are put there next time."""
        self._coach.come()
        if self.record.here != step:
            self._emit(StepReached(step))
        self._prepare_step()

    def console_opened(self, step: str, by: str = "learner") -> None:
        """The learner sees the step's console; `by`: "solution" where the step is done for them."""
        if self.view.waits_for_console(step):
            self._emit(ConsoleOpened(step, by))
            if self._watchers.pass_together([self.lab.step(step)]):
                self.passes(self.lab.step(step))

    def answer(self, question: str, answer: tuple[str, ...]) -> None:
        """The learner's answer to a question, judged at once. Raises KeyError if the lab has no such question."""
        for step in self.lab.steps:
            for index, check in enumerate(step.checks):
                if isinstance(check, Quiz) and check.id == question:
                    self._answer(step.id, index, question, answer, by="learner")
                    return
        raise KeyError(question)

    def _answer(self, step: str, index: int, question: str, answer: tuple[str, ...], *, by: str) -> None:
        self._emit(QuizAnswered(step, question, answer, by))
        self._watchers.look_again(step, index)

    async def reset_step(self, step: str) -> None:
        """Forget what was done in the step, to do it again: commands, answers, hints, `once` checks that passed.

        The cluster stays as it is: what is right in it passes again at once.
        """
        self._use.must_be_idle()
        await self._watchers.stop([step])
        self._emit(StepReset(step))
        self._watch_unlocked()

    async def replace_lab(self, lab: Lab) -> None:
        """Go on with this lab, which was saved again. Checks that changed are looked at again.

        Between the last look at the old lab and the first at the new one nothing else runs.
        """
        await self._watchers.stop(lab_change(self.record, self.lab, lab).rechecked)
        change = lab_change(self.record, self.lab, lab)
        self.runner.judge.lab = lab
        self._emit(change)
        self._watch_unlocked()
