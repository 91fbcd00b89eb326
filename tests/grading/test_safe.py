"""Whatever clusters, labs, rosters and commands say: a log has the verdicts that were given, and no command to a CI system."""

from __future__ import annotations

import io
import re
import unicodedata
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rich.console import Console

from checks.base import Finding, ObjectRef, Outcome, Verdict
from checks.phrase import phrase
from runner import plain_text
from runner.commands import common
from runner.grading.plain import PlainView
from runner.grading.reports import REPORTS
from runner.grading.reports.json_report import report_of
from runner.grading.result import Result
from runner.grading.roster.class_model import ClassResult, Graded
from runner.grading.roster.class_summary import Standing
from runner.grading.roster.compare import Change
from runner.grading.roster.condensed import condensed
from runner.grading.roster.engine import Done
from runner.grading.roster.reports import CLASS_REPORTS
from runner.grading.roster.run import Progress
from runner.grading.roster.views import PlainClassView, print_class
from runner.grading.summary import print_summary
from runner.labs.model import Lab
from runner.session.events import (
    CommandFinished,
    CommandStarted,
    LabFinished,
    LabStarted,
    OutputReceived,
    PromptAnswered,
    StepFailed,
    StepPassed,
    StepStarted,
)
from runner.shell import CommandEnd
from runner.words import printed

FORGED = (
    "::error::owned",
    "x\n::error::owned",
    "x\r::stop-commands::t",
    "\u2028::warning::w",
    "  \t\u3000::debug::w",
    "\u200b\ufe0f::add-mask::a",
    "##[error]owned",
    "a ##[command]b ##vso[task.complete result=Failed;]x ##teamcity[x]",
    "#\u200b#[group]x",
    "x\n✓ install: passed (1.0 s)",
    "✓ install: passed (1.0 s)",
    "x" * 130 + " ✓ expose: passed",
    ("word " * 23) + "✓ install: passed (1.0 s) ::error::x " * 8,
    "x\nPassed. Steps: 2 of 2. Points: 6 of 6. Time: 1 s.",
    "Passed. Steps: 2 of 2.",
    "3/3 ✓ kim  passed  5/5",
    "\x1b]8;;http://evil/\x07link\x1b]8;;\x07 \x1b]52;c;aGk=\x07\x9b2J\x1b[2J\x1b[1A",
    "a\b\b\b✓ b",
    "\u202eevil\u2066 \u200fx",
    "not ok 1\n1..0\nBail out! x",
    "가나\u3164다\r\n라",
)
hostile = st.one_of(
    st.sampled_from(FORGED),
    st.text(max_size=40),
    st.lists(st.sampled_from(FORGED), min_size=2, max_size=3).map(" ".join),
).filter(lambda text: text.strip() != "")

MARK = re.compile(r"^\s*(?:\d+/\d+ )?([✓✗!…·▸-])\s")
ENDING = re.compile(r"^\s*(?:Passed\.|Not passed\.|Could not be judged|Interrupted)")
RUNNERS = re.compile(r"\r\n|\r|\n")
"""What ends a line for the runner of GitHub."""


def is_command(line: str) -> bool:
    """As the runner of GitHub, Azure Pipelines and TeamCity have it; .NET's comparison passes over what is not seen."""
    unseen = ("Cf", "Cc")
    seen = "".join(
        sign for sign in line if unicodedata.category(sign) not in unseen and not "\ufe00" <= sign <= "\ufe0f"
    )
    return seen.strip().startswith("::") or re.search(r"##\w*\[", line) is not None


def verdicts(text: str) -> list[str]:
    """The lines that anybody could take for a verdict, as far as they are ours: mark by mark."""
    message = []
    for line in text.split("\n"):
        if found := MARK.match(line):
            message.append(found[1])
        elif ENDING.match(line):
            message.append(line.strip()[:6])
    return message


def lab_of(tmp_path, words: str) -> Lab:
    text = {"en": words}
    checks = [
        {"namespace": "a", "title": text},
        {"namespace": "b", "title": text, "message": text, "hint": text},
        {"namespace": "c", "hidden": True, "title": text},
    ]
    steps = [
        {"id": "install", "title": text, "text": {"en": "…"}, "checks": checks},
        {"id": "expose", "title": text, "text": {"en": "…"}, "checks": checks[:1]},
    ]
    return Lab.model_validate(
        {
            "id": "mesh",
            "folder": tmp_path,
            "title": text,
            "summary": text,
            "minutes": 1,
            "level": "beginner",
            "steps": steps,
        }
    )


def outcome(verdict: Verdict, words: str) -> Outcome:
    finding = Finding(
        "rule",
        phrase("Why: {words}", words=words),
        phrase("Do: {command}", command=words),
        ObjectRef("Pod", words, words),
        words,
        source=words,
    )
    return Outcome(verdict, phrase("{words}", words=words), phrase("{words}", words=words), (finding,))


def run(result: Result, words: str, view: PlainView) -> None:
    wrong, there = (
        outcome(Verdict.FAILED, words),
        Outcome(Verdict.PASSED, phrase("x"), phrase("{w}", w=words)),
    )
    unread = outcome(Verdict.ERROR, words)
    events = [
        LabStarted("mesh", words, words, words, "a", False),
        StepStarted("install"),
        CommandStarted("install", 0, f"echo {words}\necho {words}"),
        OutputReceived("install", f"{words}\r\n{words}"),
        PromptAnswered("install", 0, "x", words),
        CommandFinished("install", 0, "echo", CommandEnd(1, 2.0)),
        StepFailed("install", 2.0, (wrong, wrong, unread), False),
        StepStarted("expose"),
        StepPassed("expose", 1.0),
        StepFailed("expose", 1.0, (unread,), True),
        LabFinished(False, True, 0, 2, 1, 4, 3.0),
    ]
    assert there.passed
    with view:
        for event in events:
            result.apply(event)
            view.show(event, result)
    result.problem = phrase("What ended it: {words}", words=words)


def printed_run(tmp_path, words: str) -> tuple[Result, str]:
    lab = lab_of(tmp_path, words)
    file = io.StringIO()
    console = Console(
        file=file, width=120, force_terminal=False, no_color=True, highlight=False, markup=False
    )
    result = Result.of(lab, __import__("datetime").datetime(2026, 1, 1))
    run(result, words, PlainView(console, "en"))
    print_summary(console, result, "en")
    return result, file.getvalue()


def printed_class(result: Result, words: str) -> str:
    file = io.StringIO()
    console = Console(
        file=file, width=120, force_terminal=False, no_color=True, highlight=False, markup=False
    )
    report = condensed(report_of(result, "en"))
    graded = (
        Graded("s1", words, report),
        Graded("s2", words, report, words),
        Graded("s3", words, None, words),
    )
    progress = Progress(4)
    view = PlainClassView(console, "en")
    for each in graded:
        progress.take(Done(each))
        view.show(Done(each), progress)
    changed = [Change("s1", words, Standing.PASSED, Standing.NOT_PASSED, 3, 1)]
    print_class(console, ClassResult("mesh", words, "2026", graded, 4), changed, "en")
    return file.getvalue()


settled = settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None
)


@settled
@given(words=hostile)
def test_the_verdicts_in_a_log_are_the_ones_that_were_given(tmp_path, words):
    _, truth = printed_run(tmp_path, "words")
    result, message = printed_run(tmp_path, words)
    assert verdicts(message) == verdicts(truth)
    assert not [line for line in RUNNERS.split(message) if is_command(line)]
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\u200b]", message)
    assert verdicts(printed_class(result, words)) == verdicts(printed_class(result, "words"))
    assert not [line for line in RUNNERS.split(printed_class(result, words)) if is_command(line)]


@settled
@given(words=hostile)
@pytest.mark.parametrize("name", [name for name in REPORTS if name != "annotations"])
def test_no_report_is_a_command_where_it_is_printed(tmp_path, name, words):
    result, _ = printed_run(tmp_path, words)
    assert not [line for line in RUNNERS.split(REPORTS[name](result, "en")) if is_command(line)]


@settled
@given(words=hostile)
@pytest.mark.parametrize("name", CLASS_REPORTS)
def test_no_report_of_a_class_is_a_command_where_it_is_printed(tmp_path, name, words):
    result, _ = printed_run(tmp_path, words)
    graded = (Graded("s1", words, condensed(report_of(result, "en"))), Graded("s2", words, None, words))
    report = CLASS_REPORTS[name](ClassResult("mesh", words, "2026", graded, 3), "en")
    assert not [line for line in RUNNERS.split(report) if is_command(line)]


@settled
@given(words=hostile)
def test_annotations_are_ours_and_what_they_quote_is_data(tmp_path, words):
    result, _ = printed_run(tmp_path, words)
    lines = RUNNERS.split(REPORTS["annotations"](result, "en").rstrip("\n"))
    assert all(re.match(r"::(error|notice) title=[^:,]*::[^\r\n]*$", line) for line in lines)


@given(words=hostile, more=hostile)
def test_sentences_that_are_printed(words, more):
    sentences = (
        phrase("{a}{b}", a=words, b=more),
        phrase("{a}:{b}", a="", b=words),
        phrase("What is wrong: {a}\nand then:\n  {b}", a=(words, more), b=phrase("{x}", x=words)),
    )
    for sentence in sentences:
        message = printed(sentence, "en")
        assert message.count("\n") == sentence.template.count("\n")
        assert not [line for line in RUNNERS.split(message) if is_command(line)]


@given(words=hostile)
def test_lines_that_begin_with_others_words(words):
    assert not MARK.match(plain_text.opening(words))
    assert "\n" not in plain_text.opening(words)
    for line in plain_text.block(words, "  ").split("\n"):
        assert line == "" or line.startswith("  |")
        assert not is_command(line)


def test_what_pictures_are_made_of_stays():
    assert plain_text.plain("👩\u200d💻 한글 é") == "👩\u200d💻 한글 é"
    assert plain_text.line("a\u200db") == "ab"


def test_spaces_within_a_line_stay():
    assert plain_text.line("kubectl get pods -o 'a  b'") == "kubectl get pods -o 'a  b'"


def test_errors_of_a_lab_are_printed_as_text(capsys):
    common.complain(phrase("The file {file} is wrong", file="a\n::error::b\n✓ install: passed"))
    common.report_line("::error::x\n✓ y")
    message = capsys.readouterr()
    assert message.err == "The file a ::error::b ✓ install: passed is wrong\n"
    assert message.out == ": :error::x ✓ y\n"


def test_replaced_outcomes_are_reported(tmp_path):
    """What the other tests rest on: the made-up run has verdicts of each kind."""
    result, message = printed_run(tmp_path, "words")
    assert {"✗", "!"} <= set(verdicts(message))
    assert result.problem is not None and replace(result, problem=None).partly_judged
