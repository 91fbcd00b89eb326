"""GitHub's workflow commands: an annotation for each check that fails. To be printed in a job: `annotations=-`."""

from __future__ import annotations

from collections.abc import Iterator

from runner.grading.grading_texts import title, verdict
from runner.grading.reports.cases import Case, cases
from runner.grading.result import Ending, Result, State
from runner.plain_text import page
from runner.words import translate

MOST = 10
"""GitHub shows ten errors of a step and no more."""


def annotations_report(result: Result, language: str) -> str:
    """`::error title=…::…` lines, escaped as the runner's own toolkit does it. A bonus step is worth a notice."""
    text = list(_annotations(result, language))
    if result.problem is not None:
        text.insert(
            0, _command("error", translate(verdict(result), language), translate(result.problem, language))
        )
    level = "notice" if result.ending is Ending.PASSED else "error"
    kept = text[: MOST - 1]
    return "".join(
        f"{line}\n" for line in (*kept, _command(level, result.lab.id, translate(verdict(result), language)))
    )


def _annotations(result: Result, language: str) -> Iterator[str]:
    for part in result.parts:
        if part.state in (State.FAILED, State.ERROR):
            level = "notice" if part.is_bonus else "error"
            for each in cases(result, part, language):
                if each.kind in ("failure", "error"):
                    yield _command(level, f"{title(part, language)}: {each.name}", _body(each))


def _body(each: Case) -> str:
    return each.details or each.message or each.name


def _command(level: str, title_: str, words: str) -> str:
    return f"::{level} title={_property(title_)}::{_data(words)}"


def _data(words: str) -> str:
    return page(words)[:4000].replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(words: str) -> str:
    return _data(words).replace(":", "%3A").replace(",", "%2C")
