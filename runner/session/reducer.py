"""The one reading of the events: `reduce` folds them into an AttemptState, which everything else reads."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial

from checks.base import Outcome
from runner.session.attempt_state import AttemptState, CommandRun, StepRecord, StepStatus, setup_of
from runner.session.events import (
    CLEANUP,
    SETUP,
    CheckUpdated,
    ClusterBack,
    ClusterLost,
    CommandFinished,
    CommandStarted,
    ConsoleOpened,
    Event,
    HintShown,
    LabFinished,
    LabReplaced,
    LabStarted,
    QuizAnswered,
    SkipTaken,
    SolutionShown,
    StepBroken,
    StepFailed,
    StepPassed,
    StepReached,
    StepReset,
    StepSkipped,
    StepStarted,
    StepTried,
    StepUnlocked,
)
from runner.session.score import could_not_judge

Change = Callable[[AttemptState], AttemptState]


def reduce(state: AttemptState, event: Event, at: datetime | None = None) -> AttemptState:
    """The state after `event`, which was at `at`. Pure; an event that changes nothing gives the same state."""
    if at is not None:
        state = _spent(state, event, at)
    for family in (_of_the_lab, _of_commands, _of_judging, _of_the_learner):
        change = family(event)
        if change is not None:
            state = change(state)
            break
    return state if at is None else _begun(state, event, at)


def _spent(state: AttemptState, event: Event, at: datetime) -> AttemptState:
    """The time since the last event was spent on the attempt, and on the step that the learner is at; between two visits
    none was. Before they went to any step they are at the one that the event is about."""
    seconds = state.seconds if isinstance(event, LabStarted) else state.spent(at)
    here = state.here or ("" if isinstance(event, StepReached) else getattr(event, "step", ""))
    if here and seconds > state.seconds:
        state = _with(state, here, spent=state.step(here).spent + seconds - state.seconds)
    return replace(state, seconds=seconds, last=at, began=state.began or at)


def _begun(state: AttemptState, event: Event, at: datetime) -> AttemptState:
    """A step begins as it is unlocked or gone to; it begins again as its commands are run again, or it is reset."""
    if isinstance(event, StepStarted | StepReset):
        return _with(state, event.step, began=at)
    if isinstance(event, StepUnlocked | StepReached) and state.step(event.step).began is None:
        return _with(state, event.step, began=at)
    return state


def _of_the_lab(event: Event) -> Change | None:
    match event:
        case LabStarted():
            return partial(_started, event=event)
        case LabReplaced():
            return partial(_replaced, event=event)
        case LabFinished():
            return lambda state: replace(state, ended=event, ended_at=state.last, ended_here=state.here)
        case ClusterLost():
            return lambda state: replace(state, lost=event.message)
        case ClusterBack():
            return lambda state: replace(state, lost=None)
    return None


def _of_commands(event: Event) -> Change | None:
    match event:
        case CommandStarted():
            return partial(_command_started, event=event)
        case CommandFinished():
            return partial(_command_finished, event=event)
    return None


def _of_judging(event: Event) -> Change | None:
    match event:
        case StepStarted():
            return lambda state: _with(state, event.step, status=StepStatus.RUNNING)
        case CheckUpdated():
            return partial(_check_updated, event=event)
        case StepPassed():
            return lambda state: _with(
                state,
                event.step,
                status=StepStatus.PASSED,
                passed=True,
                reached=True,
                broken=False,
                judged_for=event.seconds,
            )
        case StepFailed():
            return partial(_failed, event=event)
        case StepBroken():
            return partial(_broken, event=event)
        case StepSkipped():
            return partial(_skipped, event=event)
    return None


def _of_the_learner(event: Event) -> Change | None:
    match event:
        case QuizAnswered():
            return partial(_answered, event=event)
        case StepUnlocked():
            return lambda state: _with(state, event.step, opened=state.seconds)
        case ConsoleOpened():
            return lambda state: _with(state, event.step, console=True)
        case StepTried():
            return lambda state: _with(state, event.step, tried=True)
        case HintShown():
            return lambda state: _with(
                state, event.step, hints=max(state.step(event.step).hints, event.index + 1)
            )
        case SolutionShown():
            return lambda state: _with(state, event.step, solution=event.how)
        case SkipTaken():
            return lambda state: _with(state, event.step, skipped=True)
        case StepReached():
            return lambda state: replace(state, here=event.step)
        case StepReset():
            return partial(_reset, event=event)
    return None


# the lab


def _started(state: AttemptState, event: LabStarted) -> AttemptState:
    """A visit begins: what ran when the last one was ended runs no more."""
    if state.running is not None:
        step, index = state.running
        ended = tuple(run for run in state.step(step).runs if run.index != index)
        state = replace(_with(state, step, runs=ended), interrupted=state.running, running=None)
    steps = {
        step: replace(record, status=StepStatus.WAITING) if record.status is StepStatus.RUNNING else record
        for step, record in state.steps.items()
    }
    return replace(
        state,
        steps=steps,
        attempt=event.attempt,
        target=event.target,
        server=event.server,
        version=event.version,
        lost=None,
    )


def _replaced(state: AttemptState, event: LabReplaced) -> AttemptState:
    """Checks that changed are judged again; commands have the numbers that they have in the new lab."""
    for step in event.rechecked:
        state = _with(
            state, step, status=StepStatus.WAITING, passed=False, reached=False, broken=False, outcomes={}
        )
    for step in {step for step, _, _ in event.moved}:
        now = {was: is_now for of, was, is_now in event.moved if of == step}
        record = state.step(step)
        runs = tuple(replace(run, index=now.get(run.index, run.index)) for run in record.runs)
        state = _with(state, step, runs=runs)
        if state.running is not None and state.running[0] == step:
            state = replace(state, running=(step, now.get(state.running[1], state.running[1])))
    for step in event.steps:
        record = state.step(step)
        if record.runs:
            state = _with(state, step, done=_in_a_row(record))
    return replace(state, ended=None) if event.rechecked else state


def _in_a_row(record: StepRecord) -> int:
    done = 0
    while (run := record.run_of(done)) is not None and run.succeeded:
        done += 1
    return done


# commands


def _command_started(state: AttemptState, event: CommandStarted) -> AttemptState:
    state = _worked_on(state, event.step)
    runs = (*state.step(event.step).runs, CommandRun(event.index, event.command))
    return replace(
        _with(state, event.step, status=StepStatus.RUNNING, runs=runs),
        running=(event.step, event.index),
        interrupted=None,
        cleaned=state.cleaned or event.step == CLEANUP,
    )


def _command_finished(state: AttemptState, event: CommandFinished) -> AttemptState:
    state = _worked_on(state, event.step)
    record = state.step(event.step)
    run = CommandRun(event.index, event.command, event.end, event.by)
    began = bool(record.runs) and record.runs[-1].running and record.runs[-1].index == event.index
    runs = (*(record.runs[:-1] if began else record.runs), run)  # what was not run never started
    done = record.done + (run.succeeded and event.index == record.done)
    state = _with(state, event.step, runs=runs, done=done)
    if event.step == SETUP:
        state = _with(state, SETUP, status=StepStatus.PASSED if run.succeeded else StepStatus.FAILED)
    this = event.step, event.index
    return replace(
        state,
        running=None if state.running == this else state.running,
        interrupted=None if state.interrupted == this else state.interrupted,
    )


def _worked_on(state: AttemptState, step: str) -> AttemptState:
    """What was cleaned up is no more, once a step is worked on again: the clean-up is to be done again."""
    if not state.cleaned or step in (SETUP, CLEANUP):
        return state
    steps = {key: record for key, record in state.steps.items() if key != CLEANUP}
    return replace(state, steps=steps, cleaned=False)


# judging


def _check_updated(state: AttemptState, event: CheckUpdated) -> AttemptState:
    record = state.step(event.step)
    return _with(
        state,
        event.step,
        status=StepStatus.RUNNING if record.status is StepStatus.WAITING else record.status,
        outcomes={**record.outcomes, event.index: event.outcome},
        ever_failed=record.ever_failed or not event.outcome.verdict.passes,
    )


def _failed(state: AttemptState, event: StepFailed) -> AttemptState:
    return _with(
        state,
        event.step,
        status=StepStatus.ERROR if event.could_not_judge else StepStatus.FAILED,
        passed=False,
        judged_for=event.seconds,
        outcomes=_settled(state.step(event.step), event.outcomes),
        done=0,  # to be worked through from the start
    )


def _broken(state: AttemptState, event: StepBroken) -> AttemptState:
    record = state.step(event.step)
    return _with(
        state,
        event.step,
        status=StepStatus.ERROR if could_not_judge(event.outcomes) else StepStatus.FAILED,
        passed=False,
        broken=True,
        outcomes=_settled(record, event.outcomes),
        runs_before=sum(not run.running for run in record.runs),  # one that runs now is not of before
        done=0,
    )


def _skipped(state: AttemptState, event: StepSkipped) -> AttemptState:
    unjudged = event.because == SETUP or state.step(event.because).status is StepStatus.ERROR
    return _with(
        state,
        event.step,
        status=StepStatus.SKIPPED,
        because=event.because,
        blocked_unjudged=bool(event.because) and unjudged,
    )


def _settled(record: StepRecord, outcomes: Sequence[Outcome]) -> dict[int, Outcome]:
    return {**record.outcomes, **dict(enumerate(outcomes))}


# the learner


def _answered(state: AttemptState, event: QuizAnswered) -> AttemptState:
    """A question has one answer, also where its step has another name by now."""
    for step, record in state.steps.items():
        if event.question in record.answers and step != event.step:
            left = {key: given for key, given in record.answers.items() if key != event.question}
            state = _with(state, step, answers=left)
    answers = {**state.step(event.step).answers, event.question: tuple(event.answer)}
    return _with(state, event.step, answers=answers)


def _reset(state: AttemptState, event: StepReset) -> AttemptState:
    """What was done in the step is forgotten; what it unlocked stays so."""
    before = state.step(event.step)
    record = StepRecord(reached=before.reached, opened=state.seconds, spent=before.spent)
    others = {step: kept for step, kept in state.steps.items() if step != setup_of(event.step)}
    return replace(state, steps={**others, event.step: record}, ended=None)


def _with(state: AttemptState, step: str, **changed: object) -> AttemptState:
    record = replace(state.step(step), **changed)  # type: ignore[arg-type]
    return replace(state, steps={**state.steps, step: record})
