"""The words that the learner's screens and the grader share."""

from __future__ import annotations

from collections.abc import Sequence

from checks.base import Check, LooksAt, Outcome, Text, Verdict
from checks.quiz import Quiz
from runner.shell import CommandEnd
from runner.words import Phrase, phrase, text, translate

LEVELS = {
    "beginner": phrase("beginner"),
    "intermediate": phrase("intermediate"),
    "advanced": phrase("advanced"),
}
VERDICT_MARKS = {
    Verdict.PASSED: "✓",
    Verdict.PENDING: "…",
    Verdict.FAILED: "✗",
    Verdict.ERROR: "!",
    Verdict.SKIPPED: "-",
}
VERDICTS = {
    Verdict.PASSED: phrase("passes"),
    Verdict.PENDING: phrase("not yet"),
    Verdict.FAILED: phrase("fails"),
    Verdict.ERROR: phrase("could not be judged"),
    Verdict.SKIPPED: phrase("nothing to judge"),
}


def description(check: Check, language: str) -> str:
    """What a check expects, in a line; nothing of a hidden one."""
    if check.hidden:
        return translate(phrase("a hidden check"), language)
    return text(check.title, language) if check.title else translate(check.describe(), language)


def sentence(check: Check, outcome: Outcome | None, language: str, *, under_place: bool = False) -> str:
    """What a check expects, said to a learner: what must be so, or is so where it passes.

    `under_place`: a heading says its place. Reports have `description`, with all that is compared.
    """
    if check.hidden or check.title:
        return description(check, language)
    sentence = check.sentence(under_place=under_place)
    return translate(sentence.so if outcome is not None and outcome.passed else sentence.wanted, language)


_PLACES = {
    LooksAt.CLUSTER: phrase("Cluster"),
    LooksAt.WEB: phrase("Web pages"),
    LooksAt.TRAFFIC: phrase("Requests"),
    LooksAt.COMMAND: phrase("Commands"),
    LooksAt.MACHINE: phrase("This computer"),
    LooksAt.FOLDER: phrase("Files"),
    LooksAt.ANSWERS: phrase("Questions"),
}


def place(check: Check) -> Phrase:
    """Under which heading a check stands: its namespace, or what it looks at."""
    return phrase("{namespace}", namespace=check.place) if check.place else _PLACES[check.looks_at]


def expected(check: Check, outcome: Outcome, language: str) -> str:
    """What a check that was looked at expected; the lab's own words for it where it has some."""
    return text(check.title, language) if check.title else translate(outcome.expected, language)


def question(quiz: Quiz, checks: Sequence[Check], outcome: Outcome | None) -> tuple[str, Phrase]:
    """A mark and how far a question is, by its number among the step's: its id is the author's."""
    number = [check for check in checks if isinstance(check, Quiz)].index(quiz) + 1
    if outcome is not None and outcome.passed:
        return "✓", phrase("Question {number}: answered", number=number)
    if outcome is not None and "answer" in outcome.found.values:
        return "✗", phrase("Question {number}: the answer is not right yet", number=number)
    return "?", phrase("Question {number}: not answered yet", number=number)


_MINUTE = 60


def duration(seconds: float) -> Phrase:
    """A time for people: tenths below ten seconds, then whole seconds, then minutes."""
    if seconds < 9.95:
        return phrase("{seconds} s", seconds=f"{seconds:.1f}")
    whole = round(seconds)
    if whole < 60:
        return phrase("{seconds} s", seconds=whole)
    return phrase("{minutes} min {seconds} s", minutes=whole // 60, seconds=whole % 60)


def bonus_tag(title: Text, optional: bool, language: str) -> str:
    """What stands beside a step's title to say that it is a bonus; "" where it is none, or where its title says so itself."""
    word = translate(phrase("bonus"), language)
    return word if optional and word.casefold() not in text(dict(title), language).casefold() else ""


def clock(seconds: float) -> str:
    """A time as a clock shows it: 2:05, 1:02:05."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def minutes_spent(seconds: float, minutes: int) -> Phrase:
    """Time spent on a lab, beside the minutes that its author reckons with."""
    if seconds < _MINUTE:
        return phrase("less than a minute (estimate: {minutes} min)", minutes=minutes)
    return phrase("{spent} min (estimate: {minutes} min)", spent=round(seconds / 60), minutes=minutes)


def minutes_spent_short(seconds: float, minutes: int) -> Phrase:
    """The same where there is little room."""
    if seconds < _MINUTE:
        return phrase("under 1/{minutes} min", minutes=minutes)
    return phrase("{spent}/{minutes} min", spent=round(seconds / 60), minutes=minutes)


def minutes_of_course(seconds: float, left: int) -> Phrase:
    """Time spent on several labs, and the minutes that are left by their authors' reckoning."""
    if seconds < _MINUTE:
        return phrase("less than a minute spent · about {left} min to go", left=left)
    return phrase("{spent} min spent · about {left} min to go", spent=round(seconds / 60), left=left)


def command_end(end: CommandEnd) -> Phrase:
    """How a command ended."""
    seconds = end.seconds
    match end.reason:
        case "timeout":
            return phrase("stopped: it was not done after {time}", time=duration(seconds))
        case "shell-ended":
            return phrase("the shell ended while it ran")
        case "interrupted":
            return phrase("interrupted after {time}", time=duration(seconds))
        case "not-run":
            return phrase("not run")
        case "real-cluster-only":
            return phrase("not run: it needs a real cluster")
    if end.exit_code == 0:
        return phrase("succeeded · {time}", time=duration(seconds))
    return phrase("exit code {code} after {time}", code=end.exit_code, time=duration(seconds))
