"""Faults of practice clusters from the command line, with the real kubectl."""

from __future__ import annotations

import shutil
import subprocess

import pytest

from runner.practice.faults.fault_kinds import KINDS

needs_kubectl = pytest.mark.skipif(shutil.which("kubectl") is None, reason="needs kubectl")


@pytest.fixture
def shop(labgate):
    """A practice cluster with a Deployment that is ready: its kubectl."""
    started = labgate("practice", "start", "mine")
    assert started.returncode == 0, started.stderr
    kubeconfig = labgate("practice", "kubeconfig", "mine").stdout.strip()

    def kubectl(*arguments: str) -> str:
        done = subprocess.run(
            ["kubectl", "--kubeconfig", kubeconfig, *arguments], capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    kubectl("create", "deployment", "web", "--image=nginx:1.25")
    kubectl("wait", "--for=condition=Available", "deployment/web", "--timeout=60s")
    yield kubectl
    labgate("practice", "stop", "mine")


@needs_kubectl
def test_a_fault_comes_and_goes(labgate, shop):
    message = labgate("practice", "fault", "image-pull", "--in", "default", "deployment/web")
    assert message.returncode == 0, message.stderr
    assert "labgate practice fault clear image-pull" in message.stdout
    shop("wait", "--for=condition=Available=false", "deployment/web", "--timeout=60s")
    assert labgate("practice", "trouble", "list").stdout == "image-pull  default/web\n"
    assert "1 fault cleared" in labgate("practice", "fault", "clear", "image-pull", "deployment/web").stdout
    shop("wait", "--for=condition=Available", "deployment/web", "--timeout=60s")
    assert "No fault is active" in labgate("practice", "fault", "list").stdout


@needs_kubectl
@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("imag-pull",), "Did you mean image-pull?"),
        (
            ("image-pull", "deployment/wep"),
            "There is no wep among the deployments in default. Did you mean web?",
        ),
        (("image-pull", "--in", "shop", "deployment/web"), "There is no web among the deployments in shop."),
        (("crash-loop", "thing/web"), "written as in deployment/kiali"),
        (("crash-loop", "web", "--option", "because=bored"), "one of these: error, oom"),
        (("crash-loop", "web", "--option", "sleepy=1"), "has these: because="),
        (("api-slow", "--option", "seconds=long"), "seconds=30"),
        (("api-slow", "web"), "leave the target out"),
        (("list", "--name", "other"), "labgate practice start other"),
    ],
)
def test_a_fault_that_cannot_be(labgate, shop, arguments, words):
    refused = labgate("practice", "fault", *arguments)
    assert refused.returncode == 2
    assert words in " ".join(refused.stderr.split())
    assert "No fault is active" in labgate("practice", "fault", "list").stdout


@needs_kubectl
def test_a_fault_may_wait_for_its_target(labgate, shop):
    message = labgate("practice", "fault", "not-ready", "api")
    assert message.returncode == 0
    assert "When it is created, it will have the fault" in message.stdout


def test_faults_without_a_cluster(labgate):
    refused = labgate("practice", "fault", "list")
    assert refused.returncode == 2
    assert "labgate practice start" in refused.stderr


def test_every_kind_of_fault_is_listed(labgate):
    for message in (
        labgate("practice", "fault", "kinds").stdout,
        labgate("practice", "fault", "--help").stdout,
    ):
        assert [kind for kind in KINDS if kind not in message] == []
