"""The words that live progress, plain progress, summary and reports share."""

from __future__ import annotations

from urllib.parse import urlsplit

from checks.base import Verdict
from runner.grading.result import CheckResult, CommandRun, Ending, Result, State, StepResult
from runner.session.events import SETUP
from runner.words import Phrase, phrase, say, text

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
VERDICT_MARKS = {
    Verdict.PASSED: "✓",
    Verdict.PENDING: "…",
    Verdict.FAILED: "✗",
    Verdict.ERROR: "!",
    Verdict.SKIPPED: "-",
}
VERDICTS = {
    Verdict.PASSED: phrase("holds"),
    Verdict.PENDING: phrase("on its way, not there yet"),
    Verdict.FAILED: phrase("does not hold"),
    Verdict.ERROR: phrase("could not be judged"),
    Verdict.SKIPPED: phrase("nothing to judge"),
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
    return say(phrase("Preparing the lab") if step.id == SETUP else phrase("Clean-up"), language)


def standing(part: StepResult) -> Phrase:
    """Where a step stands, and why where that is not its own doing."""
    if part.because:
        return phrase("not judged, needs: {step}", step=part.because)
    if part.broken:
        return phrase("passed earlier, does not hold any more")
    return STATES[part.state]


def description(each: CheckResult, language: str) -> str:
    """What a check expects, in a line; nothing of a hidden one."""
    if each.check.hidden:
        return say(phrase("a hidden check"), language)
    return say(each.check.describe(), language)


def duration(seconds: float) -> Phrase:
    """A time for people: tenths below ten seconds, then whole seconds, then minutes."""
    if seconds < 9.95:
        return phrase("{seconds} s", seconds=f"{seconds:.1f}")
    whole = round(seconds)
    if whole < 60:
        return phrase("{seconds} s", seconds=whole)
    return phrase("{minutes} min {seconds} s", minutes=whole // 60, seconds=whole % 60)


def command_end(run: CommandRun) -> Phrase:
    """How a command ended."""
    match run.reason:
        case "timeout":
            return phrase("stopped: it was not done after {time}", time=duration(run.seconds))
        case "shell-ended":
            return phrase("the shell ended while it ran")
        case "interrupted":
            return phrase("interrupted after {time}", time=duration(run.seconds))
        case "not-run":
            return phrase("not run")
    if not run.finished:
        return phrase("did not come to its end")
    return phrase("exit code {code} after {time}", code=run.exit_code, time=duration(run.seconds))


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
    parts = urlsplit(url)
    return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()


def verdict(result: Result) -> Phrase:
    """The last word on a run."""
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
        case Ending.NOT_JUDGED:
            return phrase(
                "Could not be judged, so there is no grade. Steps passed: {passed} of {total}. Time: {time}.",
                **counted,
            )
