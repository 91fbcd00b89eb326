"""`needs: real-cluster`: on the practice cluster such commands are not run, and such checks neither pass nor fail."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(shutil.which("kubectl") is None, reason="needs kubectl")

LAB = """\
format: 1
title: {en: Rooms, ko: 방}
summary: {en: Rooms., ko: 방.}
minutes: 5
level: beginner
steps:
  - id: mixed
    title: {en: Some of it, ko: 일부}
    text: {en: Make it., ko: 만듭니다.}
    run:
      - kubectl create namespace one
      - {command: "touch ran; false", needs: real-cluster}
    checks:
      - namespace: one
      - {namespace: nowhere, needs: real-cluster, points: 5}
  - id: all-of-it
    title: {en: All of it, ko: 전부}
    text: {en: Make it., ko: 만듭니다.}
    run:
      - {command: "touch ran; false", needs: real-cluster}
    checks:
      - {namespace: nowhere-else, needs: real-cluster}
  - id: after
    title: {en: After it, ko: 그다음}
    text: {en: Make it., ko: 만듭니다.}
    run: [kubectl create namespace three]
    checks:
      - namespace: three
cleanup:
  title: {en: Tidy up, ko: 정리}
  text: {en: Away with it., ko: 지웁니다.}
  run: [kubectl delete namespace one three]
"""


@pytest.fixture
def rooms(tmp_path: Path) -> str:
    folder = tmp_path / "rooms"
    folder.mkdir()
    (folder / "lab.yaml").write_text(LAB)
    return f"{folder}/"


def test_it_is_left_out_of_a_run_and_of_the_score(labgate, rooms, tmp_path):
    report = tmp_path / "report.json"
    done = labgate("grade", rooms, "--run", "--practice", "--yes", "--report", f"json={report}")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "not run: it needs a real cluster" in done.stdout
    assert "This needs a real cluster: on the practice cluster it is not judged." in done.stdout
    graded = json.loads(report.read_text())
    assert (graded["points"], graded["points_total"]) == (2, 2)
    steps = {step["id"]: step for step in graded["steps"]}
    assert [check["verdict"] for check in steps["mixed"]["checks"]] == ["passed", "skipped"]
    [_, not_run] = steps["mixed"]["commands"]
    assert (not_run["reason"], not_run["exit_code"]) == ("real-cluster-only", None)
    assert not list(tmp_path.rglob("ran"))


def test_what_is_there_is_not_judged_without_a_run_either(labgate, rooms):
    done = labgate("grade", rooms, "--practice", "--yes")
    assert done.returncode == 1
    assert "nowhere: exists: This needs a real cluster" in done.stdout


def test_a_proof_says_what_it_does_not_prove(labgate, rooms):
    done = labgate("prove", rooms, "--yes")
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("not proved: it needs a real cluster: Namespace nowhere") == 2
    assert "[needs-real-cluster] (warning)" in done.stdout
