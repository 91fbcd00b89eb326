"""Works through a lab in a shell, step by step, and keeps the record: a Judge that also runs commands."""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator, AsyncIterator, Iterable, Sequence
from contextlib import aclosing

from checks.quiz import Quiz
from runner.labs.model import Cleanup, Lab, Step
from runner.session.attempt_state import AttemptState
from runner.session.command_runner import CommandRunner
from runner.session.events import (
    CLEANUP,
    SETUP,
    CheckUpdated,
    CommandFinished,
    Event,
    LabStarted,
    QuizAnswered,
    StepBroken,
    StepPassed,
    StepSkipped,
    StepStarted,
)
from runner.session.judge import Judge
from runner.session.progress import Progress
from runner.session.scored import scored
from runner.session.step_setup import prepare
from runner.shell import Shell
from runner.words import Phrase

_LEFT_AT = re.compile(r"(?:\(\S+\) )?(?:[✗x]\d+ )?[~/….]\S*(?: \S+)* [❯>]")
"""A prompt of the lab's shell (ps1.bash) with nothing behind it."""


class LabRunner:
    """A lab, its shell and its record. Opened and closed by open.py."""

    def __init__(
        self,
        judge: Judge,
        shell: Shell,
        progress: Progress,
        remarks: Sequence[Phrase] = (),
        transcript: str = "",
        *,
        practice: bool = False,
    ) -> None:
        """`remarks`: what is good to know of this attempt at its start. `transcript`: of the shells before this one.
        `practice`: the cluster is the practice cluster."""
        self.judge, self.shell, self.progress = judge, shell, progress
        self.commands = CommandRunner(shell, lambda: progress.state, practice=practice)
        self._remarks, self._transcript = tuple(remarks), transcript

    @property
    def lab(self) -> Lab:
        return self.judge.lab

    @property
    def state(self) -> AttemptState:
        """What the record says."""
        return self.progress.state

    def earlier(self, lines: int) -> str:
        """The last lines of the transcript of the previous shells, without the prompt at which the last one was left;
        "" if there are none."""
        kept = self._transcript.rstrip().splitlines()[-lines:]
        while kept and (not kept[-1].strip() or _LEFT_AT.fullmatch(kept[-1])):
            kept.pop()
        return "\n".join(kept)

    def started(self) -> LabStarted:
        """What a visit begins with."""
        return self.judge.started(self._remarks)

    def record(self, event: Event) -> Event:
        """Record the event before it is emitted."""
        self.progress.append(event)
        return event

    async def grade(self, *, only: Sequence[str] = (), cleanup: bool = False) -> AsyncGenerator[Event, None]:
        """Work through the whole lab, or the steps named in `only`, with the score at the end."""
        steps = [step for step in self.lab.steps if not only or step.id in only]
        parts = self._work_through(steps, self.lab.cleanup if cleanup else None)
        async with aclosing(scored(steps, self.started(), parts)) as events:
            async for event in events:
                yield self.record(event)

    async def _work_through(
        self, steps: Sequence[Step], cleanup: Cleanup | None
    ) -> AsyncGenerator[Event, None]:
        blocked = ""
        async for event in self.commands.run_all(SETUP, self.commands.not_done(SETUP, self.lab.setup)):
            if isinstance(event, CommandFinished):
                blocked = SETUP if event.end.exit_code != 0 else ""
            yield event
        passed: list[Step] = []
        for step in steps:
            if blocked:
                yield StepSkipped(step.id, blocked)
                continue
            passes = False
            async for event in self._step(step):
                passes = passes or isinstance(event, StepPassed)
                yield event
            if passes:
                passed.append(step)
            elif not step.optional:
                blocked = step.id
        async for event in self._still_passing(passed):
            yield event
        if cleanup is not None:
            async for event in self.clean_up(cleanup):
                yield event

    async def _step(self, step: Step) -> AsyncGenerator[Event, None]:
        """One step: its commands, unless an earlier run did them and its checks still pass; then its checks."""
        if self.state.step(step.id).passed:
            verified = await self.judge.look_at(step)
            if verified.passes:
                for update in self.judge.news_of(step, verified):
                    yield update
                yield StepPassed(step.id, 0.0)
                return
            yield StepBroken(step.id, verified.outcomes)
        yield StepStarted(step.id)
        for answered in self.solve_quizzes(step):
            yield answered
        failed = False
        async for prepared in self.prepare(step):
            yield prepared
        if not self.state.prepared(step):
            async for event in self.judge.verify(step.id, step, patient=False):
                yield event
            return
        async for event in self.commands.run_all(step.id, self.commands.not_done(step.id, step.work)):
            failed = isinstance(event, CommandFinished) and event.end.exit_code != 0
            yield event
        async for event in self.judge.verify(step.id, step, patient=not failed):
            yield event

    def prepare(self, step: Step) -> AsyncIterator[CommandFinished | CheckUpdated]:
        """Run the step's own setup, as far as it was not done."""
        look = self.judge.world.look(step.id)
        return prepare(step, look, lambda: self.state, practice=self.commands.practice)

    async def _still_passing(self, passed: Iterable[Step]) -> AsyncGenerator[Event, None]:
        """The lab is done when everything passes together: every step that passed is looked at again."""
        for step in passed:
            verified = await self.judge.look_at(step)
            for update in self.judge.news_of(step, verified):
                yield update
            if not verified.passes:
                yield StepBroken(step.id, verified.outcomes)

    async def clean_up(self, cleanup: Cleanup) -> AsyncGenerator[Event, None]:
        """Remove what the lab created and verify that it is gone, even if that was done before."""
        yield StepStarted(CLEANUP)
        commands = self.commands.not_done(CLEANUP, cleanup.run) or tuple(enumerate(cleanup.run))
        failed = False
        async for event in self.commands.run_all(CLEANUP, commands):
            failed = isinstance(event, CommandFinished) and event.end.exit_code != 0
            yield event
        async for event in self.judge.verify(CLEANUP, cleanup, patient=not failed):
            yield event

    def solve_quizzes(self, step: Step) -> Iterable[QuizAnswered]:
        """The right answers to the step's questions that have no answer yet."""
        for check in step.checks:
            if isinstance(check, Quiz) and check.id not in self.state.answers:
                yield QuizAnswered(step.id, check.id, check.solution(), by="solution")
