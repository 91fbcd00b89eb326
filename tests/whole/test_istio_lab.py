"""The Istio lab, whole, by the command that its users type, on the practice cluster."""

from __future__ import annotations

import json
import os
import shutil
import signal
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from tests.whole.conftest import Program

pytestmark = [
    pytest.mark.timeout(170),
    pytest.mark.skipif(shutil.which("kubectl") is None, reason="no kubectl on the PATH"),
]


def steps_of(report: Path) -> dict[str, dict[str, Any]]:
    return {step["id"]: step for step in json.loads(report.read_text())["steps"]}


def test_the_lab_is_worked_through_and_passes(program: Program, tmp_path: Path) -> None:
    xml, report = tmp_path / "out.xml", tmp_path / "out.json"
    done = program.run(
        "grade",
        "istio-install",
        "--run",
        "--practice",
        "--cleanup",
        "--yes",
        "--report",
        f"junit={xml},json={report}",
    )
    assert done.returncode == 0, done.stdout + done.stderr
    suites = ElementTree.parse(xml).getroot()
    assert not [*suites.iter("failure"), *suites.iter("error")]
    assert len(list(suites.iter("testcase"))) >= 25
    steps = steps_of(report)
    assert all(step["verdict"] == "passed" for step in steps.values()), steps
    edited = [
        c["command"] for step in steps.values() for c in step["commands"] if "kubectl edit" in c["command"]
    ]
    assert len(edited) == 2
    assert "\x1b" not in done.stdout


def test_a_new_cluster_does_not_pass_and_every_step_says_why(program: Program, tmp_path: Path) -> None:
    report = tmp_path / "out.json"
    done = program.run("grade", "istio-install", "--practice", "--report", f"json={report}")
    assert done.returncode == 1, done.stdout + done.stderr
    failing = {name for name, step in steps_of(report).items() if step["verdict"] == "failed"}
    assert {"download", "install", "addons"} <= failing
    for name in failing:
        checks = [c for c in steps_of(report)[name]["checks"] if c["verdict"] in ("failed", "pending")]
        assert checks
        assert all(check["expected"]["text"] and check["found"]["text"] for check in checks)


@pytest.mark.parametrize(
    "moment", ["curl -L", "istioctl install", "kubectl apply -f samples/addons", "kubectl edit"]
)
def test_killed_in_the_middle_it_goes_on_where_it_was(program: Program, tmp_path: Path, moment: str) -> None:
    running = program.start("grade", "istio-install", "--run", "--practice")
    assert running.stdout is not None
    for line in running.stdout:
        if moment in line:
            break
    else:
        pytest.fail(f"{moment!r} was never run")
    os.killpg(running.pid, signal.SIGKILL)
    running.wait()
    running.stdout.close()
    report = tmp_path / "out.json"
    done = program.run("grade", "istio-install", "--run", "--practice", "--report", f"json={report}")
    assert done.returncode == 0, done.stdout + done.stderr
    if moment != "curl -L":
        downloads = [c for c in steps_of(report)["download"]["commands"] if "curl" in c["command"]]
        assert not downloads  # what was done stays done


def test_ctrl_c_is_a_clear_word_and_loses_nothing(program: Program, tmp_path: Path) -> None:
    report = tmp_path / "out.json"
    running = program.start("grade", "istio-install", "--run", "--practice", "--report", f"json={report}")
    assert running.stdout is not None
    for line in running.stdout:
        if "istioctl install" in line:
            break
    os.kill(running.pid, signal.SIGINT)
    rest = running.stdout.read()
    running.stdout.close()
    assert running.wait(20) == 130
    assert "Traceback" not in rest
    assert steps_of(report)["download"]["verdict"] == "passed"


def test_a_cluster_that_goes_away_in_the_middle_cannot_be_judged(program: Program) -> None:
    started = program.run("practice", "start", "istio-install")
    assert started.returncode == 0, started.stdout + started.stderr
    running = program.start("grade", "istio-install", "--run", "--practice")
    assert running.stdout is not None
    text = ""
    for line in running.stdout:
        text += line
        if "kubectl get ns" in line:
            break
    record = program.home / "practice" / "istio-install" / "running.json"
    os.kill(json.loads(record.read_text())["pid"], signal.SIGKILL)
    text += running.stdout.read()
    running.stdout.close()
    assert running.wait(150) == 3, text
    assert "Traceback" not in text


def test_the_second_lab_too(program: Program) -> None:
    done = program.run(
        "grade", "kubernetes-basics", "--run", "--practice", "--cleanup", "--yes", "--language", "ko"
    )
    assert done.returncode == 0, done.stdout + done.stderr
