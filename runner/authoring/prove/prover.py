"""Working through a lab as its author meant it, looking before and after everything."""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from pathlib import Path

from checks.base import CannotRead, Outcome, Verdict
from checks.registry import look
from runner.authoring.prove import mutations, readable
from runner.authoring.prove.proof import CheckProof, Fault, Proof, StepProof
from runner.labs.model import Command, Lab
from runner.labs.nodes import Path as At
from runner.session.events import (
    CLEANUP,
    SETUP,
    CommandFinished,
    Event,
    StepFailed,
    StepPassed,
)
from runner.session.open import open_session
from runner.session.said import command_end
from runner.session.session import Session
from runner.session.target import Target
from runner.words import Phrase, phrase
from runner.world.everything import Everything, Key, changed, everything, gone, made

OpenTarget = Callable[[], AbstractAsyncContextManager[Target]]


async def prove(lab: Lab, open_target: OpenTarget, folder: Path, proof: Proof) -> AsyncIterator[StepProof]:
    """Fill `proof`, yielding each step when it was worked through. `folder` is for what the work leaves behind.

    Raises CannotRead where the cluster can't be read, RequirementsUnmet where it is not what the lab requires.
    """
    began = time.monotonic()
    proof.faults += readable.faults(lab)
    async with open_target() as target, _session(lab, target, folder / "commands") as session:
        proof.target, proof.version = target.name, session.version
        walk = _Walk(proof, session)
        async for step in walk.through():
            yield step
    if walk.held and any(step.solution is not None for step in lab.steps):
        async with open_target() as target, _session(lab, target, folder / "solutions") as session:
            await _Solutions(proof, session).through()
            proof.solutions = True
    proof.seconds = time.monotonic() - began


def _session(lab: Lab, target: Target, folder: Path) -> AbstractAsyncContextManager[Session]:
    return open_session(lab, target, run=True, fresh=True, folder=folder)


class _Worker:
    """What both rounds do: commands, and what comes of them."""

    def __init__(self, proof: Proof, session: Session) -> None:
        self.proof, self.session, self.lab = proof, session, proof.lab

    def blame(
        self, rule: str, path: At, message: Phrase, hint: Phrase | None = None, grave: bool = True
    ) -> None:
        self.proof.faults.append(Fault(rule, path, message, hint, grave))

    async def run(self, step: str, path: At, commands: Sequence[Command]) -> bool:
        """Whether all of them succeeded."""
        failed: CommandFinished | None = None
        last = ""
        async for event in self._recorded(self.session.commands(step, tuple(enumerate(commands)))):
            if isinstance(event, CommandFinished):
                failed = event if event.exit_code != 0 else None
                last = (
                    self.session.shell.history[-1].output
                    if self.session.shell and self.session.shell.history
                    else ""
                )
        if failed is None:
            return True
        words = " / ".join(last.strip().splitlines()[-3:])[:300]
        self.blame(
            "command-failed",
            (*path, failed.index),
            phrase(
                "the command failed ({how}): {output}",
                how=command_end(failed.exit_code, failed.seconds, failed.reason),
                output=failed.waiting_at or words or "-",
            ),
        )
        return False

    async def judged(self, step: StepProof, path: At) -> bool:
        """Whether the step's checks hold in their time; blames those that do not."""
        outcomes: tuple[Outcome, ...] = ()
        holds = False
        async for event in self._recorded(self.session.verify(step.id, step.step, patient=True)):
            if isinstance(event, StepPassed):
                holds = True
            if isinstance(event, StepFailed):
                outcomes = event.outcomes
        for each, outcome in zip(step.checks, outcomes, strict=False):
            if not outcome.verdict.holds:
                self._does_not_hold(each, outcome, path)
        return holds or not step.checks

    def _does_not_hold(self, each: CheckProof, outcome: Outcome, path: At) -> None:
        self.blame(
            "fails-after",
            each.path,
            phrase(
                "does not hold after the work: expected {expected}; found {found}",
                expected=outcome.expected,
                found=outcome.found,
            ),
            outcome.findings[0].cause
            if outcome.findings
            else phrase("the work is that of {place}", place=".".join(map(str, path))),
        )

    def solve(self, step: StepProof) -> None:
        for answered in self.session.solve_quizzes(step.step):
            self.session.record(answered)

    async def _recorded(self, events: AsyncGenerator[Event, None]) -> AsyncIterator[Event]:
        async for event in events:
            yield self.session.record(event)


class _Walk(_Worker):
    """The first round, by the steps' commands, with all the looks."""

    def __init__(self, proof: Proof, session: Session) -> None:
        super().__init__(proof, session)
        self.held = False
        self._earlier: dict[Key, Everything] = {}

    async def through(self) -> AsyncIterator[StepProof]:
        await self.session.require()
        began = now = await self._everything()
        if not await self.run(SETUP, ("setup",), self.lab.setup):
            return
        await self._look_at_start()
        for step in self.proof.steps:
            now = await self._step(step, now)
            yield step
            if not step.holds:
                return
            await self._still_holding(step)
        self.held = True
        await mutations.mutate(self.proof, self.session, self._earlier, now)
        self.proof.faults += mutations.faults(self.proof)
        await self._clean_up(began)

    async def _everything(self) -> Everything:
        assert self.session.cluster is not None
        return await everything(self.session.cluster.access)

    async def _look(self, each: CheckProof) -> Outcome:
        outcome = await look(each.check, self.session.world.look())
        if outcome.verdict is Verdict.ERROR and self.session.cluster and self.session.cluster.trouble:
            raise CannotRead("unreachable", outcome.found)
        return outcome

    async def _look_at_start(self) -> None:
        for step in self.proof.steps:
            for each in step.checks:
                each.at_start = await self._look(each)

    def _blame_what_held_all_along(self, step: StepProof) -> None:
        """What holds at the start and still does before its step: what an earlier step made may well be taken away."""
        for each in step.checks:
            if each.check.given or not (
                each.at_start and each.at_start.passed and each.before and each.before.passed
            ):
                continue
            self.blame(
                "holds-before",
                each.path,
                phrase("holds before anything was done: {check}", check=each.check.describe()),
                phrase(
                    "check what the step brings; where it is what the step starts from, say {key}",
                    key="given: true",
                ),
            )

    async def _step(self, step: StepProof, before: Everything) -> Everything:
        began = time.monotonic()
        step.reached = True
        for each in step.checks:
            each.before = await self._look(each)
        self._blame_given(step)
        self._blame_what_held_all_along(step)
        self.solve(step)
        ran = await self.run(step.id, (*step.path, "run"), step.step.run)
        step.holds = await self.judged(step, (*step.path, "run")) and ran
        for each in step.checks:
            each.after = await self._look(each)
        after = await self._everything()
        step.made, step.changed = made(before, after), changed(before, after)
        self._blame_early(step)
        for key in step.changed:
            self._earlier.setdefault(key, before)
        step.seconds = time.monotonic() - began
        return after

    def _blame_given(self, step: StepProof) -> None:
        for each in step.checks:
            if each.check.given and each.before is not None and not each.before.verdict.holds:
                self.blame(
                    "given-does-not-hold",
                    each.path,
                    phrase(
                        "is said to be given, and does not hold before the step: {found}",
                        found=each.before.found,
                    ),
                )

    def _blame_early(self, step: StepProof) -> None:
        """A step that changes the cluster, and whose checks don't tell. One to look or to wait changes nothing."""
        proving = [each for each in step.checks if not each.check.given]
        early = [each for each in proving if each.before is not None and each.before.passed]
        if not (step.made or step.changed) or not proving or len(early) < len(proving):
            return
        if all(each.at_start is not None and each.at_start.passed for each in early):
            return  # told already, of each of them
        self.blame(
            "step-holds-before",
            step.path,
            phrase("all its checks hold before its commands were run: it is done without being done"),
            phrase("check what its commands change, or say {key} of what it starts from", key="given: true"),
        )

    async def _still_holding(self, done: StepProof) -> None:
        """Level checks of the earlier steps, after this one's work."""
        for step in self.proof.steps:
            if step is done:
                return
            for each in step.checks:
                if each.check.once or not (each.after and each.after.verdict.holds):
                    continue
                outcome = await self._look(each)
                if outcome.verdict is Verdict.PENDING:
                    verified = await self.session.look_at(step.step)
                    outcome = verified.outcomes[each.path[-1] if isinstance(each.path[-1], int) else 0]
                if not outcome.verdict.holds:
                    each.after = outcome
                    self.blame(
                        "broken-later",
                        each.path,
                        phrase(
                            "held, and holds no longer after the step {step}: {found}",
                            step=done.id,
                            found=outcome.found,
                        ),
                        phrase("where that is as it should be, say {key}", key="once: true"),
                    )

    async def _clean_up(self, began: Everything) -> None:
        """Take away, see that its checks hold, and compare the cluster with what it was."""
        cleanup = self.lab.cleanup
        if cleanup is None:
            left = made(began, await self._everything())
            if left:
                self.blame(
                    "no-cleanup",
                    (),
                    phrase(
                        "the lab has no clean-up, and leaves behind: {objects}", objects=mutations.named(left)
                    ),
                    phrase("say in {key} how to take it away", key="cleanup:"),
                    grave=False,
                )
            return
        for index, check in enumerate(cleanup.checks):
            each = CheckProof(check, ("cleanup", "checks", index))
            outcome = await self._look(each)
            if outcome.passed and not check.given:
                self.blame(
                    "holds-before",
                    each.path,
                    phrase("holds before the clean-up: {check}", check=check.describe()),
                )
        await self.run(CLEANUP, ("cleanup", "run"), cleanup.run)
        async for event in self._recorded(self.session.verify(CLEANUP, cleanup, patient=True)):
            if isinstance(event, StepFailed):
                for index, outcome in enumerate(event.outcomes):
                    if not outcome.verdict.holds:
                        self._does_not_hold(
                            CheckProof(cleanup.checks[index], ("cleanup", "checks", index)),
                            outcome,
                            ("cleanup", "run"),
                        )
        self._compare(began, await self._everything())

    def _compare(self, began: Everything, ended: Everything) -> None:
        left, taken, other = made(began, ended), gone(began, ended), changed(began, ended)
        for rule, keys, words in (
            (
                "left-behind",
                left,
                phrase("after the clean-up this is still there: {objects}", objects=mutations.named(left)),
            ),
            (
                "taken-too-much",
                taken,
                phrase(
                    "the clean-up took away what the lab had not brought: {objects}",
                    objects=mutations.named(taken),
                ),
            ),
            (
                "left-changed",
                other,
                phrase("after the clean-up this is not as it was: {objects}", objects=mutations.named(other)),
            ),
        ):
            if keys:
                self.blame(rule, ("cleanup", "run"), words)


class _Solutions(_Worker):
    """The second round: by each step's solution where it has one, else by its commands."""

    async def through(self) -> None:
        await self.run(SETUP, ("setup",), self.lab.setup)
        for step in self.proof.steps:
            name = "run" if step.step.solution is None else "solution"
            path = (*step.path, name)
            self.solve(step)
            ran = await self.run(
                step.id, path, step.step.run if step.step.solution is None else step.step.solution
            )
            if not await self.judged(step, path) or not ran:
                return
        if self.lab.cleanup:
            await self.run(CLEANUP, ("cleanup", "run"), self.lab.cleanup.run)
