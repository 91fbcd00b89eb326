"""A learner's way through a lab: they decide what is done when, and every step is verified all the while."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import aclosing, suppress
from dataclasses import dataclass

from checks.base import Outcome, Verdict
from checks.quiz import Quiz
from runner.labs.model import Command, Lab, Step
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
    LabFinished,
    QuizAnswered,
    SkipTaken,
    SolutionShown,
    StepBroken,
    StepPassed,
    StepReached,
    StepReset,
    StepUnlocked,
)
from runner.session.score import Score
from runner.session.session import Session
from runner.session.steps import StepState
from runner.session.verify import Follower
from runner.shell import Shell
from runner.words import Phrase, Told, phrase

BROKEN_AFTER = 1.0
"""Seconds that something must have failed before a step that had passed is called broken: `kubectl replace` takes objects
away for a moment."""
LOST_AFTER = 1.5
"""Seconds without an answer after which the cluster is called lost."""
LEISURE = 10.0
"""Seconds between looks at what can't be watched (pages, commands) in a step that has passed."""


class NotNow(Told):
    """What was asked for can't be done at this moment; `message` says why and what to do first."""


@dataclass(frozen=True, slots=True)
class CommandState:
    """One command of a step: running, or how it ended last (`done`)."""

    running: bool = False
    done: bool = False
    exit_code: int | None = None
    seconds: float = 0.0
    reason: str = ""
    by: str = ""  # "learner" where they typed it themselves


class Walk:
    """A lab, a learner and a cluster. Opened and closed by Visit; `events` has one consumer, and nothing waits for it."""

    def __init__(self, session: Session, consoles: Consoles, seconds: float = 0.0) -> None:
        """`seconds`: spent on earlier visits of this attempt."""
        assert session.shell is not None and session.progress is not None, (
            "a learner has a shell and a record"
        )
        self.session, self.consoles = session, consoles
        self.lab: Lab = session.lab
        self.target, self.version = session.target, session.version
        self.shell: Shell = session.shell
        self.trouble: Phrase | None = None
        self._state = session.progress.state
        self._events: asyncio.Queue[Event] = asyncio.Queue()
        self._outcomes: dict[str, list[Outcome | None]] = {
            step.id: [self._state.held.get((step.id, at)) for at in range(len(step.checks))]
            for step in self.lab.steps
        }
        self._broken: set[str] = set()
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._running: tuple[str, int] | None = None
        self._before, self._began = seconds, time.monotonic()

    # what is known ----------------------------------------------------------------------------------------

    def state(self, step: str) -> StepState:
        """Where the step stands."""
        if self._running is not None and self._running[0] == step:
            return StepState.RUNNING
        if step in self._broken:
            return StepState.BROKEN
        if step in self._state.passed:
            return StepState.PASSED
        if not self.unlocked(step):
            return StepState.LOCKED
        worked = self.begun(step) and self.next_command(step) is None and bool(self.lab.step(step).run)
        return StepState.WAITING if worked or self._pending(step) else StepState.OPEN

    def unlocked(self, step: str) -> bool:
        """Whether every step before it that counts has passed once."""
        for each in self.lab.steps:
            if each.id == step:
                return True
            if not each.optional and each.id not in self._state.reached:
                return False
        return False

    def _pending(self, step: str) -> bool:
        return any(each is not None and each.verdict is Verdict.PENDING for each in self._outcomes[step])

    def outcomes(self, step: str) -> tuple[Outcome | None, ...]:
        """The last look at each of the step's checks; None where there was none yet."""
        return tuple(self._outcomes[step])

    def begun(self, step: str) -> bool:
        """Whether the learner did something for it, so that "not yet" and "wrong" can be told apart."""
        answered = step in self._state.questions.values()
        return answered or any(of == step for of, _ in self._state.runs)

    def commands(self, step: str) -> tuple[CommandState, ...]:
        """How each of the step's commands stands."""
        return tuple(self._command_state(step, at) for at in range(len(self.lab.step(step).run)))

    def _command_state(self, step: str, index: int) -> CommandState:
        if self._running == (step, index):
            return CommandState(running=True)
        run = self._state.runs.get((step, index))
        if run is None:
            return CommandState()
        return CommandState(False, True, run.exit_code, run.seconds, run.reason, run.by)

    def next_command(self, step: str) -> int | None:
        """The first command of the step that has not come to a good end; None where all have."""
        for at, state in enumerate(self.commands(step)):
            if state.running or not (state.done and state.exit_code == 0):
                return at
        return None

    def hints(self, step: str) -> int:
        """How many of its hints are shown."""
        return self._state.hints.get(step, 0)

    def solution(self, step: str) -> str:
        """ "", "shown" or "typed"."""
        return self._state.solutions.get(step, "")

    def skipped(self, step: str) -> bool:
        return step in self._state.skipped

    def may_skip(self, step: str) -> bool:
        """Whether the lab lets the learner have this step done for them."""
        own = self.lab.step(step).skip
        return self.lab.skip if own is None else own

    @property
    def answers(self) -> Mapping[str, tuple[str, ...]]:
        """The learner's answers by question."""
        return self._state.answers

    @property
    def finished(self) -> bool:
        """Whether all that counts holds together."""
        counted = [step.id for step in self.lab.steps if not step.optional]
        return all(self.state(step) is StepState.PASSED for step in counted)

    @property
    def seconds(self) -> float:
        """Time spent on this attempt, over all visits."""
        return self._before + time.monotonic() - self._began

    def here(self) -> str:
        """The step that the learner is put at: where they were, else the first that has not passed."""
        ids = [step.id for step in self.lab.steps]
        if self._state.here in ids:
            return self._state.here
        return next((each for each in ids if each not in self._state.passed), ids[-1])

    def earlier(self, lines: int = 500) -> str:
        """The end of what the terminal showed on earlier visits, as plain text; "" where there were none."""
        return self.session.earlier(lines)

    def score(self) -> LabFinished:
        """What it would come to now."""
        score = Score(self.lab.steps)
        for step in self.lab.steps:
            for index, outcome in enumerate(self._outcomes[step.id]):
                if outcome is not None:
                    score.take(CheckUpdated(step.id, index, outcome))
            if self.state(step.id) is StepState.PASSED:
                score.take(StepPassed(step.id, 0.0))
        return score.finished(self.seconds)

    # verification -----------------------------------------------------------------------------------------

    def start(self) -> None:
        """Begin to verify, and tell that the lab started."""
        self._tell(self.session.started())
        for step in self.lab.steps:
            if self.unlocked(step.id):
                self._watch(step)
        self._tasks["cluster"] = asyncio.create_task(self._watch_cluster())

    async def events(self) -> AsyncIterator[Event]:
        """Everything that happens."""
        while True:
            yield await self._events.get()

    def _tell(self, event: Event) -> None:
        self.session.record(event)
        self._events.put_nowait(event)

    def _watch(self, step: Step) -> None:
        before = self._tasks.pop(step.id, None)
        if before:
            before.cancel()
        self._tasks[step.id] = asyncio.create_task(self._verify(step), name=step.id)

    async def _verify(self, step: Step) -> None:
        """Look at the step's checks for as long as the lab is open, and tell what becomes of it."""
        held = {
            index: self._state.held[step.id, index]
            for index, check in enumerate(step.checks)
            if check.once and (step.id, index) in self._state.held and self._state.held[step.id, index].passed
        }

        def leisure() -> float:
            return LEISURE if self.state(step.id) is StepState.PASSED else 0.0

        follower = Follower(step.id, step.checks, self.session.world, held, leisure)
        try:
            if not step.checks and step.id not in self._state.passed:
                self._pass(step)
            failing_since: float | None = None
            while True:
                wait = None if failing_since is None else max(0.0, failing_since + BROKEN_AFTER - _now())
                update = await follower.next(wait)
                if update is not None:
                    self._take(update)
                if not follower.settled(patient=False, unreadable=True):
                    continue
                verdicts = {outcome.verdict for outcome in follower.result()}
                if all(verdict.holds for verdict in verdicts):
                    failing_since = None
                    if self.state(step.id) is not StepState.PASSED:
                        self._pass(step)
                elif Verdict.FAILED not in verdicts:
                    failing_since = None
                elif step.id in self._state.passed:
                    failing_since = failing_since or _now()
                    if _now() - failing_since >= BROKEN_AFTER:
                        failing_since = None
                        self._broken.add(step.id)
                        self._tell(StepBroken(step.id, follower.result()))
        finally:
            await follower.close()

    def _take(self, update: CheckUpdated) -> None:
        outcomes = self._outcomes[update.step]
        if outcomes[update.index] != update.outcome:
            outcomes[update.index] = update.outcome
            self._tell(update)

    def _pass(self, step: Step) -> None:
        finished_before = self._state.finished
        locked = [each for each in self.lab.steps if not self.unlocked(each.id)]
        self._broken.discard(step.id)
        self._tell(StepPassed(step.id, self.seconds))
        for each in locked:
            if self.unlocked(each.id):
                self._tell(StepUnlocked(each.id))
                self._watch(each)
        if self.finished and not finished_before:
            self._tell(self.score())

    async def _watch_cluster(self) -> None:
        """Tell when the cluster can't be read, and when it can again."""
        cluster = self.session.cluster
        if cluster is None:
            return
        while True:
            await cluster.trouble_changed(self.trouble is not None, LOST_AFTER)
            problem = cluster.trouble
            if (problem is None) == (self.trouble is None):
                continue
            self.trouble = problem.message if problem else None
            self._tell(ClusterLost(problem.message) if problem else ClusterBack())

    # actions ----------------------------------------------------------------------------------------------

    def go_to(self, step: str) -> None:
        """The learner reads this step now; they are put there next time."""
        if self._state.here != step:
            self._tell(StepReached(step))

    async def run_next(self, step: str) -> None:
        """Type the step's next command into the shell and follow it to its end. Raises NotNow."""
        index = self.next_command(step)
        if index is not None:
            await self.run(step, index)

    async def run(self, step: str, index: int) -> None:
        """Type one of the step's commands into the shell and follow it to its end. Raises NotNow."""
        self._may_run(step)
        await self._type(step, index, self.lab.step(step).run[index])

    async def run_solution(self, step: str) -> bool:
        """Do the step for the learner; False where a command failed. Raises NotNow."""
        self._may_run(step)
        of = self.lab.step(step)
        self._tell(SolutionShown(step, "typed"))
        for check in of.checks:
            if isinstance(check, Quiz) and check.id not in self._state.answers:
                self._answer(step, check.id, check.solution(), by="solution")
        commands = of.run if of.solution is None else of.solution
        for index, command in enumerate(commands):
            if not await self._type(step, index, command):
                return False
        if of.solution is not None:
            for index, command in enumerate(of.run):  # done another way
                self._tell(CommandFinished(step, index, command.command, 0, 0.0, by="solution"))
        return True

    async def skip(self, step: str) -> None:
        """Have the step done for the learner, where the lab allows it. Raises NotNow."""
        if not self.may_skip(step):
            raise NotNow(phrase("This lab does not allow this step to be skipped."))
        self._may_run(step)
        self._tell(SkipTaken(step))
        await self.run_solution(step)

    async def clean_up(self) -> None:
        """Type the lab's clean-up into the shell. Raises NotNow."""
        self._not_busy()
        if self.lab.cleanup:
            for index, command in enumerate(self.lab.cleanup.run):
                await self._type(CLEANUP, index, command)

    async def prepare(self) -> None:
        """Type the lab's setup commands that have not been done."""
        for index, command in enumerate(self.lab.setup):
            run = self._state.runs.get((SETUP, index))
            if run is None or run.exit_code != 0:
                await self._type(SETUP, index, command)

    def insert(self, step: str, index: int) -> None:
        """Put a command on the prompt, for the learner to press Enter. Raises NotNow."""
        self._may_run(step)
        if not self.shell.insert(self.lab.step(step).run[index].command):
            raise NotNow(
                phrase(
                    "The terminal is taken by {program}. End it first, then try again.",
                    program=self.shell.foreground or "bash",
                )
            )

    def show_hint(self, step: str) -> int:
        """Show one hint more; gives how many are shown then."""
        shown = self.hints(step)
        if shown < len(self.lab.step(step).hints):
            self._tell(HintShown(step, shown))
        return self.hints(step)

    def show_solution(self, step: str) -> None:
        if not self.solution(step):
            self._tell(SolutionShown(step, "shown"))

    def answer(self, question: str, answer: tuple[str, ...]) -> None:
        """The learner's answer to a question. Raises KeyError where the lab has no such question."""
        step = next(s for s in self.lab.steps for c in s.checks if isinstance(c, Quiz) and c.id == question)
        self._answer(step.id, question, answer, by="learner")

    def _answer(self, step: str, question: str, answer: tuple[str, ...], *, by: str) -> None:
        self._tell(QuizAnswered(step, question, answer, by))
        self.session.answers[question] = answer
        if self.unlocked(step):
            self._watch(self.lab.step(step))  # looks at once

    async def reset_step(self, step: str) -> None:
        """Forget what was done in the step, to do it once more. What holds in the cluster still holds, and passes again."""
        self._not_busy()
        of = self.lab.step(step)
        task = self._tasks.pop(step, None)
        if task:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
        self._tell(StepReset(step))
        self._broken.discard(step)
        for check in of.checks:
            if isinstance(check, Quiz):
                self.session.answers.pop(check.id, None)
        self._outcomes[step] = [None] * len(of.checks)
        if self.unlocked(step):
            self._watch(of)

    def _may_run(self, step: str) -> None:
        if not self.unlocked(step):
            first = next(s for s in self.lab.steps if not s.optional and s.id not in self._state.reached)
            number = self.lab.steps.index(first) + 1
            raise NotNow(phrase("This step is locked. Do step {number} first.", number=number))
        self._not_busy()

    def _not_busy(self) -> None:
        if self._running is not None:
            raise NotNow(
                phrase("A command is still running. Wait for its end, or press Ctrl-C in the terminal.")
            )

    async def _type(self, step: str, index: int, command: Command) -> bool:
        """Whether it came to a good end."""
        self._running = step, index
        good = False
        try:
            async with aclosing(self.session.command(step, index, command)) as happenings:
                async for event in happenings:
                    if isinstance(event, CommandFinished):
                        good = event.exit_code == 0
                        self._running = None
                    elif isinstance(event, CommandStarted):
                        self._running = step, index
                    self._tell(event)
        finally:
            self._running = None
        return good

    async def close(self) -> None:
        """Stop verifying."""
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        with suppress(Exception):
            await self.consoles.close()


def _now() -> float:
    return asyncio.get_running_loop().time()
