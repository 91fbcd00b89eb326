"""The end of a run for people: a table of the steps, and what fails, why, and the remedy."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import Console, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from checks.base import Outcome
from runner import plain_text
from runner.grading.grading_texts import (
    COLOURS,
    MARKS,
    VERDICT_COLOURS,
    cluster,
    earned_by,
    finding_lines,
    run_end,
    state,
    title,
    verdict,
)
from runner.grading.result import CheckResult, Ending, Result, State, StepResult
from runner.grading.wrapped import Wrapped
from runner.session.attempt_state import CommandRun
from runner.session.finding_text import Mention
from runner.session.session_texts import VERDICT_MARKS, description, duration, expected
from runner.words import Phrase, phrase, printed, text, translate

_ENDING_COLOURS = {
    Ending.PASSED: "bold green",
    Ending.NOT_PASSED: "bold red",
    Ending.NOT_JUDGED: "bold yellow",
    Ending.INTERRUPTED: "bold yellow",
}


def print_summary(console: Console, result: Result, language: str) -> None:
    """Print the summary of a run that has ended."""
    console.print()
    console.print(_table(result, language))
    for part in result.parts:
        if part.state in (State.FAILED, State.ERROR, State.RUNNING):
            for line in _details(part, language):
                console.print(line)
    console.print()
    console.print(Wrapped.of(translate(cluster(result), language), "dim"))
    if result.problem is not None:
        console.print(Text(printed(result.problem, language), "yellow"), soft_wrap=True)
    console.print(Wrapped.of(translate(verdict(result), language), _ENDING_COLOURS[result.ending]))


def _table(result: Result, language: str) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), show_edge=False)
    table.add_column("", no_wrap=True)
    table.add_column(translate(phrase("Step"), language), no_wrap=True)
    table.add_column("", overflow="fold", style="dim")
    table.add_column(translate(phrase("Verdict"), language), overflow="fold")
    table.add_column(translate(phrase("Points"), language), justify="right", no_wrap=True)
    table.add_column(translate(phrase("Time"), language), justify="right", no_wrap=True)
    for part in result.parts:
        colour = COLOURS[part.state]
        judged = part.state not in (State.WAITING, State.SKIPPED)
        table.add_row(
            Text(MARKS[part.state], colour),
            Text(part.id),
            Wrapped.of(title(part, language)),
            Wrapped.of(translate(state(part), language), colour),
            _points(part, language),
            translate(duration(part.seconds), language) if judged else "",
        )
    return table


def _points(part: StepResult, language: str) -> str:
    return translate(earned_by(part), language) if part.points_total else ""


def _details(part: StepResult, language: str) -> Iterator[RenderableType]:
    failed = _failed_commands(part)
    if not failed and not part.failing:
        return
    yield Text()
    yield Wrapped.of(f"{MARKS[part.state]} {part.id}: {title(part, language)}", f"bold {COLOURS[part.state]}")
    for number_of_run, run in failed:
        for number, line in enumerate(run.command.split("\n")):
            yield _indented(1, Wrapped.of(f"{'>' if number else '$'} {line}", "red"))
        yield _indented(3, Wrapped.of(translate(run_end(run), language), "red"))
        for line in part.last_lines(number_of_run):
            yield _indented(3, Wrapped.of(f"| {line}", "dim"))
    for each, mentions in zip(part.checks, part.mentions, strict=True):
        if each.outcome is not None and not each.passes:
            yield from _check(each, each.outcome, mentions, language)


def _failed_commands(part: StepResult) -> list[tuple[int, CommandRun]]:
    """The runs that did not succeed and that nothing run in their stead made good, with their numbers."""
    last = {run.index: (number, run) for number, run in enumerate(part.commands)}
    return [(number, run) for number, run in last.values() if not run.succeeded]


def _check(
    each: CheckResult, outcome: Outcome, mentions: tuple[Mention, ...], language: str
) -> Iterator[RenderableType]:
    """A check that fails: a headline where the rows below don't say the same, and the rows."""
    mark = Text(VERDICT_MARKS[outcome.verdict], VERDICT_COLOURS[outcome.verdict])
    headline = description(each.check, language)
    if each.check.message and outcome.verdict.fails and not each.check.hidden:
        headline = text(each.check.message, language)
    rows = (
        []
        if each.check.hidden
        else [
            (translate(name, language) if name else "", words)
            for name, words in _rows(each, outcome, mentions, language)
        ]
    )
    grid = Table.grid(padding=(0, 1, 0, 0))
    grid.add_column(no_wrap=True)
    grid.add_column(style="dim", no_wrap=True)
    grid.add_column(overflow="fold")
    if not rows or rows[0][1] != headline:
        yield _indented(1, Wrapped(mark.append(" ").append(plain_text.line(headline), "bold")))
        mark = Text()
    for name, words in rows:
        grid.add_row(mark, name, Wrapped.of(words))
        mark = Text(" ")
    if rows:
        yield _indented(1, grid)


def _rows(
    each: CheckResult, outcome: Outcome, mentions: tuple[Mention, ...], language: str
) -> Iterator[tuple[Phrase | None, str]]:
    yield phrase("expected"), expected(each.check, outcome, language)
    yield phrase("found"), translate(outcome.found, language)
    for mention in mentions:
        if mention.here:
            yield from finding_lines(mention.finding, language)
        else:
            same = phrase("same as above: {cause}", cause=mention.finding.cause)
            yield phrase("cause"), translate(same, language)
    if each.check.hint and outcome.verdict.fails:
        yield phrase("hint"), text(each.check.hint, language)


def _indented(by: int, what: RenderableType) -> Padding:
    return Padding(what, (0, 0, 0, by), expand=False)
