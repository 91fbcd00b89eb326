"""A class as Markdown: for a step summary, a wiki, an e-mail."""

from __future__ import annotations

import re
from collections.abc import Iterable

from runner.grading.output import plain
from runner.grading.roster.model import ClassResult
from runner.grading.roster.standing import Standing, cause, common_causes, held_by, points, standing, steps
from runner.grading.roster.views import MARKS, WORDS
from runner.words import phrase, say

_ACTS = re.compile(r"([\\`*_{}\[\]<>|#!~&])")
MOST = 200
"""Characters of what a cluster says."""


def markdown_report(result: ClassResult, language: str) -> str:
    """GitHub's Markdown. What clusters and learners say is text in it, and no markup."""
    kinds = [standing(each) for each in result.graded]
    lines = [f"# {md(result.title)}", ""]
    lines += [f"- {MARKS[kind]} {say(WORDS[kind], language)}: {kinds.count(kind)}" for kind in Standing]
    if len(kinds) < result.total:
        told = phrase("not reached: {number}", number=result.total - len(kinds))
        lines.append(f"- {say(told, language)}")
    lines += [
        "",
        _row(say(name, language) for name in (phrase("step"), phrase("passed"), phrase("holds up"))),
    ]
    lines.append("|---|---:|---:|")
    lines += [
        _row((md(step.id), str(step.verdicts.get("passed", 0)), str(step.holds))) for step in steps(result)
    ]
    causes = [each for each in common_causes(result) if len(each.learners) > 1]
    if causes:
        lines += ["", f"## {say(phrase('What several learners have in common:'), language)}", ""]
        lines += [f"- {len(each.learners)} × {md(each.cause)}  \n  {md(each.remedy)}" for each in causes[:10]]
    heads = (phrase("learner"), phrase("state"), phrase("points"), phrase("held by"), phrase("cause"))
    lines += ["", _row(say(name, language) for name in heads), "|---|---|---:|---|---|"]
    for each in result.graded:
        earned, step, kind = points(each), held_by(each), standing(each)
        lines.append(
            _row(
                (
                    md(f"{each.learner} {each.name}".strip()),
                    f"{MARKS[kind]} {say(WORDS[kind], language)}",
                    f"{earned[0]}/{earned[1]}" if earned else "",
                    md(step["id"]) if step else "",
                    md(cause(each)),
                )
            )
        )
    return "\n".join(lines) + "\n"


def md(words: str) -> str:
    """Somebody's words as text of one line."""
    told = " ".join(plain(words).split())
    return _ACTS.sub(r"\\\1", told if len(told) <= MOST else told[: MOST - 1] + "…")


def _row(cells: Iterable[str]) -> str:
    return "| " + " | ".join(cells) + " |"
