"""What a saved change of a lab means for an attempt at it."""

from __future__ import annotations

from collections.abc import Iterator

from runner.labs.model import Command, Lab, Step
from runner.session.attempt_state import AttemptState, CommandRun
from runner.session.events import LabReplaced


def lab_change(state: AttemptState, before: Lab, after: Lab) -> LabReplaced:
    """Changed checks are judged again; commands are identified by their text, not by their number."""
    now = {step.id: step for step in after.steps}
    rechecked = [step.id for step in before.steps if step.id not in now or now[step.id].checks != step.checks]
    return LabReplaced(
        steps=tuple(now),
        rechecked=tuple(rechecked),
        moved=tuple(moved for step in after.steps for moved in _moved(state, step)),
    )


def _moved(state: AttemptState, step: Step) -> Iterator[tuple[str, int, int]]:
    record = state.step(step.id)
    ran = {run.index: run for run in record.runs[record.runs_before :]}
    for index, command in enumerate((*step.run, *(step.solution or ()))):
        same = [was for was in sorted(ran, key=lambda was: was != index) if _is_of(ran[was], command)]
        if same:
            ran.pop(same[0])
            yield step.id, same[0], index
    for was in ran:
        yield step.id, was, min(was, -1 - was)


def _is_of(run: CommandRun, command: Command) -> bool:
    return run.command in (command.command, command.otherwise)
