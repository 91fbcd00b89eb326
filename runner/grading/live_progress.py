"""Progress on a terminal: finished steps scroll by, the current one is redrawn below them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.console import Console, ConsoleOptions, Group, RenderResult
from rich.live import Live
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

from runner import plain_text
from runner.grading.grading_texts import (
    COLOURS,
    MARKS,
    VERDICT_COLOURS,
    cluster,
    earlier_lab,
    earlier_step,
    outcome_of,
    title,
)
from runner.grading.printed_output import LAST_LINES
from runner.grading.result import CheckResult, Result, State, StepResult
from runner.grading.wrapped import Wrapped
from runner.session.events import (
    CommandStarted,
    EarlierLab,
    EarlierStep,
    Event,
    LabStarted,
    StepBroken,
    StepFailed,
    StepPassed,
    StepSkipped,
)
from runner.session.finding_text import remedy
from runner.session.session_texts import VERDICT_MARKS, description, duration
from runner.words import Phrase, count_phrase, phrase, translate

_LOOKING = phrase("Looking at the cluster")


class LiveView:
    """Draws the run. The region that is redrawn never grows over the terminal's height."""

    def __init__(self, console: Console, language: str) -> None:
        self._console, self._language = console, language
        self._result: Result | None = None
        self._doing = _LOOKING
        self._spinner = Spinner("dots", style="cyan")
        self._live = Live(self, console=console, refresh_per_second=10, transient=True)

    def __enter__(self) -> LiveView:
        self._live.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        self._live.__exit__(None, None, None)

    def show(self, event: Event, result: Result) -> None:
        """Take an event that `result` has already applied; the next frame draws it."""
        self._result = result
        match event:
            case EarlierStep():
                self._doing = earlier_step(event)
            case EarlierLab():
                self._doing = _LOOKING
                self._console.print(Wrapped.of(translate(earlier_lab(event), self._language), "dim"))
            case LabStarted():
                self._console.print(Wrapped.of(translate(cluster(result), self._language), "dim"))
                self._remark(event.remarks)
            case CommandStarted():
                self._remark(event.remarks)
            case StepPassed() | StepFailed() | StepSkipped() | StepBroken():
                self._step_ended(event.step, result)
            case _:
                pass

    def _remark(self, remarks: Sequence[Phrase]) -> None:
        for remark in remarks:
            self._console.print(Wrapped.of(translate(remark, self._language), "yellow"))

    def _step_ended(self, step_id: str, result: Result) -> None:
        part = result.find(step_id)
        if part is None:
            return
        colour = COLOURS[part.state]
        row = Table.grid(padding=(0, 1, 0, 0))
        row.add_column(no_wrap=True)
        row.add_column(overflow="fold")
        line = Text(plain_text.line(title(part, self._language)))
        if part.state is not State.PASSED:
            line.append(f"  {translate(outcome_of(part), self._language)}", colour)
        if part.seconds >= 1:
            line.append(f"  {translate(duration(part.seconds), self._language)}", "dim")
        row.add_row(Text(MARKS[part.state], colour), line)
        self._console.print(row)

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        result = self._result
        part = result.current if result else None
        if result is None or part is None:
            yield self._turning(translate(self._doing, self._language))
            return
        room = max(4, console.height - 2)
        yield Text()
        yield self._turning(self._headline(result, part))
        room -= 2
        work = _work(part, console.width)
        command, output = work[:1], work[1:]
        shown = [*command, *output[len(output) - min(len(output), room // 2) :]]
        room -= len(shown)
        yield from shown
        yield self._checks(part, room, console.width)

    def _headline(self, result: Result, part: StepResult) -> str:
        place = f"{result.steps.index(part) + 1}/{len(result.steps)}  " if part in result.steps else ""
        return place + plain_text.line(title(part, self._language))

    def _turning(self, words: str) -> Table:
        """A line with a spinner."""
        row = Table.grid(padding=(0, 1, 0, 0))
        row.add_column(no_wrap=True)
        row.add_column(no_wrap=True, overflow="ellipsis")
        row.add_row(self._spinner, Text(words, "bold", no_wrap=True, overflow="ellipsis"))
        return row

    def _checks(self, part: StepResult, room: int, width: int) -> Group:
        """The checks, those that do not pass yet first where there is no room for all of them; then, as far as
        there is room, why they do not."""
        checks = part.checks
        if len(checks) > room:
            checks = sorted(checks, key=lambda each: each.passes)[: max(0, room - 1)]
        rows = list(self._check_rows(checks, part, width))
        if len(checks) == len(part.checks):
            rows.extend(self._causes(part, room - len(rows), width))
        if len(checks) < len(part.checks):
            more = translate(
                count_phrase(
                    "… {count} more check", "… {count} more checks", count=len(part.checks) - len(checks)
                ),
                self._language,
            )
            rows.append(_line("  ", more, "dim", width))
        return Group(*rows)

    def _causes(self, part: StepResult, room: int, width: int) -> Iterator[Text]:
        """The cause of each failure and its remedy, each cause once."""
        for mention in (each for mentions in part.mentions for each in mentions if each.here):
            words, command = remedy(mention.finding, self._language)
            lines = [
                ("  ↳ ", translate(mention.finding.cause, self._language), "yellow"),
                ("    ", words, ""),
            ]
            lines += [("    $ ", command, "cyan")] if command else []
            if len(lines) > room:
                return
            room -= len(lines)
            for before, message, style in lines:
                yield _line(before, message, style, width)

    def _check_rows(self, checks: list[CheckResult], part: StepResult, width: int) -> Iterator[Text | Table]:
        for each in checks:
            words = plain_text.line(description(each.check, self._language))
            verdict = each.outcome.verdict if each.outcome else None
            if verdict is not None and (verdict.passes or part.state is not State.RUNNING):
                yield _line(f"  {VERDICT_MARKS[verdict]} ", words, VERDICT_COLOURS[verdict], width)
                continue
            if each.outcome and not each.check.hidden:
                words += f"  {plain_text.line(translate(each.outcome.found, self._language))}"
            row = Table.grid(padding=(0, 1, 0, 0))
            row.add_column(no_wrap=True)
            row.add_column(no_wrap=True)
            row.add_column(no_wrap=True, overflow="ellipsis")
            colour = VERDICT_COLOURS[verdict] if verdict else "dim"
            row.add_row(" ", self._spinner, _line("", words, colour, width - 5))
            yield row


def _work(part: StepResult, width: int) -> list[Text]:
    """The current command and the last lines that it printed, each on one line of the terminal."""
    if not part.commands:
        return []
    run, printed = part.commands[-1], part.last_lines(len(part.commands) - 1)
    lines = [_line("  $ ", " ".join(run.command.split()), "cyan", width)]
    lines.extend(_line("  │ ", line, "dim", width) for line in printed[-LAST_LINES:])
    return lines


def _line(before: str, words: str, style: str, width: int) -> Text:
    """One line of the terminal, cut where it is too long; wide characters count double."""
    line = Text(before, style, no_wrap=True, overflow="ellipsis").append(plain_text.line(words))
    line.truncate(max(1, width), overflow="ellipsis")
    return line
