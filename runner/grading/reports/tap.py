"""The Test Anything Protocol, version 14: a test for each step, its checks as a subtest."""

from __future__ import annotations

import re
from collections.abc import Iterator

from runner.grading.output import plain
from runner.grading.reports.cases import Case, cases
from runner.grading.result import Result, State, StepResult
from runner.grading.said import STATES, standing, title, verdict
from runner.words import say

_ACTS = re.compile(r"([\\#])")


def tap_report(result: Result, language: str) -> str:
    """What could not be judged is `not ok` like what fails: its description says which."""
    parts = result.parts
    lines = ["TAP version 14", f"1..{len(parts)}"]
    for number, part in enumerate(parts, 1):
        lines += _subtest(result, part, language)
        well = part.state is State.PASSED or part.nothing_judged
        skip = f" # SKIP {_words(say(STATES[part.state], language))}" if part.nothing_judged else ""
        ok = "ok" if well else "not ok"
        lines.append(f"{ok} {number} - {_words(f'{part.id}: {title(part, language)}')}{skip}")
        if not well:
            lines += _details("", say(standing(part), language))
    if result.problem is not None:
        lines.append(f"Bail out! {_words(say(result.problem, language))}")
    lines.append(f"# {_line(say(verdict(result), language))}")
    return "\n".join(lines) + "\n"


def _subtest(result: Result, part: StepResult, language: str) -> Iterator[str]:
    of_part = cases(result, part, language)
    yield f"# Subtest: {_line(part.id)}"
    yield f"    1..{len(of_part)}"
    for number, each in enumerate(of_part, 1):
        yield from (f"    {line}" for line in _case(number, each))


def _case(number: int, each: Case) -> Iterator[str]:
    name = _words(each.name.partition(". ")[2] or each.name)
    if each.kind == "skipped":
        yield f"ok {number} - {name} # SKIP {_words(each.message)}"
        return
    yield f"{'ok' if each.kind == 'passed' else 'not ok'} {number} - {name}"
    if each.kind != "passed":
        yield from _details("", each.details or each.message, each.kind)


def _details(indent: str, words: str, severity: str = "") -> Iterator[str]:
    """A YAML block: the words as a literal, which needs no escaping."""
    yield f"{indent}  ---"
    if severity:
        yield f"{indent}  severity: {'error' if severity == 'error' else 'fail'}"
    yield f"{indent}  message: |-"
    yield from (f"{indent}    {_line(line)}" for line in plain(words).split("\n"))
    yield f"{indent}  ..."


def _line(words: str) -> str:
    return " ".join(plain(words).split())


def _words(words: str) -> str:
    return _ACTS.sub(r"\\\1", _line(words))
