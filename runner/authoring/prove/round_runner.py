"""What every round of a proof does: runs commands, evaluates checks, and reports faults of the lab."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import aclosing

from checks.base import CannotRead, Outcome, Verdict
from checks.command import Command as CommandCheck
from checks.registry import look
from runner.authoring.prove.meddling import Meddling
from runner.authoring.prove.mutations import named
from runner.authoring.prove.proof import CheckProof, Fault, Proof, StepProof
from runner.labs.model import Command
from runner.labs.yaml_nodes import Path as At
from runner.session.events import CheckUpdated, CommandFinished, Event, StepFailed, StepPassed
from runner.session.judge import Work
from runner.session.lab_runner import LabRunner
from runner.session.session_texts import command_end
from runner.words import Phrase, phrase

IMPOSSIBLE = "(NotImplemented)"
"""What kubectl prints for features that a practice cluster lacks; waiting does not change it."""
BY_ITSELF = frozenset({"holds-before", "changes-the-cluster", "nothing-checked", "no-cleanup"})
"""Rules whose faults are never caused by an earlier failed step."""


ELSEWHERE = phrase(
    "this is not possible on a practice cluster: prove this lab on your own cluster, with {option}",
    option="--context NAME",
)


class Worker:
    """Does the work of steps, and reports faults at their places in lab.yaml."""

    def __init__(self, proof: Proof, runner: LabRunner) -> None:
        self.proof, self.runner, self.judge, self.lab = proof, runner, runner.judge, proof.lab
        self.failed: StepProof | None = None
        """The first required step that did not finish: it may be the reason for later failures."""
        self._meddling = Meddling(self.judge.cluster.access)

    def blame(
        self, rule: str, path: At, message: Phrase, hint: Phrase | None = None, grave: bool = True
    ) -> None:
        """Note a fault, and where a step failed before it, that it may come of that."""
        failed = self.failed
        own = rule in BY_ITSELF or hint is ELSEWHERE
        if failed is None or failed.path == path[:2] or own:
            self.proof.faults.append(Fault(rule, path, message, hint, grave))
            return
        because = phrase(
            "this can be caused by step {number} ({step}), which failed earlier: fix that first",
            number=failed.number,
            step=failed.id,
        )
        self.proof.faults.append(Fault(rule, path, message, because, grave, failed.id))

    async def run(self, step: str, path: At, commands: Sequence[Command]) -> bool:
        """Whether all of them succeeded."""
        failed: CommandFinished | None = None
        last = ""
        async for event in self._recorded(self.runner.commands.run_all(step, tuple(enumerate(commands)))):
            if isinstance(event, CommandFinished):
                failed = event if event.end.exit_code != 0 else None
                history = self.runner.shell.history
                last = history[-1].output if history else ""
        if failed is None:
            return True
        words = " / ".join(last.strip().splitlines()[-3:])[:300]
        self.blame(
            "command-failed",
            (*path, failed.index),
            phrase(
                "the command failed ({how}): {output}",
                how=command_end(failed.end),
                output=failed.end.waiting_at or words or "-",
            ),
            ELSEWHERE if IMPOSSIBLE in last else None,
        )
        return False

    async def prepare(self, step: StepProof) -> bool:
        """Run the step's own setup; whether that succeeded."""
        why: Outcome | None = None
        index = 0
        async for event in self.runner.prepare(step.step):
            if isinstance(event, CheckUpdated):
                why = event.outcome
                continue
            self.runner.record(event)
            index = event.index
        if self.runner.state.prepared(step.step):
            return True
        found = why.found if why is not None else phrase("a step without checks")
        self.blame("command-failed", (*step.path, "setup", index), phrase("{found}", found=found))
        return False

    async def look(self, each: CheckProof) -> Outcome:
        """Evaluate a check once; reports a command that changes the cluster. Raises CannotRead if nothing can be
        read."""
        if not isinstance(each.check, CommandCheck):
            return await self._look(each)
        before = await self._meddling.state()
        outcome = await self._look(each)
        touched = await self._meddling.touched(before)
        if touched and not each.meddles:
            each.meddles = True
            self.blame(
                "changes-the-cluster",
                each.path,
                phrase("this check changes the cluster when it runs: {objects}", objects=named(touched)),
                phrase(
                    "a check must not change anything: let the step's commands change it, and check "
                    "the result"
                ),
            )
        return outcome

    async def see_whether_looking_changes(self, step: StepProof) -> None:
        """Before anything waits for the checks: what a command changes, it changes at its first look."""
        for each in step.checks:
            if isinstance(each.check, CommandCheck):
                await self.look(each)

    async def _look(self, each: CheckProof) -> Outcome:
        outcome = await look(each.check, self.judge.world.look())
        if outcome.verdict is Verdict.ERROR and self.judge.cluster.read_error:
            raise CannotRead("unreachable", outcome.found)
        return outcome

    async def judged(self, step: StepProof, path: At, *, patient: bool = True) -> bool:
        """Whether the step's checks pass in time; reports those that do not."""
        outcomes = await self.outcomes(step.id, step.step, patient=patient)
        for each, outcome in zip(step.checks, outcomes or (), strict=False):
            if not outcome.verdict.passes:
                self.fails(each, outcome, path)
        return outcomes is None

    async def outcomes(self, step: str, work: Work, *, patient: bool) -> tuple[Outcome, ...] | None:
        """The last looks at the checks where they do not all hold; None if they do.

        What a practice cluster can't do is not waited for.
        """
        passed = not work.checks
        outcomes: tuple[Outcome, ...] = ()
        impossible = False
        events = self.judge.verify(step, work, patient=patient)
        async with aclosing(events):
            async for event in events:
                self.runner.record(event)
                if isinstance(event, CheckUpdated) and patient:
                    found = event.outcome
                    impossible = not found.verdict.passes and IMPOSSIBLE in found.found.render()
                    if impossible:
                        break
                passed = passed or isinstance(event, StepPassed)
                if isinstance(event, StepFailed):
                    outcomes = event.outcomes
        if impossible:
            return await self.outcomes(step, work, patient=False)
        return None if passed else outcomes

    def fails(self, each: CheckProof, outcome: Outcome, path: At) -> None:
        if IMPOSSIBLE in outcome.found.render():
            hint = ELSEWHERE
        elif outcome.findings:
            hint = outcome.findings[0].cause
        elif path[-1] == "work":
            hint = phrase(
                "the step has neither run nor solution, so nothing proves that it can be done. Add {key}",
                key="solution:",
            )
        else:
            hint = phrase("the work belongs to {place}", place=self.proof.place(path))
        self.blame(
            "fails-after",
            each.path,
            phrase(
                "fails after the work: expected {expected}; found {found}",
                expected=outcome.expected,
                found=outcome.found,
            ),
            hint,
        )

    def solve(self, step: StepProof) -> None:
        """Answer the step's questions."""
        for answered in self.runner.solve_quizzes(step.step):
            self.runner.record(answered)

    async def _recorded(self, events: AsyncGenerator[Event, None]) -> AsyncIterator[Event]:
        async for event in events:
            yield self.runner.record(event)
