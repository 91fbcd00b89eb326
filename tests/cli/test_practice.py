"""Practice clusters from the command line, with the real kubectl."""

from __future__ import annotations

import shutil
import subprocess

import pytest


@pytest.fixture
def cluster(labgate):
    """A started practice cluster's kubeconfig; stopped at the end whatever happens."""
    started = labgate("practice", "start", "mine")
    assert started.returncode == 0, started.stderr
    yield labgate("practice", "kubeconfig", "mine").stdout.strip()
    labgate("practice", "stop", "mine")


def kubectl(kubeconfig: str, *arguments: str) -> str:
    done = subprocess.run(
        ["kubectl", "--kubeconfig", kubeconfig, *arguments],
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    return done.stdout + done.stderr


@pytest.mark.skipif(shutil.which("kubectl") is None, reason="needs kubectl")
def test_from_start_to_stop(labgate, cluster):
    assert "created" in kubectl(cluster, "create", "namespace", "kept")
    assert labgate("practice", "status", "mine").returncode == 0
    labgate("practice", "stop", "mine")
    stopped = labgate("practice", "status", "mine")
    assert stopped.returncode == 1
    assert "labgate practice start mine" in stopped.stdout

    assert labgate("practice", "start", "mine").returncode == 0
    kubeconfig = labgate("practice", "kubeconfig", "mine").stdout.strip()
    assert "kept" in kubectl(kubeconfig, "get", "namespaces")

    assert labgate("practice", "reset", "mine").returncode == 0
    labgate("practice", "start", "mine")
    kubeconfig = labgate("practice", "kubeconfig", "mine").stdout.strip()
    assert "kept" not in kubectl(kubeconfig, "get", "namespaces")


def test_a_cluster_that_does_not_run(labgate):
    for command in ("status", "kubeconfig"):
        assert labgate("practice", command, "none").returncode == 1
    assert labgate("practice", "stop", "none").returncode == 0


@pytest.mark.parametrize("name", ["../up", "a/b", "UPPER CASE", ""])
def test_names_that_are_no_names(labgate, name):
    done = labgate("practice", "start", name)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr


def test_options_that_no_cluster_can_have(labgate):
    done = labgate("practice", "start", "never", "--kubernetes", "1.18")
    assert done.returncode == 2
    assert "1.19 to 1." in done.stderr
    assert labgate("practice", "status", "never").returncode == 1
