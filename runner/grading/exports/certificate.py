"""A certificate of a finished lab: an SVG picture, and a page of it to be printed or saved as PDF by any browser.

Text is text in both, drawn with the fonts of whoever opens them: Korean names need no font of ours. A PDF of our own would
have to bring one (5 MB and more for Hangul), or hope for the reader's; a browser's "Save as PDF" embeds just what is used.
"""

from __future__ import annotations

from rich.cells import cell_len

from runner.grading.exports.attempt_words import moment
from runner.grading.reports.html_page import render
from runner.session.attempt_summary import AttemptSummary
from runner.session.session_texts import minutes_spent
from runner.words import phrase, text, translate

WIDTH = 1123
"""Of the picture, in pixels: A4 across at 96 a inch. Its height is 794."""
_ROOM = 900
_LARGEST_NAME, _LARGEST_TITLE = 58, 34
_MOST_LINES = 2


def certificate(of: AttemptSummary, learner: str, language: str) -> str:
    """The picture."""
    return render(
        "certificate.svg", language, text(dict(of.title), language), **_values(of, learner, language)
    )


def certificate_page(of: AttemptSummary, learner: str, language: str) -> str:
    """The picture on a page that prints on one sheet of A4."""
    how = phrase("Print this page, or save it as PDF: Ctrl+P, or ⌘P on a Mac.")
    values = {**_values(of, learner, language), "how": translate(how, language)}
    return render("certificate.html", language, text(dict(of.title), language), **values)


def _values(of: AttemptSummary, learner: str, language: str) -> dict[str, object]:
    title = text(dict(of.title), language)
    lines = _folded(title)
    spent = minutes_spent(of.seconds, of.minutes)
    score = of.score
    counts = phrase("steps: {passed}/{total}", passed=score.steps_passed, total=score.steps_total)
    return {
        "heading": translate(phrase("Certificate of completion"), language),
        "learner": learner,
        "learner_size": _size(learner, _LARGEST_NAME),
        "finished": translate(phrase("has finished the lab"), language),
        "titles": lines,
        "title_size": min(_size(each, _LARGEST_TITLE) for each in lines),
        "facts": " · ".join([translate(counts, language), translate(spent, language)]),
        "date": moment(of.ended).split(" ")[0] if of.ended else "",
        "attempt": of.attempt,
    }


def _size(words: str, largest: int) -> int:
    """The largest size in which a text has room in a line; a cell is about 0.6 of its size wide."""
    return max(12, min(largest, round(_ROOM / (0.6 * max(1, cell_len(words))))))


def _folded(title: str) -> list[str]:
    """A long title in two lines, about equally long."""
    words = title.split()
    if cell_len(title) * 0.6 * _LARGEST_TITLE <= _ROOM or len(words) < _MOST_LINES:
        return [title]
    at = min(
        range(1, len(words)),
        key=lambda at: abs(cell_len(" ".join(words[:at])) - cell_len(" ".join(words[at:]))),
    )
    return [" ".join(words[:at]), " ".join(words[at:])]
