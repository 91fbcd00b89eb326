"""What the lab's screen shows of one step, as data: read off an AttemptView, and drawn by lab_panes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from checks.base import Check, Outcome
from checks.quiz import Quiz
from runner.labs.model import Console, Lab, Step
from runner.session.attempt_view import AttemptView
from runner.session.consoles import consoles_of
from runner.session.mending import step_to_mend
from runner.session.step_states import StepState
from runner.tui.screens import lab_rows
from runner.tui.widgets.step_commands import CommandRow
from runner.tui.widgets.step_list import StepRow


@dataclass(frozen=True, slots=True)
class LabView:
    """One step of a lab, and where the lab is."""

    language: str
    lab: Lab
    step: Step
    state: StepState
    version: str
    """The cluster's; "" where it could not be read."""
    lost: bool
    """Whether the cluster can't be read just now."""
    progress: str
    """Steps done of those that count: 4/13."""
    steps: tuple[StepRow, ...]
    hints: int
    solution: str
    """"", "shown" or "typed"."""
    quizzes: tuple[tuple[Quiz, bool], ...]
    """The step's questions, and whether each is answered right."""
    answers: Mapping[str, tuple[str, ...]]
    commands: tuple[CommandRow, ...]
    by_hand: bool
    checks: tuple[Check, ...]
    outcomes: tuple[Outcome | None, ...]
    begun: bool
    """Whether a check that fails is worth a red mark."""
    consoles: tuple[Console, ...]
    offers: frozenset[str]
    """The actions that make sense at this step now."""

    @property
    def locked(self) -> bool:
        return self.state is StepState.LOCKED

    @property
    def passed(self) -> bool:
        return self.state is StepState.PASSED

    @property
    def commands_done(self) -> int:
        return sum(row.succeeded for row in self.commands)

    @property
    def passing(self) -> int:
        """How many of the checks pass."""
        return sum(outcome is not None and outcome.verdict.passes for outcome in self.outcomes)

    @classmethod
    def of(cls, view: AttemptView, step_id: str, *, by_hand: bool, language: str) -> LabView:
        """The view of one step."""
        step, outcomes = view.lab.step(step_id), view.outcomes(step_id)
        return cls(
            language=language,
            lab=view.lab,
            step=step,
            state=view.state(step_id),
            version=view.record.version,
            lost=view.record.lost is not None,
            progress=lab_rows.progress(view),
            steps=tuple(lab_rows.steps(view)),
            hints=view.hints(step_id),
            solution=view.solution(step_id),
            quizzes=tuple(
                (check, outcome is not None and outcome.passed)
                for check, outcome in zip(step.checks, outcomes, strict=True)
                if isinstance(check, Quiz)
            ),
            answers=view.answers,
            commands=tuple(lab_rows.commands(view, step)),
            by_hand=by_hand,
            checks=step.checks,
            outcomes=outcomes,
            begun=lab_rows.begun(view, step_id),
            consoles=consoles_of(view.lab, step),
            offers=frozenset(_offers(view, step)),
        )


def _offers(view: AttemptView, step: Step) -> set[str]:
    state = view.state(step.id)
    offered = {
        # on a locked step the key says what is to be done first; the key bar does not offer it
        "run_next": state is not StepState.RUNNING
        and (view.next_command(step.id) is not None or view.waits_for_console(step.id)),
        "next_step": view.ends_at(step.id)
        or (step is not view.lab.steps[-1] and (state is StepState.PASSED or view.any_order)),
        "hint": view.hints(step.id) < len(step.hints),
        "console": step.console is not None,
        "solution": bool(step.work) and view.may_see_solution(step.id) and not view.solution(step.id),
        "explain": bool(step.checks),
        "go_to_broken": step_to_mend(view, step.id) is not None,
    }
    offered["insert"] = offered["run_next"] and view.next_command(step.id) is not None
    return {action for action, makes_sense in offered.items() if makes_sense}
