"""The Test Anything Protocol: a test for each step, its checks as a subtest.

Version 13, which perl's `prove` reads; it refuses 14. The subtests are those of 14, which readers of 13 pass over, and
the blocks are of the YAML that `prove` knows: one line a value.

TAP knows `ok` and `not ok`, and two directives: what is `# SKIP` was not looked at, and what is `not ok # TODO` is not expected
to be ok, so that no harness fails for it: a bonus step that is not done. What could not be judged is `not ok` with
`severity: error`, for a harness must not take it for a pass; a run that gives no grade ends with `Bail out!`, TAP's word for
tests whose result is worth nothing.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from runner import plain_text
from runner.grading.grading_texts import outcome_of, title, verdict
from runner.grading.reports.cases import BONUS, Case, cases
from runner.grading.result import Result, State, StepResult
from runner.words import translate

_DIRECTIVE = re.compile(r"#(\s*)(?=todo|skip)", re.IGNORECASE)
_ACTS = re.compile(r"([\\#])")


def tap_report(result: Result, language: str) -> str:
    """The whole document."""
    parts = result.parts
    lines = ["TAP version 13", f"1..{len(parts)}"]
    for number, part in enumerate(parts, 1):
        lines += _subtest(result, part, language)
        lines += _step(number, part, language)
    if not result.is_grade:
        why = result.problem if result.problem is not None else verdict(result)
        lines.append(f"Bail out! {_words(translate(why, language))}")
    lines.append(f"# {_line(translate(verdict(result), language))}")
    return "\n".join(lines) + "\n"


def _step(number: int, part: StepResult, language: str) -> Iterator[str]:
    name = _words(f"{part.id}: {title(part, language)}")
    stands = translate(outcome_of(part), language)
    if part.state is State.PASSED:
        yield f"ok {number} - {name}"
    elif part.state is State.SKIPPED:
        yield f"ok {number} - {name} # SKIP {_words(stands)}"
    elif part.is_bonus:
        yield f"not ok {number} - {name} # TODO {_words(translate(BONUS, language))}"
    else:
        yield f"not ok {number} - {name}"
        yield from _details(stands, "error" if part.state is State.ERROR else "failure")


def _subtest(result: Result, part: StepResult, language: str) -> Iterator[str]:
    of_part = cases(result, part, language)
    yield f"# Subtest: {_line(part.id)}"
    yield f"    1..{len(of_part)}"
    for number, each in enumerate(of_part, 1):
        yield from (f"    {line}" for line in _case(number, each, language))


def _case(number: int, each: Case, language: str) -> Iterator[str]:
    name = _words(each.name.partition(". ")[2] or each.name)
    if each.kind == "skipped":
        yield f"ok {number} - {name} # SKIP {_words(each.message)}"
        return
    todo = f" # TODO {_words(translate(BONUS, language))}" if each.bonus_undone else ""
    yield f"{'ok' if each.kind == 'passed' else 'not ok'} {number} - {name}{todo}"
    if each.kind != "passed":
        yield from _details(each.details or each.message, each.kind)


def _details(words: str, severity: str) -> Iterator[str]:
    """A YAML block. The words are one string, with its line ends escaped: `prove` takes a list's item that begins like a key
    for one, and can't read most other ways of writing several lines."""
    message = "\n".join(_line(each) for each in words.split("\n"))
    yield "  ---"
    yield f"  severity: {'error' if severity == 'error' else 'fail'}"
    yield f"  message: {json.dumps(message, ensure_ascii=False)}"  # a string of YAML, as JSON's are
    yield "  ..."


def _line(words: str) -> str:
    return " ".join(plain_text.line(words).split())


def _words(words: str) -> str:
    """A description: escaped, and for readers that know no escapes such that nothing in it is a directive."""
    return _ACTS.sub(r"\\\1", _DIRECTIVE.sub(r"#\1'", _line(words)))
