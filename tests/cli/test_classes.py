"""A class as a teacher grades it: served, graded, killed in the middle, graded on, compared."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.bench.classes import wrong
from tests.cli.conftest import PROGRAM

pytestmark = [
    pytest.mark.skipif(shutil.which("kubectl") is None, reason="needs kubectl"),
    pytest.mark.timeout(300),
    pytest.mark.xdist_group("classes"),
]
LEARNERS = 40


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A class of 40 at the short lab, served while the tests of this file run; gives its folder."""
    folder = tmp_path_factory.mktemp("class")
    environment = {**os.environ, "LABGATE_HOME": str(folder / "home"), "LABGATE_LANGUAGE": "en"}
    command = [*PROGRAM, "practice", "class", str(folder / "room"), "--lab", "kubernetes-basics"]
    served = subprocess.Popen(
        [*command, "--learners", str(LEARNERS)], env=environment, stdout=subprocess.PIPE, text=True
    )
    assert served.stdout is not None
    for line in served.stdout:
        if "The expected result of each learner" in line:
            break
    yield folder / "room"
    served.send_signal(signal.SIGTERM)
    assert served.wait(60) == 0


def grade(labgate, room, *more):
    return labgate("grade", "kubernetes-basics", "--roster", str(room / "roster.yaml"), *more)


def test_everybody_gets_what_is_true(labgate, room, tmp_path):
    done = grade(
        labgate, room, "--report", f"json={tmp_path}/g.json,csv={tmp_path}/g.csv,html={tmp_path}/g.html"
    )
    assert done.returncode == 3, done.stderr  # some have no cluster that answers
    assert wrong(json.loads((tmp_path / "g.json").read_text()), room / "truth.json") == 0
    assert f"learners: {LEARNERS}" in done.stdout
    assert len((tmp_path / "g.csv").read_text().splitlines()) == LEARNERS + 1
    assert "<script" not in (tmp_path / "g.html").read_text()


def test_a_killed_run_goes_on_and_nobody_is_graded_twice(environment, room, tmp_path):
    results, report = tmp_path / "results.jsonl", tmp_path / "g.json"
    command = [*PROGRAM, "grade", "kubernetes-basics", "--roster", str(room / "roster.yaml")]
    command += ["--results", str(results), "--report", f"json={report}", "--jobs", "2"]
    first = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)
    assert first.stdout is not None
    for line in first.stdout:
        if line.startswith(f"10/{LEARNERS} "):
            break
    first.kill()
    first.wait()
    kept = {json.loads(line)["learner"]: line for line in results.read_text().splitlines()}
    assert len(kept) >= 10
    again = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert "Taken over from an earlier run:" in again.stdout
    assert wrong(json.loads(report.read_text()), room / "truth.json") == 0
    message = [json.loads(line)["learner"] for line in results.read_text().splitlines()]
    graded = [each for each in message if json.loads(kept.get(each, "{}")).get("problem") == ""]
    assert all(message.count(learner) == 1 for learner in graded)


def test_what_changed_since_an_earlier_run(labgate, room, tmp_path):
    earlier = tmp_path / "earlier.jsonl"
    grade(labgate, room, "--results", str(earlier))
    lines = [json.loads(line) for line in earlier.read_text().splitlines()]
    one = next(each for each in lines if each["report"] and each["report"]["verdict"] == "passed")
    one["report"]["verdict"], one["report"]["points"] = "not-passed", 1
    earlier.write_text("".join(json.dumps(each) + "\n" for each in lines))
    message = grade(labgate, room, "--compare", str(earlier)).stdout
    assert "Since the earlier run:" in message
    assert f"{one['learner']} {one['name']}: not passed 1 → passed 13" in message


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("- {id: kim}\n", "roster.yaml:1:3: kubeconfig is missing"),
        ("[]\n", "the roster has no learners"),
        ("a: [\n", "roster.yaml:"),
        ("- {id: kim, kubeconfig: nowhere.yaml}\n", "there is no such file"),
    ],
)
def test_a_roster_that_can_not_be_used(labgate, tmp_path, content, words):
    file = tmp_path / "roster.yaml"
    file.write_text(content)
    refused = labgate("grade", "kubernetes-basics", "--roster", str(file))
    assert refused.returncode == 2
    assert words in refused.stderr


@pytest.mark.parametrize("more", [("--run",), ("--practice",), ("--step", "scale"), ("--context", "x")])
def test_a_class_has_its_own_clusters(labgate, tmp_path, more):
    file = tmp_path / "roster.yaml"
    file.write_text("[]")
    refused = labgate("grade", "kubernetes-basics", "--roster", str(file), *more)
    assert refused.returncode == 2
    assert "--roster specifies the clusters of a class" in refused.stderr


def test_a_folder_that_has_a_class_is_left_alone(labgate, room):
    refused = labgate("practice", "class", str(room), "--lab", "kubernetes-basics")
    assert refused.returncode == 2
    assert "already has a class" in refused.stderr
