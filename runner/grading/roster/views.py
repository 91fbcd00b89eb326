"""Views of a class during grading and at its end: on a terminal, and as plain lines for CI."""

from __future__ import annotations

import time
from collections.abc import Sequence

from rich.console import Console, ConsoleOptions, RenderResult
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from runner import plain_text
from runner.grading.roster.class_model import ClassResult, Graded
from runner.grading.roster.class_summary import (
    Standing,
    cause,
    common_causes,
    held_by,
    points,
    so_far,
    standing,
    steps,
)
from runner.grading.roster.compare import Change
from runner.grading.roster.engine import Done, Happening
from runner.grading.roster.run import Progress
from runner.grading.wrapped import Wrapped
from runner.session.session_texts import duration
from runner.words import phrase, translate

MARKS = {Standing.PASSED: "✓", Standing.NOT_PASSED: "✗", Standing.NOT_GRADED: "!"}
COLOURS = {Standing.PASSED: "green", Standing.NOT_PASSED: "red", Standing.NOT_GRADED: "yellow"}
WORDS = {
    Standing.PASSED: phrase("passed"),
    Standing.NOT_PASSED: phrase("not passed"),
    Standing.NOT_GRADED: phrase("not graded"),
}
MOST_ROWS = 60
"""Learners that the table at the end has; all of them are in the reports."""
MOST_CAUSES = 5
MOST_CHARACTERS = 160
"""Of a cause, which is what a learner's cluster says."""


class PlainClassView:
    """A line for each learner who is done."""

    def __init__(self, console: Console, language: str) -> None:
        self._console, self._language = console, language

    def __enter__(self) -> PlainClassView:
        return self

    def __exit__(self, *_: object) -> None:
        """Nothing needs to be removed."""

    def show(self, happening: Happening | None, progress: Progress) -> None:
        """As run.View has it."""
        if happening is None and progress.taken:
            taken_over = phrase(
                "Taken over from an earlier run: {taken} of {total}",
                taken=progress.taken,
                total=progress.total,
            )
            self._console.print(Text(translate(taken_over, self._language)))
        if isinstance(happening, Done):
            number = f"{len(progress.results)}/{progress.total}"
            learner = Text(f"{number} ").append(line(happening.graded, self._language))
            self._console.print(Wrapped(learner))


class LiveClassView:
    """A bar with what is happening, redrawn; nothing scrolls by but those who could not be graded."""

    def __init__(self, console: Console, language: str) -> None:
        self._console, self._language = console, language
        self._progress: Progress | None = None
        self._began = time.monotonic()
        self._live = Live(self, console=console, refresh_per_second=8, transient=True)

    def __enter__(self) -> LiveClassView:
        self._live.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        self._live.__exit__(None, None, None)

    def show(self, happening: Happening | None, progress: Progress) -> None:
        """As run.View has it."""
        self._progress = progress
        if isinstance(happening, Done) and standing(happening.graded) is Standing.NOT_GRADED:
            self._console.print(Wrapped(line(happening.graded, self._language)))

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        progress = self._progress
        if progress is None:
            return
        done = len(progress.results)
        counts = Text(f"{done}/{progress.total}  ")
        for kind, mark in MARKS.items():
            counts.append(f"{mark} {progress.count(kind)}  ", COLOURS[kind])
        left = self._left(progress, done)
        if left:
            counts.append(translate(phrase("about {time} more", time=duration(left)), self._language), "dim")
        yield counts
        yield ProgressBar(progress.total, done, width=min(60, options.max_width))
        busy = [f"{name} {step}".strip() for name, step in sorted(progress.busy.items())]
        yield Text(plain_text.line(", ".join(busy)), "dim", no_wrap=True, overflow="ellipsis")

    def _left(self, progress: Progress, done: int) -> float:
        """Seconds; 0 while nothing is known."""
        new = done - progress.taken
        if new < 3:
            return 0.0
        return (time.monotonic() - self._began) / new * (progress.total - done)


def line(graded: Graded, language: str) -> Text:
    """A learner in one line: who, what, how many points, which step holds them and why."""
    kind = standing(graded)
    row = Text(f"{MARKS[kind]} ", COLOURS[kind])
    row.append(_who(graded.learner, graded.name), "default")
    row.append(f"  {translate(WORDS[kind], language)}", COLOURS[kind])
    earned = points(graded)
    if earned:
        row.append(f"  {earned[0]}/{earned[1]}", "default")
    elif (known := so_far(graded)) is not None:
        row.append(f"  {translate(known, language)}", "default")
    step = held_by(graded)
    if step is not None and kind is Standing.NOT_PASSED:
        row.append(f"  {step['id']}", "default")
    why = cause(graded)
    if why:
        row.append(f"  {_short(why)}", "dim")
    return row


def _who(learner: str, name: str) -> str:
    """Two spaces part the parts of a line, so that there are none in a name."""
    return " ".join(plain_text.line(f"{learner} {name}").split())


def _short(words: str) -> str:
    short = " ".join(plain_text.line(words).split())
    return short if len(short) <= MOST_CHARACTERS else short[: MOST_CHARACTERS - 1] + "…"


def print_class(
    console: Console, result: ClassResult, changed: Sequence[Change] | None, language: str
) -> None:
    """The end: the learners of a small class, where the class stands, and what changed since an earlier run."""
    if len(result.graded) <= MOST_ROWS:
        console.print()
        for graded in result.graded:
            console.print(Wrapped(line(graded, language)))
    _print_steps(console, result, language)
    _print_causes(console, result, language)
    if changed is not None:
        _print_changes(console, changed, language)
    kinds = [standing(each) for each in result.graded]
    summary = phrase(
        "{title}: learners: {total}, passed: {passed}, not passed: {failed}, not graded: {unknown}",
        title=plain_text.opening(f"{result.lab} · {result.title}"),
        total=result.total,
        passed=kinds.count(Standing.PASSED),
        failed=kinds.count(Standing.NOT_PASSED),
        unknown=result.total - len(kinds) + kinds.count(Standing.NOT_GRADED),
    )
    console.print()
    console.print(Wrapped.of(translate(summary, language), "bold"))


def _print_steps(console: Console, result: ClassResult, language: str) -> None:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for name, right in (
        (phrase("step"), False),
        (phrase("passed"), True),
        (phrase("stuck here"), True),
    ):
        table.add_column(translate(name, language), justify="right" if right else "left", no_wrap=True)
    table.add_column("")
    total = max(1, len(result.graded))
    counted = steps(result)
    if all(step.passed is None for step in counted):
        return
    for step in counted:
        shown = Text(plain_text.line(step.id))
        if step.passed is None:
            table.add_row(shown, "–")
            continue
        full = round(20 * step.passed / total)
        bar = Text("█" * full, "green").append("░" * (20 - full), "dim")
        table.add_row(shown, str(step.passed), str(step.holds or ""), bar)
    console.print()
    console.print(table)


def _print_causes(console: Console, result: ClassResult, language: str) -> None:
    causes = [each for each in common_causes(result) if len(each.learners) > 1][:MOST_CAUSES]
    if causes:
        console.print()
        console.print(Text(translate(phrase("What several learners have in common"), language), "bold"))
    for each in causes:
        console.print(Wrapped(Text(f"{len(each.learners):>4}  {_short(each.cause)}")))


def _print_changes(console: Console, changed: Sequence[Change], language: str) -> None:
    console.print()
    if not changed:
        console.print(Text(translate(phrase("Nothing changed since the earlier run."), language)))
        return
    console.print(Text(translate(phrase("Since the earlier run:"), language), "bold"))
    for each in changed:
        before = (
            translate(WORDS[each.before], language) if each.before else translate(phrase("new"), language)
        )
        row = Text(f"  {_who(each.learner, each.name)}: {before} {_points(each.points_before)} → ")
        row.append(
            f"{translate(WORDS[each.after], language)} {_points(each.points_after)}", COLOURS[each.after]
        )
        console.print(Wrapped(row))


def _points(points: int | None) -> str:
    return "-" if points is None else str(points)
