"""Progress as plain lines, for CI and for pipes: nothing is redrawn and no control sequence is printed."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console
from rich.text import Text

from checks.base import Verdict
from runner import plain_text
from runner.grading.grading_texts import MARKS, cluster, earlier_lab, finding_lines, outcome_of, title
from runner.grading.result import Result, State, StepResult
from runner.grading.terminal_text import Lines
from runner.session.events import (
    CheckUpdated,
    CommandFinished,
    CommandStarted,
    EarlierLab,
    Event,
    LabStarted,
    OutputReceived,
    PromptAnswered,
    StepBroken,
    StepFailed,
    StepPassed,
    StepSkipped,
    StepStarted,
)
from runner.session.session_texts import VERDICT_MARKS, VERDICTS, command_end, description, duration
from runner.shell import NOT_HERE
from runner.words import Phrase, count_phrase, phrase, translate

MOST_LINES = 200
"""Lines of one command's output that are shown; the transcript has all of them."""


class PlainView:
    """Prints what happens, a line a time.

    Each line begins with a sign of ours: what others say can be in it, and never be one.
    """

    def __init__(self, console: Console, language: str) -> None:
        self._console, self._language = console, language
        self._lines = Lines()
        self._shown = 0
        self._blank = True
        self._printed: dict[tuple[str, int], Verdict] = {}
        self._causes: set[tuple[str, object]] = set()  # of a step, printed already

    def __enter__(self) -> PlainView:
        return self

    def __exit__(self, *_: object) -> None:
        self._rest_of_output()

    def show(self, event: Event, result: Result) -> None:
        """Print an event that `result` has already applied."""
        match event:
            case EarlierLab():
                self._translate(earlier_lab(event))
            case LabStarted():
                self._translate(cluster(result))
                self._remark(event.remarks)
            case StepStarted():
                self._step_started(event.step, result)
            case CommandStarted():
                self._remark(event.remarks)
                self._begin_command(event)
            case OutputReceived():
                self._print_output(self._lines.feed(event.text))
            case PromptAnswered():
                self._rest_of_output()
                self._translate(phrase("answered: {answer}", answer=event.send), 4)
            case CommandFinished():
                self._end_command(event, result)
            case CheckUpdated():
                self._check(event, result)
            case StepPassed() | StepFailed() | StepSkipped() | StepBroken():
                self._step_ended(event.step, result)
            case _:
                pass

    def _remark(self, remarks: Sequence[Phrase]) -> None:
        for remark in remarks:
            self._translate(remark, 2)

    def _step_started(self, step_id: str, result: Result) -> None:
        part = result.find(step_id)
        if part is None:
            return
        place = f"[{result.steps.index(part) + 1}/{len(result.steps)}] " if part in result.steps else ""
        self._print("")
        self._print(f"{place}{part.id}: {title(part, self._language)}")

    def _begin_command(self, event: CommandStarted) -> None:
        self._shown, self._blank = 0, True
        for number, line in enumerate(event.command.split("\n")):
            self._print(f"{'>' if number else '$'} {line}", 2)

    def _end_command(self, event: CommandFinished, result: Result) -> None:
        self._rest_of_output()
        part = result.find(event.step)
        if event.end.reason == NOT_HERE:
            self._print(f"$ {event.command}", 2)
        if part is not None and (event.end.exit_code != 0 or event.end.seconds >= 1 or event.end.reason):
            self._translate(command_end(event.end), 4)

    def _check(self, event: CheckUpdated, result: Result) -> None:
        if (
            event.outcome.verdict is not Verdict.FAILED
        ):  # a failing check may still pass: printed when the step ends
            self._print_check(event.step, event.index, result)

    def _print_check(self, step_id: str, index: int, result: Result) -> None:
        part = result.find(step_id)
        if part is None or (outcome := part.checks[index].outcome) is None:
            return
        each = part.checks[index]
        if self._printed.get((step_id, index)) is outcome.verdict:
            self._print_causes(part, index)
            return  # on its way step by step: a log needs only where it ends
        self._printed[step_id, index] = outcome.verdict
        line = f"{VERDICT_MARKS[outcome.verdict]} {description(each.check, self._language)}"
        if not outcome.passed:
            found = VERDICTS[outcome.verdict] if each.check.hidden else outcome.found
            line += f": {translate(found, self._language)}"
        self._print(line, 2)
        self._print_causes(part, index)

    def _print_causes(self, part: StepResult, index: int) -> None:
        """Why the check fails, as soon as it is known; what was printed of the step already is not printed again."""
        for mention in part.mentions[index]:
            cause = (part.id, mention.finding.same)
            if cause in self._causes:
                continue
            self._causes.add(cause)
            for name, words in finding_lines(mention.finding, self._language):
                if name:
                    self._print(f"{translate(name, self._language)}: {words}", 6)
                else:
                    self._print(words, 8)

    def _step_ended(self, step_id: str, result: Result) -> None:
        part = result.find(step_id)
        if part is None:
            return
        for index in range(len(part.checks)):
            self._print_check(step_id, index, result)
        line = f"{MARKS[part.state]} {part.id}: {translate(outcome_of(part), self._language)}"
        took = f" ({translate(duration(part.seconds), self._language)})"
        self._print(line + (took if part.state is not State.SKIPPED else ""))

    def _rest_of_output(self) -> None:
        self._print_output(self._lines.end())
        if self._shown > MOST_LINES:
            self._translate(
                count_phrase("… {count} more line", "… {count} more lines", count=self._shown - MOST_LINES), 4
            )
        self._shown = 0

    def _print_output(self, lines: list[str]) -> None:
        for line in lines[: max(0, MOST_LINES - self._shown)]:
            if line or not self._blank:
                self._print(f"| {line}", 4)
            self._blank = not line
        self._shown += len(lines)

    def _translate(self, sentence: Phrase, indent: int = 0) -> None:
        self._print(translate(sentence, self._language), indent)

    def _print(self, words: str, indent: int = 0) -> None:
        self._console.print(Text(plain_text.line(words, " " * indent)), soft_wrap=True)
