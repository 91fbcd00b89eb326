"""A learner's start-up file leads to another cluster: nothing of a lab arrives there, whichever way it is run."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.cli.conftest import LAB

CLUSTER_LAB = LAB.replace(
    "      - echo {{word}} > letter\n",
    "      - kubectl create configmap {{word}}\n      - echo {{word}} > letter\n",
).replace(
    "      - file: letter\n",
    "      - {resource: ConfigMap, name: '{{word}}', in: default}\n"
    "      - {command: 'kubectl get configmap {{word}}', exit_code: 0}\n      - file: letter\n",
    1,
)
FILES = {
    "exported": {".bashrc": "export KUBECONFIG={other}\n"},
    "every prompt": {".bashrc": "PROMPT_COMMAND='export KUBECONFIG={other}'\n"},
    "read-only": {".bashrc": "declare -rx KUBECONFIG={other}; readonly PROMPT_COMMAND=true PS1\n"},
    "function": {
        ".bashrc": 'kubectl() {{ command kubectl --kubeconfig {other} "$@"; }}; readonly -f kubectl\n'
    },
    "scripts": {
        ".bashrc": "export BASH_ENV=~/env KUBECONFIG={other}\n",
        "env": "export KUBECONFIG={other}\n",
    },
    "trap": {".bashrc": "trap 'export KUBECONFIG={other}' DEBUG\n"},
}


@pytest.fixture
def other(labgate) -> Path:
    labgate("practice", "start", "other")
    yield Path(labgate("practice", "kubeconfig", "other").stdout.strip())
    labgate("practice", "stop", "other")


def configmaps(kubeconfig: Path) -> str:
    asked = ["kubectl", "--kubeconfig", str(kubeconfig), "get", "configmaps", "-n", "default", "-o", "name"]
    return subprocess.run(asked, capture_output=True, text=True, check=True).stdout


@pytest.mark.parametrize("files", FILES.values(), ids=FILES.keys())
def test_nothing_arrives_on_the_other_cluster(labgate, lab, environment, other, files):
    (lab / "lab.yaml").write_text(CLUSTER_LAB)
    before = configmaps(other)
    for name, text in files.items():
        (Path(environment["HOME"]) / name).write_text(text.format(other=other))
    for arguments in (("grade", "letters", "--run"), ("grade", "letters")):
        done = labgate(*arguments, "--practice", "--yes")
        assert done.returncode == 0, done.stdout + done.stderr
        assert configmaps(other) == before


def test_learning_without_a_terminal_twice(labgate, environment, other):
    (Path(environment["HOME"]) / ".bashrc").write_text(f"export KUBECONFIG={other}\n")
    for _ in range(2):  # the second time on what the first one left
        done = labgate("learn", "kubernetes-basics", "--practice")
        assert done.returncode == 0, done.stdout + done.stderr
    asked = ["kubectl", "--kubeconfig", str(other), "get", "namespace", "basics"]
    assert "NotFound" in subprocess.run(asked, capture_output=True, text=True, check=False).stderr
