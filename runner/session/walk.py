"""A learner's way through a lab: they decide what is done when, and every step is verified all the while."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, AsyncIterator, Coroutine, Iterator, Sequence
from contextlib import aclosing, contextmanager, suppress

from checks.base import Outcome
from checks.diagnosis.at_work import changes_something
from checks.quiz import Quiz
from runner.labs.model import Step
from runner.session.by_hand import same_command
from runner.session.consoles import Consoles
from runner.session.events import (
    CLEANUP,
    SETUP,
    CheckUpdated,
    ClusterBack,
    ClusterLost,
    CommandFinished,
    CommandStarted,
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
    StepUnlocked,
)
from runner.session.following import Following, Judgement
from runner.session.session import Numbered, Session
from runner.session.standing import Standing
from runner.session.step_states import Busy, NotNow, StepLocked, StepState, TerminalTaken
from runner.shell import Entered
from runner.words import Phrase, phrase

_log = logging.getLogger(__name__)

LOST_AFTER = 0.5
"""Seconds that nothing can be read of the cluster before it is called lost; what a watch last told is good for two before."""


AT_WORK = 0.7
"""Seconds between looks at whether a command is at work in the shell."""


class Walk(Standing):
    """A lab, a learner and a cluster. Opened and closed by Visit; `events` has one consumer, and nothing waits for it.

    The actions return when what they do is done, tell of it as events meanwhile, and raise NotNow in words.
    Every event is on record before it is told.
    """

    def __init__(self, session: Session, consoles: Consoles) -> None:
        super().__init__(session)
        assert session.shell is not None, "a learner has a shell"
        self.shell, self.consoles = session.shell, consoles
        self.target, self.version = session.target, session.version
        self.trouble: Phrase | None = None
        """Why the cluster can't be read just now."""
        self._events: asyncio.Queue[Event] = asyncio.Queue()
        self._followed: dict[str, Following] = {}
        self._holding: set[str] = set()  # steps whose checks hold together at this moment
        self._busy = ""  # the command that an action is at
        self._worker: asyncio.Task[object] | None = None  # who is at it
        self._tasks: set[asyncio.Task[object]] = set()
        self._closed = False

    def start(self) -> None:
        """Begin to verify, and do what the lab wants done before its first step."""
        self._tell(self.session.started())
        self.shell.watch(self._entered)
        if not self._record.cleaned:
            self._follow_unlocked()
        self._spawn(self._watch_cluster())
        self._spawn(self._watch_shell())
        self._spawn(self._prepare())

    async def _prepare(self) -> None:
        commands = self.session.not_done(SETUP, self.lab.setup)
        if commands:
            with suppress(NotNow):
                await self._work(SETUP, commands)

    def _spawn(self, work: Coroutine[object, object, object]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def close(self) -> None:
        """Stop verifying, and interrupt what runs for the learner. Nothing is told or recorded any more."""
        self._closed = True
        tasks = [*self._tasks, *((self._worker,) if self._worker else ())]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._follow_none()
        with suppress(Exception):
            await self.consoles.close()

    async def events(self) -> AsyncIterator[Event]:
        """Everything that happens, since the walk began. What the shell prints is left to the shell's own subscribers."""
        while True:
            yield await self._events.get()

    def _tell(self, event: Event) -> None:
        if self._closed or isinstance(event, OutputReceived):
            return
        try:
            self.session.record(event)
        except (
            OSError
        ):  # the disk is full: the lab goes on, and the log says what the next visit will not know
            _log.exception("the record of the attempt could not be written")
            self._record.apply(event)
        self._events.put_nowait(event)

    # verification -----------------------------------------------------------------------------------------

    def _follow_unlocked(self) -> None:
        for step in self.lab.steps:
            if self.unlocked(step.id) and step.id not in self._followed:
                self._follow(step)

    def _follow(self, step: Step) -> None:
        if not step.checks:
            self._settle_unchecked(step)
            return
        self._followed[step.id] = Following(
            step,
            self.session.world,
            self.session.held(step.id, step),
            lambda: step.id in self._record.passed,
            self._updated,
            self._judged,
        )

    async def _follow_none(self) -> None:
        followed, self._followed = list(self._followed.values()), {}
        self._holding.clear()
        await asyncio.gather(*(each.close() for each in followed))

    def _updated(self, update: CheckUpdated) -> None:
        outcomes = self._outcomes.get(update.step)
        if outcomes is not None:
            if outcomes[update.index] == update.outcome:
                return
            outcomes[update.index] = update.outcome
        self._tell(update)

    def _judged(self, step: Step, judgement: Judgement, outcomes: tuple[Outcome, ...]) -> None:
        if judgement is Judgement.HOLDS:
            self._holding.add(step.id)
            if step.id not in self._record.passed:
                self._pass(step)
            self._finish()
            return
        self._holding.discard(step.id)
        if judgement is Judgement.FAILS and step.id in self._record.passed:
            self._tell(StepBroken(step.id, outcomes))
            # the command that broke it may have ended while it still counted as passed
            if step.id in self._followed:
                self._followed[step.id].look_beside()

    def _settle_unchecked(self, step: Step) -> None:
        """A step without checks is done when its commands are; one that is only read, when it is unlocked."""
        if (
            step.id not in self._record.passed
            and self.unlocked(step.id)
            and self.next_command(step.id) is None
        ):
            self._pass(step)
            self._finish()

    def _pass(self, step: Step) -> None:
        locked = [each for each in self.lab.steps if not self.unlocked(each.id)]
        self._tell(StepPassed(step.id, self.seconds - self._record.opened.get(step.id, 0.0)))
        for each in locked:
            if self.unlocked(each.id):
                self._tell(StepUnlocked(each.id))
        if not self._record.cleaned:
            self._follow_unlocked()

    def _finish(self) -> None:
        """Emitted once in an attempt, when all that counts holds at the same time; again where a step was reset since."""
        together = all(not step.checks or step.id in self._holding for step in self.counting)
        if together and self.finished and not self._record.finished:
            self._tell(self.score())

    async def _watch_cluster(self) -> None:
        """Tell when the cluster can't be read, and when it can again."""
        cluster = self.session.cluster
        while cluster is not None:
            await cluster.trouble_changed(self.trouble is not None, LOST_AFTER)
            problem = cluster.trouble
            if (problem is None) != (self.trouble is None):
                self.trouble = problem.message if problem else None
                self._tell(ClusterLost(problem.message) if problem else ClusterBack())

    async def _watch_shell(self) -> None:
        """Look again when a command is at work: what the one before it explained may be put right now."""
        seen = False
        while not self._closed:
            await asyncio.sleep(AT_WORK)
            if self.shell.running and not seen:
                self._look_beside()
            seen = self.shell.running

    # commands ---------------------------------------------------------------------------------------------

    async def run_next(self, step: str) -> None:
        """Type the step's next command into the shell and follow it to its end; nothing where all are done."""
        index = self.next_command(step)
        if index is not None:
            await self.run(step, index)

    async def run(self, step: str, index: int) -> None:
        """Type one of the step's commands into the shell and follow it to its end."""
        self._must_be_unlocked(step)
        await self._work(step, [(index, self.lab.step(step).run[index])])

    def insert(self, step: str, index: int) -> None:
        """Put a command on the prompt, in place of a half-typed line, for the learner to press Enter."""
        self._must_be_unlocked(step)
        self._must_be_idle()
        if not self.shell.insert(self.lab.step(step).run[index].command):
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
        with self._at_work(self.lab.cleanup.run[0].command):
            await self._follow_none()
            await self._through(self.session.clean_up(self.lab.cleanup))

    @property
    def cleaned_up(self) -> bool | None:
        """Whether the clean-up came to a good end and all is gone; None where there was none, or it is under way."""
        cleanup, record = self.lab.cleanup, self._record
        if cleanup is None or not record.cleaned or self._busy:
            return None
        ends = (record.runs.get((CLEANUP, at)) for at in range(len(cleanup.run)))
        held = (record.held.get((CLEANUP, at)) for at in range(len(cleanup.checks)))
        return all(end is not None and end.exit_code == 0 for end in ends) and all(
            outcome is not None and outcome.verdict.holds for outcome in held
        )

    async def _work(self, step: str, commands: Sequence[Numbered]) -> bool:
        """The commands in order, up to the first failure; whether all came to a good end."""
        with self._at_work(commands[0][1].command if commands else ""):
            finished = await self._through(self.session.commands(step, commands))
        if finished and finished.reason == "not-run" and not self.shell.ready:
            raise TerminalTaken(finished.waiting_at)
        return all(self._command(step, index).good for index, _ in commands)

    async def _through(self, happenings: AsyncGenerator[Event, None]) -> CommandFinished | None:
        """Tell what happens; gives the last command's end."""
        last = None
        try:
            async with aclosing(happenings):
                async for event in happenings:
                    match event:
                        case CommandStarted():
                            self._busy, self._running = event.command, (event.step, event.index)
                        case CommandFinished():
                            last, self._running = event, None
                    self._tell_of_work(event)
        finally:
            self._running = None
        return last

    def _tell_of_work(self, event: Event) -> None:
        if isinstance(event, CheckUpdated):  # the clean-up's
            self._updated(event)
            return
        was_cleaned = self._record.cleaned
        self._tell(event)
        if was_cleaned and not self._record.cleaned:
            self._follow_unlocked()
        if isinstance(event, CommandFinished):
            self._look_beside()
            if event.step not in (SETUP, CLEANUP) and not self.lab.step(event.step).checks:
                self._settle_unchecked(self.lab.step(event.step))

    def _look_beside(self) -> None:
        """A command has ended: what it did to files, the environment and so on is seen at once."""
        for step, following in self._followed.items():
            if step not in self._record.passed:
                following.look_beside()

    @contextmanager
    def _at_work(self, command: str) -> Iterator[None]:
        self._must_be_idle()
        self._busy, self._worker = command or "…", asyncio.current_task()
        try:
            yield
        finally:
            self._busy, self._worker = "", None

    def _must_be_idle(self) -> None:
        if self._busy:
            raise Busy(self._busy)

    def _must_be_unlocked(self, step: str) -> None:
        first = self.first_to_do(step)
        if first is not None:
            raise StepLocked(self.lab.steps.index(first) + 1)

    def _entered(self, line: Entered) -> None:
        """A line of the learner's own that is one of the lab's commands counts as that.

        Of the step that they read, before all; and of a passed one, too: what a command did is often seen
        before its prompt is back.
        """
        if changes_something(line.line):
            self._tried.add(self.here())
        self._look_beside()
        if line.exit_code != 0 or self._busy:
            return
        unlocked = [step for step in self.lab.steps if self.state(step.id) is not StepState.LOCKED]
        here = self.here()
        for step in sorted(unlocked, key=lambda each: (each.id != here, each.id in self._record.passed)):
            for index, command in enumerate(step.run):
                if not self._command(step.id, index).good and same_command(line.line, command.command):
                    self._tell_of_work(
                        CommandFinished(step.id, index, command.command, 0, line.seconds, by="learner")
                    )
                    return

    # help -------------------------------------------------------------------------------------------------

    def show_hint(self, step: str) -> int:
        """Show one hint more; gives how many are shown then."""
        shown = self.hints(step)
        if shown < len(self.lab.step(step).hints):
            self._tell(HintShown(step, shown))
        return self.hints(step)

    def show_solution(self, step: str) -> None:
        """Show how the step is done."""
        if not self.solution(step):
            self._tell(SolutionShown(step, "shown"))

    async def run_solution(self, step: str) -> bool:
        """Do the step for the learner: its questions, and its commands from the first that is not done.

        False where a command failed.
        """
        self._must_be_unlocked(step)
        self._must_be_idle()
        self._tell(SolutionShown(step, "typed"))
        of = self.lab.step(step)
        for index, check in enumerate(of.checks):
            outcome = self._outcomes[step][index]
            if isinstance(check, Quiz) and not (outcome and outcome.passed):
                self._answer(step, index, check.id, check.solution(), by="solution")
        return await self._work(step, self._solution(of))

    def _solution(self, step: Step) -> Sequence[Numbered]:
        if step.solution is not None:  # its commands are numbered behind the step's own
            return list(enumerate(step.solution, len(step.run)))
        first = self.next_command(step.id) or 0
        return list(enumerate(step.run))[first:]

    async def skip(self, step: str) -> bool:
        """Have the step done for the learner, where the lab allows it; False where a command of it failed."""
        if not self.may_skip(step):
            raise NotNow(phrase("This lab does not allow this step to be skipped."))
        self._must_be_unlocked(step)
        self._must_be_idle()
        self._tell(SkipTaken(step))
        return await self.run_solution(step)

    # the learner's choices --------------------------------------------------------------------------------

    def go_to(self, step: str) -> None:
        """The learner reads this step now; they are put there next time."""
        if self._record.here != step:
            self._tell(StepReached(step))

    def answer(self, question: str, answer: tuple[str, ...]) -> None:
        """The learner's answer to a question, judged at once. Raises KeyError where the lab has no such question."""
        for step in self.lab.steps:
            for index, check in enumerate(step.checks):
                if isinstance(check, Quiz) and check.id == question:
                    self._answer(step.id, index, question, answer, by="learner")
                    return
        raise KeyError(question)

    def _answer(self, step: str, index: int, question: str, answer: tuple[str, ...], *, by: str) -> None:
        self._tell(QuizAnswered(step, question, answer, by))
        if step in self._followed:
            self._followed[step].look_again(index)

    async def reset_step(self, step: str) -> None:
        """Forget what was done in the step, to do it once more: commands, answers, hints, `once` checks that held.

        The cluster stays as it is: what holds in it passes again at once.
        """
        self._must_be_idle()
        of = self.lab.step(step)
        following = self._followed.pop(step, None)
        if following:
            await following.close()
        self._holding.discard(step)
        self._tell(StepReset(step))
        self._outcomes[step] = [None] * len(of.checks)
        self._tried.discard(step)
        if self.unlocked(step) and not self._record.cleaned:
            self._follow(of)
