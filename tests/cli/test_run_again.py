"""A lab that was finished is run once more; and nobody's cluster is reset while somebody works on it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.cli.conftest import PROGRAM
from tests.cli.test_other_cluster import CLUSTER_LAB, configmaps

# Each of its commands fails where it has taken effect already.
AGAIN = CLUSTER_LAB.replace("echo {{word}} > letter", "mkdir letters; (set -C; echo {{word}} > letter)")


@pytest.fixture
def again(lab: Path) -> Path:
    (lab / "lab.yaml").write_text(AGAIN)
    return lab


def test_a_finished_lab_passes_again_and_again(labgate, again, environment):
    for _ in range(3):
        done = labgate("grade", "letters", "--run", "--practice", "--yes")
        assert done.returncode == 0, done.stdout + done.stderr
        assert "AlreadyExists" not in done.stdout
    assert "finished here before" in done.stdout
    attempt = next(Path(environment["LABGATE_HOME"]).glob("attempts/letters/*"))
    assert len(list(attempt.glob("record-*.jsonl"))) == 2, "the earlier ones are kept"
    assert len(list(attempt.glob("transcript-*.txt"))) == 2
    assert (attempt / "workspace-earlier/letter").read_text() == "hello\n"


def test_one_step_of_a_finished_lab_is_run_where_the_others_left_off(labgate, again):
    first = labgate("grade", "letters", "--run", "--practice", "--yes")
    assert first.returncode == 0, first.stdout
    done = labgate("grade", "letters", "--run", "--practice", "--step", "write", "--yes")
    assert done.returncode == 0, done.stdout
    whole = labgate("grade", "letters", "--practice", "--yes")
    assert whole.returncode == 0, "the cluster was not reset for one step"


def test_one_step_and_then_all(labgate, again):
    assert labgate("grade", "letters", "--run", "--practice", "--yes", "--step", "write").returncode == 0
    done = labgate("grade", "letters", "--run", "--practice", "--yes")
    assert done.returncode == 0, done.stdout


def test_on_a_cluster_of_ones_own_what_still_holds_is_only_verified(labgate, again):
    labgate("practice", "start", "mine")
    try:
        kubeconfig = labgate("practice", "kubeconfig", "mine").stdout.strip()
        for number in range(2):
            done = labgate("grade", "letters", "--run", "--yes", "--kubeconfig", kubeconfig)
            assert done.returncode == 0, done.stdout + done.stderr
            assert ("only verified" in done.stdout) is (number == 1)
        assert "$ kubectl create" not in done.stdout.partition("Cluster:")[2]
    finally:
        labgate("practice", "stop", "mine")


@pytest.fixture
def at_work(again, labgate, environment, tmp_path):
    """Another Labgate that has the lab open, and has made its ConfigMap."""
    text = AGAIN.replace("mkdir letters;", "touch begun; sleep 1000;")
    (again / "lab.yaml").write_text(text)
    program = [*PROGRAM, "grade", "letters", "--run", "--practice", "--yes"]
    other = subprocess.Popen(program, env=environment, cwd=tmp_path, stdout=subprocess.DEVNULL)
    deadline = time.monotonic() + 60
    while not list(Path(environment["LABGATE_HOME"]).glob("attempts/letters/*/workspace/begun")):
        assert time.monotonic() < deadline and other.poll() is None
        time.sleep(0.05)
    yield other
    other.send_signal(signal.SIGTERM)
    other.wait(30)


@pytest.mark.parametrize(
    "arguments",
    [
        ("grade", "letters", "--yes", "--practice", "--fresh"),
        ("grade", "letters", "--yes", "--practice", "--fresh", "--run"),
        ("grade", "letters", "--yes", "--practice", "--run"),
        ("practice", "reset", "letters"),
    ],
    ids=" ".join,
)
def test_nobodys_cluster_is_reset_while_they_work_on_it(labgate, environment, at_work, arguments):
    done = labgate(*arguments)
    assert done.returncode not in (0, 1), done.stdout
    assert f"process {at_work.pid}" in done.stdout + done.stderr
    kubeconfig = Path(environment["LABGATE_HOME"], "practice/letters/kubeconfig")
    assert "configmap/hello" in configmaps(kubeconfig)
    assert at_work.poll() is None


def test_a_judgement_is_not_disturbed_either(labgate, again, environment):
    """Who only judges has no attempt open, and works on the cluster all the same."""
    labgate("practice", "start", "letters")
    holding = (
        "from runner.practice import process\n"
        "with process.used('letters'): print('here', flush=True); import time; time.sleep(1000)"
    )
    other = subprocess.Popen([sys.executable, "-c", holding], env=environment, stdout=subprocess.PIPE)
    try:
        assert other.stdout is not None
        assert other.stdout.readline() == b"here\n"
        done = labgate("practice", "reset", "letters")
        assert (done.returncode, f"process {other.pid}" in done.stdout + done.stderr) == (3, True)
        os.kill(other.pid, signal.SIGKILL)
        other.wait()
        assert labgate("practice", "reset", "letters").returncode == 0
    finally:
        other.kill()
        labgate("practice", "stop", "letters")
