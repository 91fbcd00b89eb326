"""What the one line under the terminal says: what is to be done now, read off the view and the shell."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum

from checks.base import Finding, Outcome, Verdict
from checks.diagnosis.command_lines import parts
from checks.quiz import Quiz
from runner.labs.model import Step
from runner.session.attempt_view import AttemptView
from runner.session.finding_text import remedy
from runner.session.session_texts import sentence
from runner.session.shell_now import ShellNow
from runner.session.step_states import StepState
from runner.session.vi_coach import strokes_now, written
from runner.words import Phrase, phrase

_AT_THE_PROMPT = ShellNow()
_PAGERS = frozenset(["less", "more", "most", "man"])
_SOON = 1
"""Seconds that a command runs before the line says so: most are over by then."""
_INSERT = (("f3", phrase("insert")),)


class CoachingKind(StrEnum):
    """What the line is about; the first of these that is so is told."""

    PASSWORD = "password"  # noqa: S105 # one is asked for
    TYPING = "typing"  # Labgate types
    PAGER = "pager"  # a pager shows output: how to move in it, and out of it
    EDITOR = "editor"  # the step's command has opened one: the keys to press
    RUNNING = "running"  # a command runs
    TEACHING = "teaching"  # the last line failed, or did nothing: what mends it
    DONE = "done"  # the step has passed
    NEXT = "next"  # its next command
    QUESTION = "question"  # its questions are left
    WAITING = "waiting"  # its commands are done, and a check does not pass yet


@dataclass(frozen=True, slots=True)
class Coaching:
    """The line, as data: `▸ {words}   {keys}`; of TEACHING `{words}  ▸ {command in one line}   {keys}`.

    `words`: what is said, in one line; of NEXT it is the command itself. `command`: what F3 puts on the prompt, whole
    (it may have several lines); "" if there is none. `keys`: the keys that do something about it now, by Textual's
    names, each with what it does.
    """

    kind: CoachingKind
    words: Phrase
    command: str = ""
    keys: tuple[tuple[str, Phrase], ...] = ()
    wrapped: int = 0
    """Columns of the widest line that the last command printed, where that wrapped and `command` prints it whole; else 0."""


_READING = frozenset([CoachingKind.DONE, CoachingKind.QUESTION, CoachingKind.WAITING])
"""When the output of the step's last command is what is looked at."""


def coaching(
    view: AttemptView, step: str, now: ShellNow = _AT_THE_PROMPT, language: str = "en"
) -> Coaching | None:
    """What is said while the learner is at `step`; None where nothing is to be done in the terminal.

    `language`: of the lab's own texts in it. Two that are equal say the same: only another one is to be drawn.
    """
    of, state = view.lab.step(step), view.state(step)
    if now.password:
        return Coaching(
            CoachingKind.PASSWORD, phrase("A password is asked for: what you type is not shown and not kept.")
        )
    if now.typing:
        return Coaching(
            CoachingKind.TYPING, phrase("Labgate is typing for you. Your keys wait; Ctrl-C stops it.")
        )
    line = (
        _editor(of, now)
        or _pager(now)
        or _running(view, now)
        or _teaching(view, of, now, language)
        or (_done(view, of) if state is StepState.PASSED else None)
        or (None if state is StepState.LOCKED else _open(view, of, now, language))
    )
    if line is None or line.kind not in _READING or now.wrapped is None:
        return line
    return replace(line, command=now.wrapped.command, wrapped=now.wrapped.columns)


def _editor(step: Step, now: ShellNow) -> Coaching | None:
    left = strokes_now(step, now)
    if not left:
        return None
    words = phrase("In vi, press: {keys}", keys=written(left))
    return Coaching(CoachingKind.EDITOR, words, keys=(("f2", phrase("types it")),))


def _pager(now: ShellNow) -> Coaching | None:
    """Whoever was led into a pager is told the way out: nothing on its screen says it."""
    piped = parts(now.running) if now.editor else []  # else it reads no keys yet
    if not piped or piped[-1].name not in _PAGERS:
        return None
    return Coaching(CoachingKind.PAGER, phrase("The arrow keys scroll, also sideways; q ends it."))


def _running(view: AttemptView, now: ShellNow) -> Coaching | None:
    line = now.running if now.seconds >= _SOON else ""
    if view.record.running is not None:
        run = view.command(*view.record.running)
        line = run.command if run is not None else line
    if not line:
        return None
    words = phrase("running: {command}", command=one_line(line))
    return Coaching(CoachingKind.RUNNING, words, keys=() if now.editor else (("ctrl+c", phrase("stops it")),))


def _teaching(view: AttemptView, step: Step, now: ShellNow, language: str) -> Coaching | None:
    """By its output, and by what the step's checks found out about the line; the one that has a line is better."""
    teaching = [] if now.lesson is None else [(now.lesson.words, now.lesson.command)]
    if now.last is not None:
        about = (f for f in _findings(view.outcomes(step.id)) if f.source == now.last.line)
        teaching += [(finding.cause, remedy(finding, language)[1]) for finding in about]
    if not teaching:
        return None
    words, command = next((each for each in teaching if each[1]), teaching[0])
    return Coaching(CoachingKind.TEACHING, words, command, _INSERT if command else ())


def _findings(outcomes: tuple[Outcome | None, ...]) -> Iterator[Finding]:
    return (finding for outcome in outcomes if outcome is not None for finding in outcome.findings)


def _done(view: AttemptView, step: Step) -> Coaching:
    if view.finished:
        return Coaching(CoachingKind.DONE, phrase("All steps are done."))
    if step is view.lab.steps[-1]:
        return Coaching(CoachingKind.DONE, phrase("Step done."))
    return Coaching(CoachingKind.DONE, phrase("Step done."), keys=(("f8", phrase("next step")),))


def _open(view: AttemptView, step: Step, now: ShellNow, language: str) -> Coaching | None:
    index = view.next_command(step.id)
    if index is not None:
        command = step.run[index].command
        words = phrase("{command}", command=one_line(command))
        return Coaching(CoachingKind.NEXT, words, command, (("f2", phrase("run")), *_INSERT))
    if step.console is not None and view.waits_for_console(step.id):
        words = phrase("Open the console: {title}", title=step.console.title)
        return Coaching(CoachingKind.NEXT, words, keys=(("f2", phrase("open")),))
    left = [
        (check, outcome)
        for check, outcome in zip(step.checks, view.outcomes(step.id), strict=True)
        if outcome is None or not outcome.verdict.passes
    ]
    for check, outcome in left:
        if isinstance(check, Quiz):
            continue
        if not step.run and not view.begun(step.id):
            return None  # nothing was done for it yet: its text says what
        what = sentence(check, outcome, language)
        failed = outcome is not None and outcome.verdict is Verdict.FAILED
        words = phrase("Not yet: {check}", check=what)
        if now.last is not None and now.ago >= _SOON:
            words = phrase("Not yet, for {seconds} s: {check}", check=what, seconds=now.ago)
        return Coaching(CoachingKind.WAITING, words, keys=(("f5", phrase("explains it")),) if failed else ())
    return (
        Coaching(
            CoachingKind.QUESTION,
            phrase("Answer the questions in the text."),
            keys=(("f2", phrase("answer")),),
        )
        if left
        else None
    )


def one_line(command: str) -> str:
    """The command's first line, with `…` where it has more."""
    first, _, more = command.strip().partition("\n")
    return f"{first.rstrip()} …" if more.strip() else first
