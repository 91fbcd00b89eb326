"""What is known of a learner's way through a lab: read off the record and the last looks, changing nothing."""

from __future__ import annotations

from collections.abc import Mapping

from checks.base import Outcome, Verdict
from runner.labs.model import Step
from runner.session.events import CheckUpdated, LabFinished, StepPassed
from runner.session.score import Score
from runner.session.session import Session
from runner.session.state import State
from runner.session.step_states import CommandState, StepState


class Standing:
    """Where each step stands, and what the learner did for it. Steps are named by their ids."""

    def __init__(self, session: Session) -> None:
        assert session.progress is not None, "a learner has a record"
        self.session, self.lab = session, session.lab
        self._progress = session.progress
        self._outcomes: dict[str, list[Outcome | None]] = {
            step.id: [self._record.held.get((step.id, at)) for at in range(len(step.checks))]
            for step in self.lab.steps
        }
        self._running: tuple[str, int] | None = None
        self._tried: set[str] = set()  # steps for which the learner did something of their own in this visit

    @property
    def counting(self) -> list[Step]:
        """The steps that the lab's end waits for: all but the bonus ones."""
        return [step for step in self.lab.steps if not step.optional]

    # steps

    def state(self, step: str) -> StepState:
        """Where the step stands."""
        if self._running is not None and self._running[0] == step:
            return StepState.RUNNING
        if step in self._record.broken:
            return StepState.BROKEN
        if step in self._record.passed:
            return StepState.PASSED
        if not self.unlocked(step):
            return StepState.LOCKED
        worked = bool(self.lab.step(step).run) and self.next_command(step) is None
        return StepState.WAITING if worked or self._on_its_way(step) else StepState.OPEN

    def unlocked(self, step: str) -> bool:
        """Whether every step before it that counts has passed once."""
        return self.first_to_do(step) is None

    def first_to_do(self, step: str) -> Step | None:
        """The first step before it that counts and has never passed."""
        for each in self.lab.steps:
            if each.id == step:
                return None
            if not each.optional and each.id not in self._record.reached:
                return each
        raise KeyError(step)

    def _on_its_way(self, step: str) -> bool:
        return any(each is not None and each.verdict is Verdict.PENDING for each in self._outcomes[step])

    def outcomes(self, step: str) -> tuple[Outcome | None, ...]:
        """The last look at each of the step's checks; None where there was none yet."""
        return tuple(self._outcomes[step])

    def begun(self, step: str) -> bool:
        """Whether the learner did something for it, so that "not yet" and "wrong" can be told apart: a command of the
        lab's or of their own, an answer, or (in another terminal, say) something that the cluster shows a cause of."""
        answered = step in self._record.questions.values()
        explained = any(outcome is not None and outcome.findings for outcome in self._outcomes[step])
        return answered or explained or step in self._tried or any(of == step for of, _ in self._record.runs)

    @property
    def finished(self) -> bool:
        """Whether all that counts has passed, and nothing of it is broken."""
        return all(step.id in self._record.passed for step in self.counting)

    def here(self) -> str:
        """The step that the learner is put at: where they were, else the first that has not passed."""
        ids = [step.id for step in self.lab.steps]
        if self._record.here in ids:
            return self._record.here
        return next((each for each in ids if each not in self._record.passed), ids[-1])

    # commands

    def commands(self, step: str) -> tuple[CommandState, ...]:
        """How each of the step's commands stands."""
        return tuple(self._command(step, index) for index in range(len(self.lab.step(step).run)))

    def _command(self, step: str, index: int) -> CommandState:
        if self._running == (step, index):
            return CommandState(running=True)
        run = self._record.runs.get((step, index))
        if run is None:
            return CommandState()
        return CommandState(False, True, run.exit_code, run.seconds, run.reason, run.by)

    def next_command(self, step: str) -> int | None:
        """The first command of the step that has not come to a good end.

        None where all have, or where the step's solution was typed, which is another way to the same end.
        """
        if self._solved(step):
            return None
        return next((at for at, each in enumerate(self.commands(step)) if not each.good), None)

    def _solved(self, step: str) -> bool:
        """Whether the commands of a solution of its own (numbered behind the step's) came to a good end."""
        of = self.lab.step(step)
        numbers = range(len(of.run), len(of.run) + len(of.solution or ()))
        return bool(numbers) and all(self._command(step, index).good for index in numbers)

    # help taken

    def hints(self, step: str) -> int:
        """How many of its hints are shown."""
        return self._record.hints.get(step, 0)

    def solution(self, step: str) -> str:
        """ "", "shown" or "typed"."""
        return self._record.solutions.get(step, "")

    def skipped(self, step: str) -> bool:
        """Whether the learner had it done for them to go on."""
        return step in self._record.skipped

    def may_skip(self, step: str) -> bool:
        """Whether the lab lets the learner have this step done for them."""
        own = self.lab.step(step).skip
        return self.lab.skip if own is None else own

    @property
    def answers(self) -> Mapping[str, tuple[str, ...]]:
        """The learner's answers by question."""
        return self._record.answers

    # the whole

    @property
    def seconds(self) -> float:
        """Time spent on this attempt, over all visits; long silences are not counted whole."""
        return self._progress.seconds

    def earlier(self, lines: int = 500) -> str:
        """The end of what the terminal showed on earlier visits, as plain text; "" where there were none."""
        return self.session.earlier(lines)

    def score(self) -> LabFinished:
        """What it would come to now. Hints and solutions are on record, and cost nothing."""
        score = Score(self.lab.steps)
        for step in self.lab.steps:
            for index, outcome in enumerate(self._outcomes[step.id]):
                if outcome is not None:
                    score.take(CheckUpdated(step.id, index, outcome))
            if step.id in self._record.passed:
                score.take(StepPassed(step.id, 0.0))
        return score.finished(self.seconds)

    @property
    def _record(self) -> State:
        return self._progress.state
