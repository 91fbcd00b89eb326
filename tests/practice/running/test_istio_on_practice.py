"""Istio on a practice cluster whose containers run, with the real kubectl: injection, validation, istioctl."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from runner.practice.cluster import PracticeCluster
from runner.practice.istio_release.release_settings import FIRST
from runner.practice.istio_release.stand_in_download import make_download

pytestmark = [
    pytest.mark.skipif(shutil.which("kubectl") is None, reason="no kubectl on the PATH"),
    pytest.mark.asyncio(loop_scope="module"),
]
PATIENCE = 60.0
HOOK = 'admission webhook "validation.istio.io" denied the request: configuration is invalid: '


class Learner:
    """Types commands in the folder of Istio's download."""

    def __init__(self, folder: Path, kubeconfig: Path) -> None:
        self.folder = folder
        path = f"{folder / 'bin'}{os.pathsep}{os.environ['PATH']}"
        self._environment = {"PATH": path, "HOME": str(folder), "KUBECONFIG": str(kubeconfig)}

    async def __call__(self, command: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
        return await asyncio.to_thread(
            subprocess.run, ["bash", "-c", command], cwd=self.folder, env=self._environment, input=stdin,
            capture_output=True, encoding="utf-8", timeout=PATIENCE, check=False,
        )  # fmt: skip

    async def until(self, command: str, *words: str) -> str:
        """The output of a command, once it has all these words."""
        text = ""
        try:
            async with asyncio.timeout(PATIENCE):
                while True:
                    done = await self(command)
                    text = done.stdout + done.stderr
                    if all(word in text for word in words):
                        return text
                    await asyncio.sleep(0.1)
        except TimeoutError:
            raise AssertionError(f"{words} never came: {text}") from None

    async def objects(self, what: str) -> list[dict[str, Any]]:
        found = json.loads((await self(f"kubectl get {what} -o json")).stdout)
        return list(found.get("items", [found]))


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def learner(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Learner]:
    folder = tmp_path_factory.mktemp("istio")
    make_download(FIRST, folder)
    async with PracticeCluster(
        "mesh", version="1.22", folder=folder / "state", speed=10, containers=True, container_speed=1
    ) as cluster:
        typed = Learner(folder, cluster.kubeconfig(folder / "kubeconfig"))
        done = await typed(
            "istioctl install -y --set profile=minimal --set values.global.proxy.resources.requests.cpu=10m"
        )
        assert done.returncode == 0, done.stderr
        await typed("kubectl label namespace default istio-injection=enabled")
        await typed("kubectl apply -f samples/sleep/sleep.yaml -f samples/httpbin/httpbin.yaml")
        yield typed


async def test_pods_of_the_namespace_get_a_sidecar(learner: Learner) -> None:
    await learner.until("kubectl get pods -l app=sleep", "2/2", "Running")
    (pod,) = await learner.objects("pods -l app=sleep")
    assert [each["name"] for each in pod["spec"]["initContainers"]] == ["istio-init"]
    assert [each["name"] for each in pod["spec"]["containers"]] == ["sleep", "istio-proxy"]
    tokens = [each["name"] for each in pod["spec"]["volumes"] if each["name"].startswith("kube-api-access-")]
    assert len(tokens) == 1
    mounted = [each["name"] for each in pod["spec"]["containers"][1]["volumeMounts"]]
    assert tokens[0] in mounted and "istio-token" in mounted
    logs = (await learner("kubectl logs deploy/sleep -c istio-proxy")).stdout
    assert "Envoy proxy is ready" in logs
    assert "SYNCED" in (await learner("istioctl proxy-status")).stdout
    await learner("kubectl run alone --image=nginx --labels=sidecar.istio.io/inject=false")
    await learner.until("kubectl get pod alone", "1/1")


async def test_probes_of_an_application_go_through_the_agent(learner: Learner) -> None:
    probe = {"httpGet": {"path": "/", "port": 80}, "periodSeconds": 1}
    spec = {"containers": [{"name": "web", "image": "nginx", "readinessProbe": probe}]}
    pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "probed"}, "spec": spec}
    assert (await learner("kubectl apply -f -", json.dumps(pod))).returncode == 0
    await learner.until("kubectl get pod probed", "2/2")
    (made,) = await learner.objects("pod probed")
    assert made["spec"]["containers"][0]["readinessProbe"]["httpGet"]["path"] == "/app-health/web/readyz"


async def test_an_application_that_waits_for_its_proxy(learner: Learner) -> None:
    meta = {"name": "held", "annotations": {"proxy.istio.io/config": "holdApplicationUntilProxyStarts: true"}}
    pod = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": meta,
        "spec": {"containers": [{"name": "web", "image": "nginx"}]},
    }
    assert (await learner("kubectl apply -f -", json.dumps(pod))).returncode == 0
    await learner.until("kubectl get pod held", "2/2")
    (made,) = await learner.objects("pod held")
    assert [each["name"] for each in made["spec"]["containers"]] == ["istio-proxy", "web"]


async def test_what_is_wrong_is_refused(learner: Learner) -> None:
    route = {"destination": {"host": "httpbin"}, "weight": 60}
    service = {
        "apiVersion": "networking.istio.io/v1alpha3", "kind": "VirtualService", "metadata": {"name": "bad"},
        "spec": {"hosts": ["httpbin"], "http": [{"route": [route, route]}]},
    }  # fmt: skip
    done = await learner("kubectl apply -f -", json.dumps(service))
    assert f"{HOOK}total destination weight 120 != 100" in done.stderr
    service["spec"] = {"hosts": ["httpbin"], "htp": []}
    done = await learner("kubectl apply -f -", json.dumps(service))
    assert 'unknown field "htp" in io.istio.networking.v1alpha3.VirtualService.spec' in done.stderr
    service["spec"] = {"hosts": ["httpbin"], "http": [{"route": [{"destination": {"host": "nobody"}}]}]}
    assert (await learner("kubectl apply -f -", json.dumps(service))).returncode == 0
    done = await learner("istioctl analyze")
    assert (done.returncode, 'Referenced host not found: "nobody"' in done.stdout) == (79, True)
    await learner("kubectl delete virtualservice bad")
    done = await learner("istioctl analyze")
    assert "✔ No validation issues found when analyzing namespace: default." in done.stderr


async def test_kube_inject_makes_the_same_pod(learner: Learner) -> None:
    done = await learner(
        "istioctl kube-inject -f samples/sleep/sleep.yaml | kubectl apply --dry-run=server -o json -f -"
    )
    found = {each["kind"]: each for each in json.loads(done.stdout)["items"]}
    names = [each["name"] for each in found["Deployment"]["spec"]["template"]["spec"]["containers"]]
    assert names == ["sleep", "istio-proxy"]


async def test_a_revision_beside_it(learner: Learner) -> None:
    done = await learner("istioctl tag set prod --revision default && istioctl tag list")
    assert "prod" in done.stdout and done.returncode == 0, done.stderr
    await learner("kubectl create namespace tagged && kubectl label namespace tagged istio.io/rev=prod")
    # The webhook has no authority until istiod has seen it.
    await learner.until(
        "kubectl get mutatingwebhookconfiguration istio-revision-tag-prod -o jsonpath='{.webhooks[0].clientConfig}'",
        "caBundle",
    )
    await learner.until("kubectl run one -n tagged --image=nginx; kubectl get pods -n tagged", "/2")
    await learner("istioctl tag remove prod; kubectl delete namespace tagged --wait=false")


async def test_without_istiod_no_pod_is_made(learner: Learner) -> None:
    await learner("kubectl scale deployment/istiod -n istio-system --replicas=0")
    await learner.until("kubectl get endpoints istiod -n istio-system", "<none>")
    await learner("kubectl rollout restart deployment/httpbin")
    text = await learner.until("kubectl get events --field-selector reason=FailedCreate", "FailedCreate")
    assert (
        'Error creating: Internal error occurred: failed calling webhook "namespace.sidecar-injector.istio.io": failed to call'
        ' webhook: Post "https://istiod.istio-system.svc:443/inject?timeout=10s": dial tcp '
    ) in text and ":443: connect: connection refused" in text
    await learner("kubectl scale deployment/istiod -n istio-system --replicas=1")
    await learner.until("kubectl rollout status deployment/httpbin --timeout=50s", "successfully rolled out")
