"""A run as a page for people: what holds, what does not, why, and the way out."""

from __future__ import annotations

from collections.abc import Iterator

from runner.grading.grading_texts import MARKS, cluster, earned_by, state, title, verdict
from runner.grading.reports.cases import Case, cases
from runner.grading.reports.html_page import esc, page
from runner.grading.result import Ending, Result, State, StepResult
from runner.plain_text import plain
from runner.words import phrase, say, text

CLASSES = {State.PASSED: "passed", State.FAILED: "failed", State.ERROR: "error"}
ENDINGS = {
    Ending.PASSED: "passed",
    Ending.NOT_PASSED: "failed",
    Ending.NOT_JUDGED: "error",
    Ending.INTERRUPTED: "error",
}
SIGNS = {"passed": "✓", "failure": "✗", "error": "!", "skipped": "-"}
CASE_CLASSES = {"passed": "passed", "failure": "failed", "error": "error"}


def html_report(result: Result, language: str) -> str:
    """For the learner, too: of hidden checks it says whether they hold, and nothing else."""
    name = text(result.lab.title, language)
    body = [f"<h1>{esc(name)}</h1>", f'<p class="dim">{esc(say(cluster(result), language))}</p>']
    body.append(f'<p class="{ENDINGS[result.ending]}"><b>{esc(say(verdict(result), language))}</b></p>')
    if result.problem is not None:
        body.append(f"<p>{esc(say(result.problem, language))}</p>")
    body += _numbers(result, language)
    for part in result.parts:
        body += _step(result, part, language)
    return page(name, language, "\n".join(body))


def _numbers(result: Result, language: str) -> Iterator[str]:
    if not result.is_grade:
        return
    yield '<div class="big">'
    yield f"<div><b>{result.points}/{result.points_total}</b>{esc(say(phrase('points'), language))}</div>"
    yield f"<div><b>{result.passed}/{result.total}</b>{esc(say(phrase('steps'), language))}</div>"
    yield "</div>"


def _step(result: Result, part: StepResult, language: str) -> Iterator[str]:
    kind = CLASSES.get(part.state, "dim")
    points = f" · {esc(say(earned_by(part), language))}" if part.counts and part.points_total else ""
    opened = " open" if part.state in (State.FAILED, State.ERROR) else ""
    yield f'<details{opened}><summary><span class="{kind}">{MARKS[part.state]}</span> <b>{esc(title(part, language))}</b>'
    yield f'<span class="dim"> {esc(say(state(part), language))}{points}</span></summary>'
    for each in cases(result, part, language):
        yield from _check(each)
    if part.commands:
        yield "<pre>" + "\n".join(f"$ {esc(run.command)}" for run in part.commands) + "</pre>"
    yield "</details>"


def _check(each: Case) -> Iterator[str]:
    yield f'<p><span class="{CASE_CLASSES.get(each.kind, "dim")}">{SIGNS[each.kind]}</span> {esc(each.name)}</p>'
    words = each.details or each.message
    if each.kind in ("failure", "error") and words:
        yield f"<pre>{_lines(words)}</pre>"
    elif words:
        yield f'<p class="dim">{esc(words)}</p>'


def _lines(words: str) -> str:
    return "\n".join(esc(line) for line in plain(words).split("\n"))
