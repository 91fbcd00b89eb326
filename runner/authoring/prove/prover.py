"""Works through a lab as its author intended, evaluating everything before and after."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path

from checks.base import Outcome, Verdict
from runner.authoring.prove import mutations, readable
from runner.authoring.prove.proof import CheckProof, Fault, Proof, StepProof
from runner.authoring.prove.round_runner import Worker
from runner.authoring.prove.tidying import tidy
from runner.labs.model import Command, Lab, Step
from runner.labs.prerequisites import EarlierProblem
from runner.session.earlier_work import bring
from runner.session.events import CLEANUP, SETUP, EarlierLab
from runner.session.lab_runner import LabRunner
from runner.session.open import open_runner
from runner.session.target import Target
from runner.words import phrase
from runner.world.everything import Everything, Key, changed, everything, made

COMES_UP_WITHIN = 20.0
"""Seconds in which an earlier step's check may fail while what a later step changed is still starting."""
LOOK_AGAIN = 0.5
"""Seconds between these looks."""

OpenTarget = Callable[[], AbstractAsyncContextManager[Target]]


async def prove(lab: Lab, open_target: OpenTarget, folder: Path, proof: Proof) -> AsyncIterator[StepProof]:
    """Fill `proof`, yielding each step when it was worked through. `folder` is for what the work leaves behind.

    Raises CannotRead if the cluster can't be read, RequirementsUnmet where it is not what the lab requires.
    """
    began = time.monotonic()
    proof.faults += readable.faults(lab)
    proof.faults += _nothing_checked(lab)
    async with open_target() as target:
        proof.target = target.name
        try:
            await _bring_earlier(proof, target, folder / "earlier")
        except EarlierProblem as error:
            proof.faults.append(Fault("earlier-lab", ("after",), error.message))
            return
        async with _runner(lab, target, folder / "commands") as runner:
            proof.version = runner.judge.session.version
            first = _Commands(proof, runner)
            async for step in first.through():
                yield step
    if first.held and any(_two_ways(step) for step in lab.steps):
        async with open_target() as target:
            await _bring_earlier(proof, target, folder / "earlier-again")
            async with _runner(lab, target, folder / "solutions") as runner:
                await _Solutions(proof, runner).through()
                proof.solutions = True
    proof.seconds = time.monotonic() - began


async def _bring_earlier(proof: Proof, target: Target, folder: Path) -> None:
    """The work of the labs before this one, where a new practice cluster has none of it. Raises EarlierProblem."""
    if target.practice:
        async for event in bring(proof.lab, target, folder, fresh=True):
            if isinstance(event, EarlierLab) and event.lab not in proof.earlier:
                proof.earlier.append(event.lab)
    elif proof.lab.after and not any(fault.rule == "earlier-lab" for fault in proof.faults):
        proof.faults.append(
            Fault(
                "earlier-lab",
                ("after",),
                phrase(
                    "an earlier lab is not run automatically on your own cluster: {lab}", lab=proof.lab.after
                ),
                phrase("run it there first, or prove this lab on a practice cluster"),
                grave=False,
            )
        )


def _runner(lab: Lab, target: Target, folder: Path) -> AbstractAsyncContextManager[LabRunner]:
    return open_runner(lab, target, fresh=True, folder=folder)


def _two_ways(step: Step) -> bool:
    """Whether it has commands and another way that leads to the same end."""
    return bool(step.run) and step.solution is not None


def _way(step: Step, *, solution: bool) -> tuple[str, tuple[Command, ...]]:
    """Where the step's work is written, and the work; `work` where nothing is written."""
    if step.solution is not None and (solution or not step.run):
        return "solution", step.solution
    return ("run", step.run) if step.run else ("work", ())


def _nothing_checked(lab: Lab) -> list[Fault]:
    """A lab without checks proves nothing, however well its commands run."""
    if any(step.checks for step in lab.steps):
        return []
    return [
        Fault(
            "nothing-checked",
            ("steps",),
            phrase("no step has a check: this lab has nothing to prove"),
            phrase("add checks for the result of each step, or ask a question (quiz)"),
        )
    ]


class _Commands(Worker):
    """The first round, by the steps' commands, with all the looks.

    A step that fails does not end it: the steps after it are worked through as well, as far as they can be.
    """

    def __init__(self, proof: Proof, runner: LabRunner) -> None:
        super().__init__(proof, runner)
        self.held = False
        self._earlier: dict[Key, Everything] = {}

    async def through(self) -> AsyncIterator[StepProof]:
        await self.judge.require()
        began = await self._everything()
        if not await self.run(SETUP, ("setup",), self.lab.setup):
            return
        now = await self._everything()
        await self._look_at_start()
        for step in self.proof.steps:
            now = await self._step(step, now)
            if not step.passes and not step.step.optional and self.failed is None:
                self.failed = step
            if self.failed is None:
                await self._still_holding(step)
            yield step
        self.held = all(step.passes for step in self.proof.steps)
        if self.held:
            await mutations.mutate(self.proof, self.judge, self._earlier, now)
            self.proof.faults += mutations.faults(self.proof)
        await tidy(self, began)

    async def _everything(self) -> Everything:
        return await everything(self.judge.cluster.access)

    async def _look_at_start(self) -> None:
        for step in self.proof.steps:
            for each in step.checks:
                each.at_start = await self.look(each)

    def _blame_what_held_all_along(self, step: StepProof) -> None:
        """Checks that pass at the start and still pass before their step: an earlier step may remove what existed."""
        for each in step.checks:
            if each.check.given or not (
                each.at_start and each.at_start.passed and each.before and each.before.passed
            ):
                continue
            self.blame(
                "holds-before",
                each.path,
                phrase("passes before anything is done: {check}", check=each.check.describe()),
                phrase(
                    "check what the step creates; if the step starts from it, mark it with {key}",
                    key="given: true",
                ),
            )

    async def _step(self, step: StepProof, before: Everything) -> Everything:
        began = time.monotonic()
        step.reached = True
        prepared = await self.prepare(step)
        for each in step.checks:
            each.before = await self.look(each)
        self._blame_given(step)
        self._blame_what_held_all_along(step)
        self.solve(step)
        name, commands = _way(step.step, solution=False)
        ran = await self.run(step.id, (*step.path, name), commands)
        await self.see_whether_looking_changes(step)
        coming = bool(commands) or (self.failed is None and (step.number > 1 or bool(self.lab.setup)))
        step.passes = prepared and ran and await self.judged(step, (*step.path, name), patient=coming)
        settled = self.judge.settled(step.id, step.step)
        for index, each in enumerate(step.checks):
            each.after = settled.get(index) or await self.look(each)
        after = await self._everything()
        step.made, step.changed = made(before, after), changed(before, after)
        self._blame_early(step)
        self._report_not_here(step)
        for key in step.changed:
            self._earlier.setdefault(key, before)
        step.seconds = time.monotonic() - began
        return after

    def _blame_given(self, step: StepProof) -> None:
        for each in step.checks:
            if each.check.given and each.before is not None and not each.before.verdict.passes:
                self.blame(
                    "given-does-not-hold",
                    each.path,
                    phrase(
                        "is marked as given, but fails before the step: {found}",
                        found=each.before.found,
                    ),
                )

    def _report_not_here(self, step: StepProof) -> None:
        """Checks that this cluster can't prove."""
        for each in step.checks:
            if each.check.needs and each.after is not None and each.after.verdict is Verdict.SKIPPED:
                self.proof.faults.append(
                    Fault(
                        "needs-real-cluster",
                        each.path,
                        phrase("not proved: it needs a real cluster: {check}", check=each.check.describe()),
                        phrase("prove the lab on one, too: --context NAME"),
                        grave=False,
                    )
                )

    def _blame_early(self, step: StepProof) -> None:
        """A step that changes the cluster without a check that notices. A step that only reads or waits changes
        nothing."""
        proving = [each for each in step.checks if not each.check.given]
        early = [each for each in proving if each.before is not None and each.before.passed]
        if not (step.made or step.changed) or not proving or len(early) < len(proving):
            return
        if all(each.at_start is not None and each.at_start.passed for each in early):
            return  # reported already, of each of them
        self.blame(
            "step-holds-before",
            step.path,
            phrase("all its checks pass before its commands run"),
            phrase(
                "check what its commands change, or mark what it starts from with {key}", key="given: true"
            ),
        )

    async def _still_holding(self, done: StepProof) -> None:
        """Level checks of the earlier steps, after this one's work."""
        for step in self.proof.steps:
            if step is done:
                return
            for each in step.checks:
                if each.check.once or not (each.after and each.after.verdict.passes):
                    continue
                outcome = await self.look(each)
                if outcome.verdict is Verdict.PENDING:
                    verified = await self.judge.look_at(step.step)
                    outcome = verified.outcomes[each.path[-1] if isinstance(each.path[-1], int) else 0]
                outcome = await self._settled(each, outcome, step)
                if not outcome.verdict.passes:
                    each.after = outcome
                    self.blame(
                        "broken-later",
                        each.path,
                        phrase(
                            "passed, and fails after step {step}: {found}",
                            step=done.id,
                            found=outcome.found,
                        ),
                        phrase("if this is intended, use {key}", key="once: true"),
                    )

    async def _settled(self, each: CheckProof, outcome: Outcome, step: StepProof) -> Outcome:
        """The last of the looks while what the work started is still coming up: a program that starts, a rollout."""
        end = time.monotonic() + min(step.step.within, COMES_UP_WITHIN)
        while not outcome.verdict.passes and time.monotonic() < end:
            await asyncio.sleep(LOOK_AGAIN)
            outcome = await self.look(each)
        return outcome


class _Solutions(Worker):
    """The second round: by each step's solution where it has one, else by its commands."""

    async def through(self) -> None:
        await self.run(SETUP, ("setup",), self.lab.setup)
        for step in self.proof.steps:
            name, commands = _way(step.step, solution=True)
            path = (*step.path, name)
            self.solve(step)
            await self.prepare(step)
            ran = await self.run(step.id, path, commands)
            if not (ran and await self.judged(step, path)) and self.failed is None:
                self.failed = step
        if self.lab.cleanup:
            await self.run(CLEANUP, ("cleanup", "run"), self.lab.cleanup.run)
