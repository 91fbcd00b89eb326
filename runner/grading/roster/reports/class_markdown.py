"""A class as Markdown: for a step summary, a wiki, an e-mail."""

from __future__ import annotations

from runner.grading.reports.markdown_report import md, row
from runner.grading.roster.class_model import ClassResult
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
from runner.grading.roster.views import MARKS, WORDS
from runner.words import phrase, translate


def markdown_report(result: ClassResult, language: str) -> str:
    """GitHub's Markdown. What clusters and learners say is text in it, and no markup."""
    kinds = [standing(each) for each in result.graded]
    lines = [f"# {md(result.title)}", ""]
    lines += [f"- {MARKS[kind]} {translate(WORDS[kind], language)}: {kinds.count(kind)}" for kind in Standing]
    if len(kinds) < result.total:
        not_reached = phrase("not reached: {number}", number=result.total - len(kinds))
        lines.append(f"- {translate(not_reached, language)}")
    lines += [
        "",
        row(translate(name, language) for name in (phrase("step"), phrase("passed"), phrase("stuck here"))),
    ]
    lines.append("|---|---:|---:|")
    lines += [
        row((md(step.id), "–" if step.passed is None else str(step.passed), str(step.holds or "")))
        for step in steps(result)
    ]
    causes = [each for each in common_causes(result) if len(each.learners) > 1]
    if causes:
        lines += ["", f"## {translate(phrase('What several learners have in common'), language)}", ""]
        lines += [f"- {len(each.learners)} × {md(each.cause)}  \n  {md(each.remedy)}" for each in causes[:10]]
    heads = (phrase("learner"), phrase("state"), phrase("points"), phrase("stuck at"), phrase("cause"))
    lines += ["", row(translate(name, language) for name in heads), "|---|---|---:|---|---|"]
    for each in result.graded:
        earned, step, kind = points(each), held_by(each), standing(each)
        known = so_far(each)
        why = f"{translate(known, language)}: {cause(each)}" if known is not None else cause(each)
        lines.append(
            row(
                (
                    md(f"{each.learner} {each.name}".strip()),
                    f"{MARKS[kind]} {translate(WORDS[kind], language)}",
                    f"{earned[0]}/{earned[1]}" if earned else "",
                    md(step["id"]) if step else "",
                    md(why),
                )
            )
        )
    return "\n".join(lines) + "\n"
