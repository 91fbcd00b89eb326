"""The stand-in for helm, on a practice cluster by the real kubectl."""

from __future__ import annotations

import asyncio
import base64
import gzip
import json
import os
import shutil
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from runner.practice.cluster import PracticeCluster
from runner.practice.helm.release import from_secret

pytestmark = pytest.mark.skipif(shutil.which("kubectl") is None, reason="kubectl is not installed")
ADDRESS = "https://kubernetes.github.io/ingress-nginx"


class Helm:
    """The stand-in and kubectl, with a learner's environment."""

    def __init__(self, kubeconfig: Path, folder: Path) -> None:
        self._environment = {**os.environ, "KUBECONFIG": str(kubeconfig), "LABGATE_WORKSPACE": str(folder)}

    async def __call__(self, line: str, *, fails: bool = False) -> str:
        return await self._run([sys.executable, "-m", "runner.practice.helm", *line.split()], fails)

    async def kubectl(self, line: str) -> str:
        return await self._run(["kubectl", *line.split()], False)

    async def _run(self, argv: list[str], fails: bool) -> str:
        pipe = asyncio.subprocess.PIPE
        process = await asyncio.create_subprocess_exec(*argv, env=self._environment, stdout=pipe, stderr=pipe)
        out, err = await process.communicate()
        assert (process.returncode != 0) is fails, err.decode()
        return (err if fails else out).decode()


@pytest.fixture
async def helm(tmp_path) -> AsyncIterator[Helm]:
    async with PracticeCluster("charts", speed=50) as cluster:
        cluster.kubeconfig(kubeconfig := tmp_path / "kubeconfig")
        yield Helm(kubeconfig, tmp_path)


async def test_a_chart_is_installed_changed_rolled_back_and_removed(helm):
    assert (
        await helm(f"repo add ingress-nginx {ADDRESS}")
        == '"ingress-nginx" has been added to your repositories\n'
    )
    assert "already exists with the same configuration" in await helm(f"repo add ingress-nginx {ADDRESS}/")
    assert "ingress-nginx/ingress-nginx" in await helm("search repo nginx")
    chart = "front ingress-nginx/ingress-nginx -n web"
    missing = await helm(f"install {chart}", fails=True)
    assert missing == 'Error: INSTALLATION FAILED: create: failed to create: namespaces "web" not found\n'
    done = await helm(f"install {chart} --create-namespace --wait --set controller.replicaCount=2")
    assert "STATUS: deployed\nREVISION: 1\n" in done and "front-ingress-nginx-controller" in done
    ready = "get deployment front-ingress-nginx-controller -n web -o jsonpath={.status.readyReplicas}"
    assert await helm.kubectl(ready) == "2"
    again = await helm(f"install {chart}", fails=True)
    assert again == "Error: INSTALLATION FAILED: cannot re-use a name that is still in use\n"
    kind = "get service front-ingress-nginx-controller -n web -o jsonpath={.spec.type}"
    await helm(
        f"upgrade {chart} --reuse-values --set controller.service.type=NodePort,controller.ingressClassResource.enabled=false"
    )
    assert await helm.kubectl(kind) == "NodePort"
    assert "nginx" not in await helm.kubectl("get ingressclass -o name")  # it is no longer the chart's
    assert "replicaCount: 2" in await helm("get values front -n web")
    await helm("rollback front -n web")
    assert await helm.kubectl(kind) == "LoadBalancer"
    states = [line.split("\t")[2].strip() for line in (await helm("history front -n web")).splitlines()[1:]]
    assert states == ["superseded", "superseded", "deployed"]
    assert [row["revision"] for row in json.loads(await helm("list -A -o json"))] == ["3"]
    assert await helm("uninstall front -n web") == 'release "front" uninstalled\n'
    assert await helm.kubectl("get deployments,services,secrets -n web -o name") == ""
    assert await helm("uninstall front -n web", fails=True) == (
        "Error: uninstall: Release not loaded: front: release: not found\n"
    )


async def test_a_release_is_kept_as_helm_keeps_it(helm):
    await helm("repo add metrics-server https://kubernetes-sigs.github.io/metrics-server/")
    await helm("upgrade --install metrics metrics-server/metrics-server -n kube-system")
    secret = json.loads(await helm.kubectl("get secret sh.helm.release.v1.metrics.v1 -n kube-system -o json"))
    assert secret["type"] == "helm.sh/release.v1"
    assert secret["metadata"]["labels"] == {
        "name": "metrics",
        "owner": "helm",
        "status": "deployed",
        "version": "1",
    }
    body = json.loads(gzip.decompress(base64.b64decode(base64.b64decode(secret["data"]["release"]))))
    assert (body["info"]["status"], body["chart"]["metadata"]["name"]) == ("deployed", "metrics-server")
    assert await helm("get manifest metrics -n kube-system") == body["manifest"]
    assert await helm("status metrics", fails=True) == "Error: release: not found\n"  # in another namespace
    own = await helm.kubectl(
        "get deployment metrics-metrics-server -n kube-system -o jsonpath={.metadata.annotations}"
    )
    assert json.loads(own)["meta.helm.sh/release-name"] == "metrics"


async def test_what_the_stand_in_has_not_is_said(helm):
    for line, message in (
        ("repo add other https://charts.example.com", "downloads nothing, and has no charts of it"),
        ("install a other/chart", "INSTALLATION FAILED: repo other not found"),
        ("install a ./chart", "For other charts install helm"),
        ("install A_b bitnami/nginx --repo x", "not found in x repository"),
        ("repo update", "no repositories found. You must add one before updating"),
        ("frobnicate", "invalid choice: 'frobnicate'"),
        ("install --nope a b", "unknown flag or argument: --nope"),
        ("list --kubeconfig /nowhere", "current-context must exist"),
    ):
        assert message in await helm(line, fails=True)
    await helm("repo add bitnami https://charts.bitnami.com/bitnami")
    for line, message in (
        (
            "install a bitnami/other",
            'chart "other" not found in https://charts.bitnami.com/bitnami repository',
        ),
        ("install a bitnami/nginx --version 1.0.0", 'version "1.0.0" not found'),
        ("install A_b bitnami/nginx", "invalid release name"),
        ("install a bitnami/nginx --set replicaCount=many", "the values do not fit the chart nginx"),
        ("install a bitnami/nginx --set service=x", "the values do not fit the chart nginx"),
        ("upgrade a bitnami/nginx", 'UPGRADE FAILED: "a" has no deployed releases'),
    ):
        assert message in await helm(line, fails=True)
    assert "replicas: 3" in await helm("template bitnami/nginx --set replicaCount=3")


@pytest.mark.parametrize("data", [{}, {"release": "x"}, {"release": base64.b64encode(b"{}").decode()}])
def test_a_secret_that_is_no_release(data):
    assert from_secret({"data": data}) is None
