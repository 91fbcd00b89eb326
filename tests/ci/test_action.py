"""The GitHub action: what it says of itself, and its grading step run as a runner would."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]
ACTION = yaml.safe_load((ROOT / "action.yml").read_text())
STEPS = ACTION["runs"]["steps"]
WORKFLOWS = sorted((ROOT / "docs" / "ci").glob("*.yml"))
needs_kubectl = pytest.mark.skipif(shutil.which("kubectl") is None, reason="needs kubectl")


def uses(steps):
    return [step["uses"] for step in steps if "uses" in step]


def test_other_actions_are_pinned_by_their_commit():
    for name in uses(STEPS):
        assert re.fullmatch(r"[\w.-]+/[\w.-]+@[0-9a-f]{40}", name)


@pytest.mark.parametrize("file", WORKFLOWS, ids=lambda file: file.name)
def test_the_examples_are_pinned_have_no_secret_and_may_only_read(file):
    text = file.read_text()
    workflow = yaml.safe_load(text)
    assert workflow["permissions"] == {"contents": "read"}
    assert "secrets." not in text
    for job in workflow["jobs"].values():
        assert "timeout-minutes" in job
        for name in uses(job["steps"]):
            assert name == "OWNER/labgate@COMMIT" or re.fullmatch(r"[\w.-]+/[\w.-]+@[0-9a-f]{40}", name)
        for step in job["steps"]:
            assert "${{" not in step.get("run", "")
            given = step.get("with", {}) if step.get("uses", "").startswith("OWNER/labgate@") else {}
            assert set(given) <= set(ACTION["inputs"])


def test_no_input_reaches_a_script_but_by_the_environment():
    for step in STEPS:
        assert "${{" not in step.get("run", "")
    (grade,) = [step for step in STEPS if step.get("id") == "grade"]
    given = set(grade["env"].values())
    assert given == {f"${{{{ inputs.{name} }}}}" for name in ACTION["inputs"]}


def test_every_input_and_output_is_described():
    for each in (*ACTION["inputs"].values(), *ACTION["outputs"].values()):
        assert each["description"]


@pytest.fixture
def grade(tmp_path):
    """Runs the grading step with these inputs; gives the process and the outputs that the runner would read."""
    place = tmp_path / "action"
    (place / ".github").mkdir(parents=True)
    (place / ".github" / "action").symlink_to(ROOT / ".github" / "action")
    (place / ".venv").symlink_to(ROOT / ".venv")

    def run(**inputs: str) -> tuple[subprocess.CompletedProcess[str], dict[str, str], str]:
        values = {name: each.get("default", "") for name, each in ACTION["inputs"].items()} | inputs
        output, summary = tmp_path / "output", tmp_path / "summary"
        output.touch()
        summary.touch()
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(tmp_path),
            "LABGATE_HOME": str(tmp_path / "home"),
            "PYTHONPATH": str(ROOT),
            "CI": "true",
            "GITHUB_ACTION_PATH": str(place),
            "GITHUB_OUTPUT": str(output),
            "GITHUB_STEP_SUMMARY": str(summary),
            **{f"LABGATE_ACTION_{name.upper()}": value for name, value in values.items()},
        }
        script = ROOT / ".github" / "action" / "grade.sh"
        done = subprocess.run(
            [script], env=environment, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=100
        )
        message = dict(line.split("=", 1) for line in output.read_text().splitlines())
        return done, message, summary.read_text()

    return run


@needs_kubectl
def test_a_lab_that_is_worked_through_passes(grade, tmp_path):
    done, message, summary = grade(lab="kubernetes-basics", run="true", practice="true")
    assert done.returncode == 0, done.stdout + done.stderr
    assert message["verdict"] == "passed"
    assert message["points"] == message["points-total"] == "16"
    assert summary.startswith("# Kubernetes basics")
    assert "::notice title=kubernetes-basics::Passed." in done.stdout
    assert json.loads((tmp_path / "labgate-reports" / "labgate.json").read_text())["verdict"] == "passed"


def commands_taken(text: str) -> list[str]:
    """What the runner of GitHub takes from what a step prints, on whichever output: `::` behind white space begins a
    command, `##[` does so anywhere, CR and LF both end a line, and after stop-commands there is none before its word."""
    taken, stopped = [], ""
    for line in re.split(r"\r\n|\r|\n", text):
        found = re.match(r"\s*::([\w-]+)(?: [^:]*)?::(.*)", line) or re.search(
            r"##\[([\w-]+)[^\]]*\](.*)", line
        )
        if found:
            command, data = found[1], found[2]
        else:
            continue
        if stopped:
            stopped = "" if command == stopped else stopped
        elif command == "stop-commands":
            stopped = data
        else:
            taken.append(line)
    assert not stopped
    return taken


EVIL = """
format: 1
title: "::error::title"
summary: x
minutes: 1
level: beginner
steps:
  - id: one
    title: "##[error]step"
    text: Some words.
    run:
      - command: |
          printf '::error::one\\n  ::warning::two\\r::add-mask::x\\n a ##[error]three\\n::error title=x::four\\n'
    checks:
      - command: printf '::error::five\\n::error title=y::six\\n##[warning]seven\\n'
        contains: nothing
        hint: "::notice title=z::eight"
    within: 1s
"""


@needs_kubectl
def test_what_a_lab_says_is_no_command_to_the_runner(grade, tmp_path):
    (tmp_path / "evil").mkdir()
    (tmp_path / "evil" / "lab.yaml").write_text(EVIL)
    reports = tmp_path / "labgate-reports"
    reports.mkdir()
    (reports / "labgate.md").write_text("in an earlier step")
    done, message, summary = grade(lab="./evil", run="true", practice="true", trust="true")
    assert done.returncode == 1, done.stdout + done.stderr
    taken = commands_taken(done.stdout) + commands_taken(done.stderr)
    assert len(taken) == 2
    assert taken[0].startswith("::error title=# #[error]step%3A 1. ")
    assert taken[1] == "::error title=evil::" + taken[1].rpartition("::")[2]
    assert taken[1].rpartition("::")[2].startswith("Not passed.")
    assert message["verdict"] == "not-passed"
    assert "in an earlier step" not in summary


def test_a_run_that_breaks_down_reports_nothing_of_an_earlier_one(grade, tmp_path):
    reports = tmp_path / "labgate-reports"
    reports.mkdir()
    (reports / "labgate.json").write_text('{"verdict": "passed", "points": 3, "points_total": 3}')
    (reports / "labgate.md").write_text("# Passed")
    done, message, summary = grade(lab="no-such-lab", practice="true")
    assert done.returncode == 2
    assert (message["verdict"], message["points"], summary) == ("", "", "")
    assert commands_taken(done.stdout + done.stderr) == []


@needs_kubectl
def test_a_lab_that_is_not_done_fails_or_only_reports(grade):
    done, message, summary = grade(lab="kubernetes-basics", practice="true", language="ko")
    assert done.returncode == 1
    assert (message["exit-code"], message["verdict"], message["points"]) == ("1", "not-passed", "0")
    assert "통과하지 못함" in summary
    assert len(re.findall(r"^::error title=", done.stdout, re.M)) == 10
    assert grade(lab="kubernetes-basics", practice="true", fail="false")[0].returncode == 0


def test_a_cluster_that_is_not_there_gives_no_points(grade, tmp_path):
    kubeconfig = tmp_path / "kubeconfig"
    cluster = {"name": "gone", "cluster": {"server": "http://127.0.0.1:9"}}
    context = {"name": "gone", "context": {"cluster": "gone", "user": ""}}
    kubeconfig.write_text(json.dumps({"clusters": [cluster], "contexts": [context]}))
    done, message, _ = grade(lab="kubernetes-basics", context="gone", kubeconfig=str(kubeconfig))
    assert done.returncode == 3
    assert (message["verdict"], message["points"]) == ("could-not-be-judged", "")


@pytest.mark.parametrize(
    ("inputs", "words"),
    [
        ({"lab": "x", "run": "yes"}, "The input run is true or false."),
        ({"lab": "x", "language": "fr"}, "The input language is en or ko."),
        ({"lab": "--help"}, "The input lab is a lab's name or folder."),
        ({"lab": ""}, "The input lab is a lab's name or folder."),
    ],
)
def test_inputs_that_make_no_sense(grade, inputs, words):
    done, _, _ = grade(**inputs)
    assert done.returncode == 2
    assert words in done.stdout


def test_an_input_is_never_run(grade, tmp_path):
    done, message, _ = grade(
        lab="./$(touch ran)`touch ran`;touch ran", practice="true", context="'; touch ran #"
    )
    assert done.returncode == 2
    assert not (tmp_path / "ran").exists()
    assert message["exit-code"] == "2"
