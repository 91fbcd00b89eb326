"""An attempt as Markdown, for notes, a portfolio, or whoever teaches."""

from __future__ import annotations

from runner.grading.exports.attempt_words import MARKS, facts, help_taken, state
from runner.grading.reports.markdown_report import md, row
from runner.plain_text import plain
from runner.session.attempt_summary import AttemptSummary
from runner.session.session_texts import bonus_tag, clock
from runner.words import phrase, text, translate


def attempt_markdown(of: AttemptSummary, learner: str, language: str) -> str:
    """GitHub's Markdown. What was learned is the lab's own Markdown, all else is text in it."""
    lines = [f"# {md(text(dict(of.title), language))}", ""]
    lines += [f"- {md(name)}: {md(value)}" for name, value in facts(of, learner, language)]
    heads = (phrase("Step"), phrase("State"), phrase("Time"), phrase("Help taken"))
    lines += ["", row(("", *(translate(head, language) for head in heads))), "|---|---|---|---:|---|"]
    for step in of.steps:
        title = f"{step.number}. {text(dict(step.title), language)}"
        if tag := bonus_tag(step.title, step.optional, language):
            title += f" ({tag})"
        lines.append(
            row(
                (
                    MARKS.get(step.state, "·"),
                    md(title),
                    md(translate(state(step), language)),
                    clock(step.seconds) if step.seconds >= 1 else "",
                    md(help_taken(step, language)),
                )
            )
        )
    if of.learnt:
        lines += ["", f"## {translate(phrase('What you learned'), language)}", ""]
        lines += [f"- {' '.join(plain(text(dict(each), language)).split())}" for each in of.learnt]
    return "\n".join(lines) + "\n"
