"""A lab about things that run: `prove` and `grade` do its work inside containers, and say why a broken one fails."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(shutil.which("kubectl") is None, reason="needs kubectl")

LAB = """\
format: 1
title: {en: Till, ko: 계산대}
summary: {en: A till., ko: 계산대.}
minutes: 5
level: beginner
steps:
  - id: till
    title: {en: Open it, ko: 열기}
    text: {en: Open it., ko: 엽니다.}
    run:
      - kubectl create namespace till
      - kubectl apply -n till -f "$LABGATE_LAB_FOLDER/till.yaml"
      - kubectl wait -n till --for=condition=Ready pod/till --timeout=30s
      - kubectl exec -n till till -- sh -c 'echo opened > /tmp/state && wget -qO- localhost:8080/'
    checks:
      - {log: "till v7 opens on till", pod: till, in: till}
      - command: kubectl exec -n till till -- cat /tmp/state
        output: opened
      - command: kubectl exec -n till till -- wget -qO- localhost:8080/
        output: till v7
  - id: fails
    title: {en: See it fail, ko: 고장}
    text: {en: Wait until the kubelet restarts it., ko: 기다립니다.}
    run:
      - kubectl apply -n till -f "$LABGATE_LAB_FOLDER/failing.yaml"
      - kubectl wait -n till --for=condition=Ready pod/failing --timeout=30s
    checks:
      - {event: Unhealthy, in: till, name: failing}
      - {event: Killing, in: till, name: failing}
cleanup:
  title: {en: Tidy up, ko: 정리}
  text: {en: Away with it., ko: 지웁니다.}
  run: [kubectl delete namespace till]
"""
POD = """\
apiVersion: v1
kind: Pod
metadata: {name: NAME}
spec:
  terminationGracePeriodSeconds: 1
  containers:
    - name: till
      image: shop/NAME:1.0
      env: [{name: VERSION, value: v7}]
      ports: [{containerPort: 8080}]
      readinessProbe: {httpGet: {path: /, port: 8080}, periodSeconds: 1}
"""
LIVENESS = "      livenessProbe: {httpGet: {path: /, port: 8080}, periodSeconds: 1, failureThreshold: 2}\n"
IMAGES = """\
format: 1
images:
  - name: shop/till
    tags: ["1.0"]
    starts_in: 1
    listens: [8080]
    logs: ["till {{env.VERSION}} opens on {{hostname}}"]
    answers: [{path: /, body: "till {{env.VERSION}}"}]
  - name: shop/failing
    tags: ["1.0"]
    listens: [8080]
    answers: [{path: /, body: "till"}]
    unhealthy_after: 2
"""


@pytest.fixture
def till(tmp_path: Path) -> Path:
    folder = tmp_path / "till"
    (folder / "practice").mkdir(parents=True)
    (folder / "lab.yaml").write_text(LAB)
    (folder / "till.yaml").write_text(POD.replace("NAME", "till"))
    (folder / "failing.yaml").write_text(POD.replace("NAME", "failing") + LIVENESS)
    (folder / "practice" / "images.yaml").write_text(IMAGES)
    return folder


def test_it_is_proved(labgate, till):
    done = labgate("prove", f"{till}/", "--yes")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Proved: till, 2 steps" in done.stdout


def test_grade_does_its_work(labgate, till):
    done = labgate("grade", f"{till}/", "--run", "--practice", "--yes")
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_wrong_program_inside_fails_for_its_cause(labgate, till, tmp_path):
    broken = LAB.replace("wget -qO- localhost:8080/'", "no-such-program'")
    (till / "lab.yaml").write_text(broken)
    report = tmp_path / "proof.json"
    done = labgate("prove", f"{till}/", "--yes", "--report", f"json={report}")
    assert done.returncode == 1, done.stdout + done.stderr
    faults = [each for each in json.loads(report.read_text())["faults"] if each["rule"] == "command-failed"]
    assert "no-such-program" in str(faults[0]) and "127" in str(faults[0])
