from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.base import Finding, ObjectRef, Outcome, Verdict
from checks.phrase import phrase
from runner.session import events
from runner.session.codec import decode, encode
from runner.session.events import (
    CheckUpdated,
    ClusterBack,
    ClusterLost,
    CommandFinished,
    CommandStarted,
    ConsoleOpened,
    EarlierLab,
    EarlierStep,
    Event,
    HintShown,
    LabFinished,
    LabReplaced,
    LabStarted,
    OutputReceived,
    PromptAnswered,
    QuizAnswered,
    SkipTaken,
    SolutionShown,
    StepBroken,
    StepFailed,
    StepPassed,
    StepReached,
    StepReset,
    StepSkipped,
    StepStarted,
    StepTried,
    StepUnlocked,
)
from runner.session.progress import RECORD, AttemptInUse, Progress, read_state
from runner.shell import CommandEnd

PASSED = Outcome(Verdict.PASSED, phrase("ready"), phrase("{n} of {n}", n=1))
FAILED = Outcome(
    Verdict.FAILED,
    phrase("ready: {names}", names=("a", "b")),
    phrase("found: {what}", what=phrase("nothing")),
    (Finding("x", phrase("cause"), phrase("remedy"), ObjectRef("Pod", "a", "b"), "reason: X"),),
)


EVENTS = [
    LabStarted("istio", "practice/istio", "https://127.0.0.1", "1.22", "a1", resumed=False),
    EarlierStep("basics", "one", 1, 3),
    EarlierLab("basics", 3, 2.5, there=False),
    StepStarted("install"),
    CommandStarted("install", 1, "istioctl install\n"),
    OutputReceived("install", "\x1b[1m설치\r\n"),
    PromptAnswered("install", 1, "Proceed?", "y"),
    CommandFinished("install", 1, "istioctl install", CommandEnd(None, 1.5, "timeout", "Proceed? (y/N)")),
    CommandFinished("install", 1, "istioctl install", CommandEnd(0, 1.5), by="learner"),
    CheckUpdated("install", 0, FAILED),
    StepPassed("install", 3.0),
    StepFailed("install", 3.0, (PASSED, FAILED), could_not_judge=False),
    StepSkipped("install", "concept"),
    StepBroken("install", (FAILED,)),
    StepUnlocked("addons"),
    HintShown("install", 0),
    SolutionShown("install", "typed"),
    SkipTaken("install"),
    StepReset("install"),
    ConsoleOpened("install", "solution"),
    StepReached("install"),
    StepTried("install"),
    LabReplaced(("concept", "install"), ("addons",), (("install", 0, 1), ("install", 1, -2))),
    QuizAnswered("concept", "q1", ("a", "b"), "learner"),
    ClusterLost(phrase("{server} does not answer", server="https://127.0.0.1")),
    ClusterBack(),
    LabFinished(True, False, 3, 3, 10, 10, 4.5),
]


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: type(event).__name__)
def test_an_event_survives_the_file(event: Event) -> None:
    assert decode(encode(event, "2026-01-01T00:00:00")) == event


def test_every_event_is_among_them() -> None:
    kinds = {kind for kind in vars(events).values() if isinstance(kind, type) and issubclass(kind, Event)}
    assert {type(event) for event in EVENTS} == kinds - {Event}


def test_an_event_of_a_newer_version_is_passed_over() -> None:
    assert decode('{"at": "x", "event": "SomethingNew", "step": "a"}') is None


@given(st.text())
def test_a_damaged_line_is_a_value_error_and_nothing_else(line: str) -> None:
    try:
        decode(line)
    except ValueError:
        return
    assert "event" in json.loads(line)


def test_the_state_is_the_replay_of_the_record(tmp_path: Path) -> None:
    progress = Progress(tmp_path)
    for event in (
        LabStarted("istio", "t", "s", "v", "a1", resumed=False),
        CommandStarted("one", 0, "x"),
        OutputReceived("one", "secret output"),
        CommandFinished("one", 0, "x", CommandEnd(0, 0.1)),
        StepPassed("one", 1.0),
        QuizAnswered("one", "q", ("b",), "learner"),
        CommandStarted("two", 0, "y"),
    ):
        progress.append(event)
    progress.close()
    again = Progress(tmp_path)
    assert again.state.passed == {"one"}
    assert again.state.answers == {"q": ("b",)}
    assert again.state.running == ("two", 0)
    assert (again.state.step("one").done, again.state.step("two").done) == (1, 0)
    assert "secret output" not in (tmp_path / RECORD).read_text()
    assert (tmp_path / RECORD).stat().st_mode & 0o077 == 0
    again.close()


@given(cut=st.integers(min_value=1, max_value=80))
def test_a_torn_last_line_costs_only_itself(tmp_path_factory: pytest.TempPathFactory, cut: int) -> None:
    folder = tmp_path_factory.mktemp("record")
    progress = Progress(folder)
    progress.append(StepPassed("one", 1.0))
    whole = (folder / RECORD).stat().st_size
    progress.append(StepPassed("two", 1.0))
    progress.close()
    path = folder / RECORD
    os.truncate(path, max(whole, path.stat().st_size - cut))
    again = Progress(folder)
    assert again.state.passed == {"one"}
    again.append(StepPassed("three", 1.0))
    again.close()
    assert read_state(folder).passed == {"one", "three"}


def test_a_damaged_line_in_the_middle_is_passed_over(tmp_path: Path) -> None:
    progress = Progress(tmp_path)
    progress.append(StepPassed("one", 1.0))
    progress.close()
    with (tmp_path / RECORD).open("ab") as file:
        file.write(b"\x00\xff not json\n")
    again = Progress(tmp_path)
    again.append(StepPassed("two", 1.0))
    assert again.state.passed == {"one", "two"}
    again.close()


def test_two_programs_cannot_work_on_one_attempt(tmp_path: Path) -> None:
    code = (
        "import sys, pathlib\n"
        "from runner.session.progress import Progress\n"
        "Progress(pathlib.Path(sys.argv[1])); print('open', flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, tmp_path], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "open\n"
        with pytest.raises(AttemptInUse, match=f"process {other.pid}"):
            Progress(tmp_path)
        other.kill()
    Progress(tmp_path).close()  # a killed program leaves no lock behind


def test_a_new_attempt_keeps_the_old_record(tmp_path: Path) -> None:
    progress = Progress(tmp_path)
    progress.append(StepPassed("one", 1.0))
    progress.begin_again()
    assert progress.state.passed == frozenset()
    progress.close()
    (old,) = tmp_path.glob("record-*.jsonl")
    assert "one" in old.read_text()
