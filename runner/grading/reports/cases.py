"""A check of a run as a test case, for reports of all formats; of a hidden one only whether it passes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from checks.base import Outcome, Verdict
from runner import plain_text
from runner.grading.grading_texts import STATES, finding_lines
from runner.grading.result import CheckResult, Result, State, StepResult
from runner.session.finding_text import Mention
from runner.session.session_texts import description
from runner.words import phrase, text, translate

_KINDS = {
    Verdict.FAILED: "failure",
    Verdict.PENDING: "failure",
    Verdict.ERROR: "error",
    Verdict.SKIPPED: "skipped",
}
_NOT_JUDGED = (State.WAITING, State.RUNNING, State.SKIPPED)


@dataclass(frozen=True, slots=True)
class Case:
    """`kind`: passed, failure, error (could not be judged), skipped. `details` are lines; a hidden check has none."""

    name: str
    kind: str
    message: str = ""
    details: str = ""
    points: int = 0
    points_total: int = 0
    hidden: bool = False
    bonus: bool = False

    @property
    def bonus_undone(self) -> bool:
        """It fails or could not be judged, but does not count."""
        return self.kind in ("failure", "error") and self.bonus


def cases(result: Result, part: StepResult, language: str) -> list[Case]:
    """Each check of a step, in order."""
    return [case(result, part, index, language) for index in range(len(part.checks))]


def case(result: Result, part: StepResult, index: int, language: str) -> Case:
    """One check of a step."""
    each = part.checks[index]
    kind, message, details = _verdict(result, part, index, language)
    earned = each.check.points if each.passed else 0
    name = _name(index + 1, each, language)
    return Case(
        name, kind, message, details, earned, each.check.points, each.check.hidden, bonus=part.is_bonus
    )


BONUS = phrase("a bonus, which counts for nothing")
"""Why what fails of a bonus step is no failure."""


def _name(number: int, each: CheckResult, language: str) -> str:
    return f"{number}. {description(each.check, language)}"


def _verdict(result: Result, part: StepResult, index: int, language: str) -> tuple[str, str, str]:
    """A check's kind (passed, failure, error, skipped), its message, and the details."""
    each = part.checks[index]
    if each.passed:
        return "passed", "", ""
    if each.outcome is None or part.state in _NOT_JUDGED:
        if result.problem is not None and part.state is not State.SKIPPED:
            return "error", translate(result.problem, language), ""
        reason = STATES[part.state if part.state in _NOT_JUDGED else State.WAITING]
        if part.because:
            reason = phrase("not judged, needs: {step}", step=part.because)
        return "skipped", translate(reason, language), ""
    return _KINDS[each.outcome.verdict], *_texts(part, index, each.outcome, language)


def _texts(part: StepResult, index: int, outcome: Outcome, language: str) -> tuple[str, str]:
    """The one line and the details of a check that fails."""
    each = part.checks[index]
    unjudged = outcome.verdict is Verdict.ERROR
    if each.check.hidden:
        return translate(HIDDEN_UNJUDGED if unjudged else HIDDEN_FAILED, language), ""
    if unjudged:
        found = translate(phrase("could not be judged: {found}", found=outcome.found), language)
        expected = translate(phrase("expected: {expected}", expected=outcome.expected), language)
        return found, "\n".join(
            [plain_text.line(found), plain_text.line(expected), *_causes(part, index, language)]
        )
    own = text(each.check.message, language) if each.check.message else ""
    expected = plain_text.line(translate(phrase("expected: {expected}", expected=outcome.expected), language))
    found = plain_text.line(translate(phrase("found: {found}", found=outcome.found), language))
    lines = [expected, found, *_causes(part, index, language)]
    if each.check.hint:
        hint = translate(phrase("hint: {hint}", hint=text(each.check.hint, language)), language)
        lines.append(plain_text.line(hint))
    return own or f"{expected}; {found}", "\n".join(lines)


HIDDEN_FAILED = phrase("a hidden check fails")
HIDDEN_UNJUDGED = phrase("a hidden check could not be judged")


def _causes(part: StepResult, index: int, language: str) -> Iterable[str]:
    for mention in part.mentions[index]:
        yield from _cause(part, mention, language)


def _cause(part: StepResult, mention: Mention, language: str) -> Iterable[str]:
    """A cause in full in the first test case that has it; in the others a reference to that one."""
    if mention.here:
        for name, words in finding_lines(mention.finding, language):
            yield f"{translate(name, language)}: {words}" if name else f"  {words}"
        return
    yield plain_text.line(translate(phrase("cause: {cause}", cause=mention.finding.cause), language))
    first = _name(mention.first + 1, part.checks[mention.first], language)
    yield plain_text.line(translate(phrase("same cause as in: {check}", check=first), language))
