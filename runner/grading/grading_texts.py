"""Texts of a run that live progress, plain progress, summary and reports share."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

from checks.base import Finding, Verdict
from runner import plain_text
from runner.grading.result import Ending, Result, State, StepResult
from runner.session.attempt_state import CommandRun
from runner.session.events import SETUP, EarlierLab, EarlierStep
from runner.session.finding_text import read_in, remedy, whose
from runner.session.session_texts import command_end, duration
from runner.words import Phrase, phrase, text, translate

MARKS = {
    State.WAITING: "·",
    State.RUNNING: "▸",
    State.PASSED: "✓",
    State.FAILED: "✗",
    State.ERROR: "!",
    State.SKIPPED: "-",
}
STATES = {
    State.WAITING: phrase("not reached"),
    State.RUNNING: phrase("stopped in the middle"),
    State.PASSED: phrase("passed"),
    State.FAILED: phrase("not passed"),
    State.ERROR: phrase("could not be judged"),
    State.SKIPPED: phrase("not judged"),
}
COLOURS = {
    State.WAITING: "dim",
    State.RUNNING: "cyan",
    State.PASSED: "green",
    State.FAILED: "red",
    State.ERROR: "yellow",
    State.SKIPPED: "dim",
}
VERDICT_COLOURS = {
    Verdict.PASSED: "green",
    Verdict.PENDING: "cyan",
    Verdict.FAILED: "red",
    Verdict.ERROR: "yellow",
    Verdict.SKIPPED: "dim",
}


def title(step: StepResult, language: str) -> str:
    """The step's title; the lab's own setup and clean-up have words of ours where they have no title."""
    if step.title:
        return text(step.title, language)
    return translate(phrase("Preparing the lab") if step.id == SETUP else phrase("Clean-up"), language)


def earlier_step(event: EarlierStep) -> Phrase:
    """Progress in a lab before this one."""
    return phrase(
        "First the work of {lab}: step {number} of {steps}",
        lab=event.lab,
        number=event.number,
        steps=event.steps,
    )


def earlier_lab(event: EarlierLab) -> Phrase:
    """That the work of a lab before this one is on the cluster."""
    if event.there:
        return phrase("Comes after {lab}, whose work is on this practice cluster already.", lab=event.lab)
    return phrase(
        "Comes after {lab}: its steps ({steps}) were worked through on this practice cluster first, in {seconds} s.",
        lab=event.lab,
        steps=event.steps,
        seconds=round(event.seconds),
    )


def outcome_of(part: StepResult) -> Phrase:
    """The state of a step, and the reason if another step caused it."""
    if part.because:
        return phrase("not judged, needs: {step}", step=part.because)
    if part.broken:
        return phrase("passed earlier, fails now")
    if part.state is State.FAILED and part.unjudged:
        return phrase("not passed, and not judged in full")
    return STATES[part.state]


def state(part: StepResult) -> Phrase:
    """The state of a step, and whether it counts: for tables, which have no other place for it."""
    bonus = part.is_bonus and not part.because
    return phrase("{state} (bonus)", state=outcome_of(part)) if bonus else outcome_of(part)


def earned(points: int, total: int, unjudged: int) -> Phrase:
    """Points of a run or a step, and how many of them are unknown."""
    if unjudged:
        return phrase(
            "{points}/{total}, not judged: {unjudged}", points=points, total=total, unjudged=unjudged
        )
    return phrase("{points}/{total}", points=points, total=total)


def earned_by(part: StepResult) -> Phrase:
    """Points of a step."""
    return earned(part.points, part.points_total, part.points_unjudged)


def run_end(run: CommandRun) -> Phrase:
    """How a command of the run ended."""
    return command_end(run.end) if run.end else phrase("did not finish")


def cluster(result: Result) -> Phrase:
    """Which cluster was judged."""
    return phrase(
        "Cluster: {target} · {server} · Kubernetes {version}",
        target=result.target,
        server=without_credentials(result.server),
        version=result.version or phrase("version unknown"),
    )


def without_credentials(url: str) -> str:
    """A URL without the name and password that it may carry."""
    try:
        parts = urlsplit(url)
    except ValueError:  # what a kubeconfig has there need not be a URL
        return url.rpartition("@")[2]
    return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()


def verdict(result: Result) -> Phrase:
    """The verdict line of a run."""
    counted = {
        "passed": result.passed,
        "total": result.total,
        "points": result.points,
        "points_total": result.points_total,
        "time": duration(result.seconds),
    }
    match result.ending:
        case Ending.PASSED:
            return phrase(
                "Passed. Steps: {passed} of {total}. Points: {points} of {points_total}. Time: {time}.",
                **counted,
            )
        case Ending.NOT_PASSED:
            return phrase(
                "Not passed. Steps: {passed} of {total}. Points: {points} of {points_total}. Time: {time}.",
                **counted,
            )
        case Ending.INTERRUPTED:
            return phrase(
                "Interrupted, so there is no grade. Steps passed: {passed} of {total}. Time: {time}.",
                **counted,
            )
        case Ending.NOT_JUDGED if result.partly_judged:
            return phrase(
                "Could not be judged in full, so there is no grade. Steps passed: {passed} of {total}."
                " Points so far: {points} of {points_total}, not judged: {unjudged}. Time: {time}.",
                **counted,
                unjudged=result.points_unjudged,
            )
        case Ending.NOT_JUDGED:
            return phrase(
                "Could not be judged, so there is no grade. Steps passed: {passed} of {total}. Time: {time}.",
                **counted,
            )


def finding_lines(finding: Finding, language: str) -> Iterator[tuple[Phrase | None, str]]:
    """A finding line by line, each with its name; None: it goes on with the line before."""
    yield phrase("cause"), plain_text.line(translate(finding.cause, language))
    if who := whose(finding):
        yield phrase("object"), plain_text.line(translate(who, language))
    where = read_in(finding)
    if where:
        yield phrase("seen in"), plain_text.line(translate(where, language))
    for number, line in enumerate(
        plain_text.block(finding.evidence.strip("\n")).split("\n") if finding.evidence else ()
    ):
        yield None if where or number else phrase("seen in"), line
    words, command = remedy(finding, language)
    yield phrase("remedy"), plain_text.line(words)
    if command:
        yield None, f"$ {plain_text.line(command)}"
