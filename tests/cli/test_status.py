"""`labgate status`: all labs, one lab, its report, and the signature of an export."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from runner.cli import cli
from runner.labs.library import own_labs
from runner.labs.load import load
from runner.session import events
from runner.session.progress import Progress
from runner.session.target import attempt_folder
from tests.two_labs import only_two_labs

LAB = "kubernetes-basics"


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("LABGATE_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("LABGATE_LANGUAGE", "en")
    only_two_labs(tmp_path / "own", monkeypatch)
    return tmp_path / "data"


def work() -> None:
    at = datetime(2026, 1, 1, 12, tzinfo=UTC)

    def now() -> datetime:
        nonlocal at
        at += timedelta(seconds=60)
        return at

    progress = Progress(attempt_folder(load(own_labs() / LAB), f"practice/{LAB}"), now)
    progress.append(events.LabStarted(LAB, f"practice/{LAB}", "", "1.32.0", "a1", resumed=False))
    for event in (
        events.StepReached("namespace"),
        events.HintShown("namespace", 0),
        events.StepPassed("namespace", 1.0),
        events.StepReached("deployment"),
    ):
        progress.append(event)
    progress.close()


def status(*arguments: str) -> Result:
    return CliRunner().invoke(cli, ["status", *arguments], env={"COLUMNS": "200"}, standalone_mode=False)


def test_nothing_was_begun():
    assert "Labs finished: 0 of 2 · less than a minute spent" in status().output
    missing = status(LAB)
    assert f"labgate learn {LAB}" in str(missing.exception)


def test_all_labs_and_one_of_them():
    work()
    row = next(line for line in status().output.splitlines() if line.startswith(LAB))
    assert "at step 2" in row
    assert "1/7" in row
    assert "4 min (estimate: 25 min)" in row
    shown = status(LAB).output
    assert "Time spent: 4 min (estimate: 25 min)" in shown
    line = next(line for line in shown.splitlines() if "A room of your own" in line)
    assert line.startswith("✓  1")
    assert "done" in line
    assert "3:00" in line
    assert "hints: 1" in line
    assert "나만의 공간" in status(LAB, "--language", "ko").output


def test_a_report_is_printed_and_a_signature_checked(tmp_path):
    work()
    assert status(LAB, "--export", "markdown").output.startswith("# Kubernetes basics")
    document = json.loads(status(LAB, "--export", "json").output)
    assert [step["seconds"] for step in document["steps"]][:2] == [180, 0]
    file = tmp_path / "attempt.json"
    file.write_text(json.dumps(document))
    assert status("--verify", str(file)).return_value == 0
    file.write_text(json.dumps({**document, "seconds": 1}))
    changed = status("--verify", str(file))
    assert changed.return_value == 1
    assert "not as it was signed" in changed.output
