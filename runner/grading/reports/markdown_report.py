"""A run as Markdown: for a step summary of a CI job, a pull request, an e-mail."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from runner.grading.grading_texts import MARKS, cluster, earned_by, state, title, verdict
from runner.grading.reports.cases import cases
from runner.grading.result import Result, State, StepResult
from runner.plain_text import plain
from runner.words import phrase, text, translate

_ACTS = re.compile(r"([\\`*_{}\[\]<>|#!~&@])")
SIGNS = {"failure": "✗", "error": "!"}
MOST = 300
"""Characters of what a cluster says."""


def markdown_report(result: Result, language: str) -> str:
    """GitHub's Markdown. What a cluster says is text in it, and no markup."""
    lines = [
        f"# {md(text(result.lab.title, language))}",
        "",
        f"**{md(translate(verdict(result), language))}**",
        "",
    ]
    lines.append(md(translate(cluster(result), language)))
    if result.problem is not None:
        lines += ["", f"> {md(translate(result.problem, language))}"]
    heads = (phrase("Step"), phrase("Verdict"), phrase("Points"))
    lines += ["", row(("", *(translate(head, language) for head in heads))), "|---|---|---|---:|"]
    for part in result.parts:
        points = md(translate(earned_by(part), language)) if part.counts else ""
        cells = (MARKS[part.state], md(title(part, language)), md(translate(state(part), language)), points)
        lines.append(row(cells))
    for part in result.parts:
        if part.state in (State.FAILED, State.ERROR):
            lines += ["", *_details(result, part, language)]
    return "\n".join(lines) + "\n"


def _details(result: Result, part: StepResult, language: str) -> Iterator[str]:
    yield f"### {MARKS[part.state]} {md(title(part, language))}"
    yield ""
    for each in cases(result, part, language):
        if each.kind in ("failure", "error"):
            yield f"- {SIGNS[each.kind]} {md(each.name)}"
            yield from (
                f"  - {md(line)}" for line in (each.details or each.message).split("\n") if line.strip()
            )


def md(words: str) -> str:
    """Somebody's words as text of one line."""
    shown = " ".join(plain(words).split())
    return _ACTS.sub(r"\\\1", shown if len(shown) <= MOST else shown[: MOST - 1] + "…")


def row(cells: Iterable[str]) -> str:
    """A line of a table; the cells are Markdown."""
    return "| " + " | ".join(cells) + " |"
