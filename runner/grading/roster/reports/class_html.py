"""A class as a page: who stands where, which step holds whom, what many have in common, and each one's evidence."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from runner.grading.grading_texts import MARKS as STEP_MARKS
from runner.grading.grading_texts import STATES
from runner.grading.reports.cases import HIDDEN_FAILED, HIDDEN_UNJUDGED
from runner.grading.reports.html_page import esc, page
from runner.grading.result import State
from runner.grading.roster.class_model import ClassResult, Graded, could_not_be_judged
from runner.grading.roster.class_summary import (
    Standing,
    StepCount,
    cause,
    common_causes,
    held_by,
    points,
    so_far,
    standing,
    steps,
)
from runner.grading.roster.views import MARKS, WORDS
from runner.words import Phrase, phrase, say

CLASSES = {Standing.PASSED: "passed", Standing.NOT_PASSED: "failed", Standing.NOT_GRADED: "error"}
STEP_CLASSES = {"passed": "passed", "failed": "failed", "error": "error"}


def html_report(result: ClassResult, language: str) -> str:
    """For the grader: of hidden checks it has no words."""

    def told(words: Phrase) -> str:
        return esc(say(words, language))

    columns = steps(result)
    body = [f"<h1>{esc(result.title)}</h1>", f'<p class="dim">{esc(result.lab)} · {esc(result.started)}</p>']
    body += _numbers(result, told)
    body += _steps(result, columns, told)
    body += _causes(result, told)
    body += _grid(result, columns, told)
    body += [f"<h2>{told(phrase('Each learner'))}</h2>"]
    body += [_learner(each, told) for each in result.graded]
    return page(result.title, language, "\n".join(body))


def _numbers(result: ClassResult, told: Any) -> Iterator[str]:
    kinds = [standing(each) for each in result.graded]
    yield '<div class="big">'
    yield f"<div><b>{result.total}</b>{told(phrase('learners'))}</div>"
    for kind in Standing:
        number = kinds.count(kind) + (result.total - len(kinds) if kind is Standing.NOT_GRADED else 0)
        yield f'<div class="{CLASSES[kind]}"><b>{MARKS[kind]} {number}</b>{told(WORDS[kind])}</div>'
    yield "</div>"


def _steps(result: ClassResult, columns: Iterable[StepCount], told: Any) -> Iterator[str]:
    total = max(1, len(result.graded))
    yield f"<h2>{told(phrase('Which step holds whom'))}</h2>"
    heads = (phrase("step"), phrase("passed"), phrase("holds up"))
    yield '<div class="scroll"><table><thead><tr>'
    yield f"<th>{told(heads[0])}</th><th></th><th class=n>{told(heads[1])}</th><th class=n>{told(heads[2])}</th>"
    yield "</tr></thead><tbody>"
    for step in columns:
        parts = "".join(
            f'<i class="{name}" style="width:{100 * step.verdicts.get(verdict, 0) / total:.1f}%"></i>'
            for verdict, name in (("passed", "p"), ("failed", "f"), ("error", "e"))
        )
        shown = "–" if step.passed is None else f"{step.passed}/{total}"
        yield (
            f'<tr><td>{esc(step.title)} <span class="dim">{esc(step.id)}</span></td>'
            f'<td><div class="bar" aria-hidden="true">{parts}</div></td>'
            f"<td class=n>{shown}</td><td class=n>{step.holds or ''}</td></tr>"
        )
    yield "</tbody></table></div>"


def _causes(result: ClassResult, told: Any) -> Iterator[str]:
    causes = [each for each in common_causes(result) if len(each.learners) > 1][:20]
    if not causes:
        return
    yield f"<h2>{told(phrase('What several learners have in common'))}</h2>"
    for each in causes:
        yield f"<details><summary><b>{len(each.learners)}</b> · {esc(each.cause)}</summary>"
        yield f'<p>→ {esc(each.remedy)}</p><p class="dim">{esc(", ".join(each.learners))}</p></details>'


def _grid(result: ClassResult, columns: list[StepCount], told: Any) -> Iterator[str]:
    """The picture of the class: a row for each learner, a column for each step."""
    yield f"<h2>{told(phrase('The class'))}</h2>"
    yield '<div class="scroll"><table class="grid"><thead><tr>'
    yield f"<th>{told(phrase('learner'))}</th><th class=n>{told(phrase('points'))}</th>"
    yield "".join(f'<th class="c" scope="col">{esc(step.id)}</th>' for step in columns)
    yield "</tr></thead><tbody>"
    for each in result.graded:
        earned = points(each)
        verdicts = _verdicts(each)
        cells = "".join(_cell(verdicts.get(step.id, ""), told) for step in columns)
        shown = f"{earned[0]}/{earned[1]}" if earned else "–"
        who = f'{esc(each.learner)} <span class="dim">{esc(each.name)}</span>'
        yield f"<tr><td>{who}</td><td class=n>{shown}</td>{cells}</tr>"
    yield "</tbody></table></div>"
    legend = " · ".join(f"{STEP_MARKS[state]} {told(STATES[state])}" for state in _SHOWN)
    yield f'<p class="dim">{legend}</p>'


_SHOWN = (State.PASSED, State.FAILED, State.ERROR, State.SKIPPED, State.WAITING)


def _verdicts(each: Graded) -> Mapping[str, str]:
    return {step["id"]: step["verdict"] for step in each.report["steps"]} if each.report is not None else {}


def _cell(verdict: str, told: Any) -> str:
    if not verdict:
        return '<td class="c"></td>'
    state = State(verdict)
    return f'<td class="c {STEP_CLASSES.get(verdict, "")}" title="{told(STATES[state])}">{STEP_MARKS[state]}</td>'


def _learner(each: Graded, told: Any) -> str:
    kind, earned, step = standing(each), points(each), held_by(each)
    head = f'<span class="{CLASSES[kind]}">{MARKS[kind]} {told(WORDS[kind])}</span>'
    shown = f" · {earned[0]}/{earned[1]}" if earned else ""
    if (known := so_far(each)) is not None:
        shown = f" · {told(known)}"
    held = f" · {esc(step['id'])}" if step is not None else ""
    why = f' <span class="dim">{esc(cause(each))}</span>' if kind is not Standing.PASSED else ""
    parts = [
        f"<details><summary><b>{esc(each.learner)}</b> {esc(each.name)} {head}{shown}{held}{why}</summary>"
    ]
    if each.problem:
        parts.append(f"<p>{esc(each.problem)}</p>")
    for part in each.report["steps"] if each.report is not None else ():
        parts += _not_holding(part, told)
    return "".join(parts) + "</details>"


def _not_holding(part: Mapping[str, Any], told: Any) -> Iterator[str]:
    wrong = [check for check in part["checks"] if check["verdict"] not in (None, "passed", "skipped")]
    if not wrong:
        return
    yield f"<h3>{esc(part['id'])}: {esc(part['title'])}</h3>"
    for check in wrong:
        unjudged = could_not_be_judged(check)
        if check["hidden"]:
            yield f"<p>{told(HIDDEN_UNJUDGED if unjudged else HIDDEN_FAILED)}</p>"
            continue
        yield f"<p>{'!' if unjudged else '✗'} {esc(check['description']['text'])}</p><dl>"
        for name, value in (
            (phrase("expected"), check["expected"] and check["expected"]["text"]),
            (phrase("found"), check["found"] and check["found"]["text"]),
        ):
            if value:
                yield f"<dt>{told(name)}</dt><dd>{esc(value)}</dd>"
        for finding in check["findings"][:3]:
            yield f"<dt>{told(phrase('cause'))}</dt><dd>{esc(finding['cause']['text'])}</dd>"
            evidence = f"{esc(finding['object'])} <code>{esc(finding['evidence'])}</code>"
            yield f"<dt>{told(phrase('evidence'))}</dt><dd>{evidence}</dd>"
            yield f"<dt>{told(phrase('remedy'))}</dt><dd>{esc(finding['remedy']['text'])}</dd>"
        yield "</dl>"
