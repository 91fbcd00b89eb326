"""What a learner changed in a lab's kubeconfig is there again when it is written anew."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from runner.kept_contexts import with_kept
from runner.practice.cluster import PracticeCluster


def config(server: str = "https://127.0.0.1:1", token: str = "new") -> dict[str, Any]:
    return {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "lab", "cluster": {"server": server}}],
        "users": [{"name": "admin", "user": {"token": token}}],
        "contexts": [{"name": "lab", "context": {"cluster": "lab", "user": "admin", "namespace": "default"}}],
        "current-context": "lab",
    }


def kubectl(file: Path, *arguments: str) -> str:
    done = subprocess.run(
        ["kubectl", f"--kubeconfig={file}", "config", *arguments], capture_output=True, text=True, check=True
    )
    return done.stdout


def test_what_kubectl_config_set_is_kept(tmp_path: Path) -> None:
    file = tmp_path / "kubeconfig"
    file.write_text(yaml.safe_dump(config("https://127.0.0.1:9", "old")))
    kubectl(file, "set-context", "--current", "--namespace=shop")
    kubectl(file, "set-credentials", "dev", "--token=dev's")
    kubectl(file, "set-context", "dev", "--cluster=lab", "--user=dev", "--namespace=dev")
    kubectl(file, "use-context", "dev")
    file.write_text(yaml.safe_dump(with_kept(config(), file)))
    assert kubectl(file, "view", "--minify", "-o=jsonpath={..namespace} {..server} {.users[0].name}") == (
        "dev https://127.0.0.1:1 dev"
    )
    kubectl(file, "use-context", "lab")
    shown = kubectl(file, "view", "--minify", "--raw", "-o=jsonpath={..namespace} {.users[0].user.token}")
    assert shown == "shop new"


def test_another_cluster_is_not_kept(tmp_path: Path) -> None:
    file = tmp_path / "kubeconfig"
    file.write_text(yaml.safe_dump(config()))
    kubectl(file, "set-cluster", "production", "--server=https://example.test")
    kubectl(file, "set-context", "production", "--cluster=production", "--user=admin")
    kubectl(file, "set-context", "lab", "--cluster=production")
    kubectl(file, "set-credentials", "admin", "--token=taken")
    kubectl(file, "use-context", "production")
    assert with_kept(config(), file) == config()


@pytest.mark.parametrize(
    "written",
    [
        "",
        "a: [",
        "- 1",
        "contexts: {lab: 1}",
        "contexts: [1, {name: 2}, {name: lab}, {name: lab, context: {cluster: lab, namespace: 3}}]\nusers: 3\n",
        "current-context: [lab]",
        "contexts: [{name: other, context: {cluster: lab, user: [1]}}]",
        "\x00",
        "[" * 5000,
    ],
)
def test_a_file_that_is_no_kubeconfig_adds_nothing(tmp_path: Path, written: str) -> None:
    file = tmp_path / "kubeconfig"
    assert with_kept(config(), file) == config()
    file.write_text(written)
    assert with_kept(config(), file) == config()


async def test_a_practice_cluster_that_starts_again_keeps_the_namespace(tmp_path: Path) -> None:
    file = tmp_path / "kubeconfig"
    for expected in ("default", "shop"):
        async with PracticeCluster("kept", "1.32", folder=tmp_path / "state") as cluster:
            cluster.kubeconfig(file)
            assert kubectl(file, "view", "--minify", "-o=jsonpath={..namespace}") == expected
        kubectl(file, "set-context", "--current", "--namespace=shop")
