"""An attempt as a web page."""

from __future__ import annotations

from runner.grading.exports.attempt_words import MARKS, facts, help_taken, state
from runner.grading.reports.html_page import render
from runner.session.attempt_summary import AttemptSummary
from runner.session.session_texts import bonus_tag, clock
from runner.words import phrase, text, translate


def attempt_page(of: AttemptSummary, learner: str, language: str) -> str:
    """One file that needs nothing from anywhere, also to be printed."""
    heads = (phrase("Step"), phrase("State"), phrase("Time"), phrase("Help taken"))
    return render(
        "attempt.html",
        language,
        text(dict(of.title), language),
        facts=facts(of, learner, language),
        heads=[translate(each, language) for each in heads],
        steps=[
            {
                "mark": MARKS.get(step.state, "·"),
                "style": "passed" if step.passed else "dim",
                "title": f"{step.number}. {text(dict(step.title), language)}",
                "bonus": bonus_tag(step.title, step.optional, language),
                "state": translate(state(step), language),
                "time": clock(step.seconds) if step.seconds >= 1 else "",
                "help": help_taken(step, language),
            }
            for step in of.steps
        ],
        learned=translate(phrase("What you learned"), language),
        learnt=[text(dict(each), language).replace("`", "").replace("**", "") for each in of.learnt],
    )
