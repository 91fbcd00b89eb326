"""A read-only view of a lab and an attempt at it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from checks.base import Outcome, Verdict
from checks.http import Http
from runner.labs.model import Command, Lab, Step
from runner.session.attempt_state import AttemptState, CommandRun, StepStatus
from runner.session.events import CLEANUP, LabFinished
from runner.session.score import score
from runner.session.step_states import StepState
from runner.session.unlock_policy import UnlockPolicy, any_order, in_order


@dataclass(frozen=True, slots=True)
class AttemptView:
    """Where each step is, and what the learner did for it. Steps are named by their ids.

    `seconds`: time spent on the attempt until now, over all visits; long silences are not counted whole.
    """

    lab: Lab
    record: AttemptState
    policy: UnlockPolicy = in_order
    seconds: float = 0.0

    @property
    def counting(self) -> list[Step]:
        """The steps required to finish the lab: all but the bonus steps."""
        return [step for step in self.lab.steps if not step.optional]

    # steps

    def state(self, step: str) -> StepState:
        """Where the step is on its way from locked to passed."""
        record = self.record.step(step)
        if self.record.running is not None and self.record.running[0] == step:
            return StepState.RUNNING
        if record.broken:
            return StepState.BROKEN
        if record.passed:
            return StepState.PASSED
        if not self.unlocked(step):
            return StepState.LOCKED
        worked = bool(self.lab.step(step).run) and self.next_command(step) is None
        return StepState.WAITING if worked or self._pending(step) else StepState.OPEN

    def unlocked(self, step: str) -> bool:
        """Whether the step is unlocked."""
        return self.first_to_do(step) is None

    def prepared(self, step: str) -> bool:
        """Whether the step's own setup was done: before that there is nothing to judge."""
        return self.record.prepared(self.lab.step(step))

    def first_to_do(self, step: str) -> Step | None:
        """The step that must pass first; None if this one is unlocked."""
        return self.policy(self.lab, self.record, step)

    def _pending(self, step: str) -> bool:
        return any(each is not None and each.verdict is Verdict.PENDING for each in self.outcomes(step))

    def outcomes(self, step: str) -> tuple[Outcome | None, ...]:
        """The last look at each of the step's checks; None if there was none yet."""
        known = self.record.step(step).outcomes
        return tuple(known.get(index) for index in range(len(self.lab.step(step).checks)))

    def begun(self, step: str) -> bool:
        """Whether the learner did something for it, to distinguish "not yet" from "wrong": a command of the lab or of
        their own, an answer, or anything with a cause that the cluster shows."""
        explained = any(outcome is not None and outcome.findings for outcome in self.outcomes(step))
        return explained or self.record.step(step).worked_on

    @property
    def finished(self) -> bool:
        """Whether all that counts has passed, and nothing of it is broken."""
        return all(self.record.step(step.id).passed for step in self.counting)

    def here(self) -> str:
        """The step to open: where the learner was, else the first that has not passed."""
        ids = [step.id for step in self.lab.steps]
        if self.record.here in ids:
            return self.record.here
        return next((each for each in ids if not self.record.step(each).passed), ids[-1])

    def was_there(self, step: str) -> bool:
        """Whether it passes without anybody's work: the learner did nothing for it, and no check of it ever failed."""
        record = self.record.step(step)
        helped = record.worked_on or record.solution or record.skipped
        return record.passed and not helped and not record.ever_failed

    def ends_at(self, step: str) -> bool:
        """Whether what comes after this step is the lab's end: it is finished, and this is the last step that counts, the
        last of all, or the one at which the learner finished."""
        last = {self.lab.steps[-1].id, *(each.id for each in self.counting[-1:]), self.record.ended_here}
        return self.record.finished and step in last

    @property
    def any_order(self) -> bool:
        """Whether the steps may be done in any order, as by the author of the lab."""
        return self.policy is any_order

    # commands

    def commands(self, step: str) -> tuple[CommandRun | None, ...]:
        """The last run of each of the step's commands; None of one that was not run since the step broke."""
        return tuple(self.command(step, index) for index in range(len(self.lab.step(step).run)))

    def command(self, step: str, index: int) -> CommandRun | None:
        """The last run of one command of a step, or of the lab's setup or clean-up."""
        return self.record.step(step).run_of(index)

    def succeeded(self, step: str, index: int) -> bool:
        """Whether the command's last run succeeded."""
        run = self.command(step, index)
        return run is not None and run.succeeded

    def next_command(self, step: str) -> int | None:
        """The first command of the step that has not succeeded.

        None if all have, or where the step's solution was typed, which is another way to the same end.
        """
        if self._solved(step):
            return None
        return next((at for at in range(len(self.lab.step(step).run)) if not self.succeeded(step, at)), None)

    def _solved(self, step: str) -> bool:
        """Whether the commands of a solution of its own (numbered behind the step's) succeeded."""
        of = self.lab.step(step)
        numbers = range(len(of.run), len(of.run) + len(of.solution or ()))
        return bool(numbers) and all(self.succeeded(step, index) for index in numbers)

    def solution_commands(self, step: str) -> list[tuple[int, Command]]:
        """The commands that do the step for the learner, with their numbers: those of its solution come behind its own."""
        of = self.lab.step(step)
        if of.solution is not None:
            return list(enumerate(of.solution, len(of.run)))
        return list(enumerate(of.run))[self.next_command(step) or 0 :]

    def waits_for_console(self, step: str) -> bool:
        """Whether the step is about a console that the learner has not opened: that its page answers shows nothing of that."""
        record, of = self.record.step(step), self.lab.step(step)
        if of.console is None or record.console or record.reached:
            return False
        asked = {(c.http.service, c.http.namespace) for c in of.checks if isinstance(c, Http)}
        return (of.console.service, of.console.namespace) in asked

    # help taken

    def hints(self, step: str) -> int:
        """How many of its hints are shown."""
        return self.record.step(step).hints

    def solution(self, step: str) -> str:
        """ "", "shown" or "typed"."""
        return self.record.step(step).solution

    def skipped(self, step: str) -> bool:
        """Whether the step was completed for the learner."""
        return self.record.step(step).skipped

    def may_skip(self, step: str) -> bool:
        """Whether the lab lets the learner skip this step by having it completed."""
        of = self.lab.step(step)
        if of.skip is None:  # a challenge's solution would be typed before the learner's eyes
            return self.lab.skip and not of.challenge
        return of.skip

    def may_see_solution(self, step: str) -> bool:
        """Whether the learner may see how it is done: of a challenge once it is."""
        return not self.lab.step(step).challenge or self.record.step(step).reached

    @property
    def answers(self) -> Mapping[str, tuple[str, ...]]:
        """The learner's answers by question."""
        return self.record.answers

    # the whole

    def score(self) -> LabFinished:
        """The score if the attempt ended now. Hints and solutions are recorded and cost nothing."""
        return score(self.lab.steps, self.record, self.seconds)

    @property
    def cleaned_up(self) -> bool | None:
        """Whether the clean-up succeeded and everything is gone; None if there was none, or it has not ended."""
        cleanup, of = self.lab.cleanup, self.record.step(CLEANUP)
        if cleanup is None or not self.record.cleaned or of.status is StepStatus.RUNNING:
            return None
        return all(self.succeeded(CLEANUP, at) for at in range(len(cleanup.run))) and all(
            at in of.outcomes and of.outcomes[at].verdict.passes for at in range(len(cleanup.checks))
        )
