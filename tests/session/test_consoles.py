"""Consoles: where they are, why nowhere, and through a port-forward by the real kubectl."""

from __future__ import annotations

import asyncio
import os
import shutil
from pathlib import Path

import aiohttp
import pytest

from checks.base import Verdict
from checks.diagnosis.platform import Platform, platform_of
from checks.http import Http
from checks.registry import look
from checks.service import Service as ServiceCheck
from runner.labs.load import load
from runner.labs.model import Console
from runner.practice.cluster import PracticeCluster
from runner.session.consoles import Consoles, consoles_of
from runner.session.target import Target
from runner.world.forward import ForwardProblem
from runner.world.kubeconfig_access import Access
from runner.world.live_cluster import LiveCluster
from runner.world.web_requests import Web
from runner.world.world import LiveWorld

LABS = Path(__file__).parents[2] / "labs"

CONSOLE = Console.model_validate(
    {"service": "kiali", "in": "default", "port": 20001, "path": "/kiali", "title": "Kiali"}
)
POD = {"labels": {"app": "kiali"}, "image": "quay.io/kiali/kiali:v1.38"}


def node(name: str, provider: str = "", **labels: str) -> dict[str, object]:
    spec = {"providerID": provider} if provider else {}
    metadata = {
        "name": name,
        "labels": {"kubernetes.io/os": "linux", "kubernetes.io/hostname": name, **labels},
    }
    return {"metadata": metadata, "spec": spec}


@pytest.mark.parametrize(
    ("nodes", "platform"),
    [
        ([node("practice-control-plane"), node("practice-worker")], Platform.PRACTICE),
        ([node("kind-control-plane", "kind://docker/kind/kind-control-plane")], Platform.KIND),
        ([node("lab-worker", "kind://podman/lab/lab-worker")], Platform.KIND),
        (
            [node("minikube", **{"minikube.k8s.io/name": "minikube", "minikube.k8s.io/primary": "true"})],
            Platform.MINIKUBE,
        ),
        ([node("lab", **{"minikube.k8s.io/name": "lab"}), node("lab-m02")], Platform.MINIKUBE),
        ([node("docker-desktop")], Platform.DOCKER_DESKTOP),
        ([node("docker-for-desktop")], Platform.DOCKER_DESKTOP),
        (
            [node("desktop-control-plane", "kind://docker/desktop/desktop-control-plane")],
            Platform.DOCKER_DESKTOP,
        ),
        (
            [
                node(
                    "k3d-lab-server-0",
                    "k3s://k3d-lab-server-0",
                    **{"node.kubernetes.io/instance-type": "k3s"},
                )
            ],
            Platform.K3D,
        ),
        (
            [node("raspberrypi", "k3s://raspberrypi", **{"node.kubernetes.io/instance-type": "k3s"})],
            Platform.K3S,
        ),
        ([node("ip-10-0-1-5.ec2.internal", "aws:///us-east-1a/i-0abc1234567890def")], Platform.EKS),
        (
            [node("gke-lab-pool-1-abcd", "gce://my-project/europe-west1-b/gke-lab-pool-1-abcd")],
            Platform.GKE,
        ),
        (
            [node("aks-pool-1-vmss000000", "azure:///subscriptions/1/resourceGroups/g/virtualMachines/0")],
            Platform.AKS,
        ),
        ([node("nks-pool-w-1", **{"ncloud.com/nks-nodepool": "pool"})], Platform.NCP),
        ([node("pool-1-abc", "digitalocean://123456")], Platform.CLOUD),
        ([node("ubuntu", **{"microk8s.io/cluster": "true"})], Platform.MICROK8S),
        ([node("lima-rancher-desktop", "k3s://lima-rancher-desktop")], Platform.RANCHER_DESKTOP),
        (
            [
                node("practice-worker", "practice://labgate/practice-worker"),
                node("zinc", "kind://docker/zinc"),
            ],
            Platform.KIND,
        ),
        ([node("master-1"), node("worker-1")], Platform.UNKNOWN),
        ([], Platform.UNKNOWN),
    ],
)
def test_the_platform_is_read_off_the_nodes(nodes, platform):
    assert platform_of(nodes) is platform


@pytest.fixture
async def practice(tmp_path):
    pages = tmp_path / "pages"
    pages.mkdir()
    (pages / "kiali.html").write_text("<h1>Kiali (stand-in)</h1>", encoding="utf-8")
    (pages / "pages.yaml").write_text("- {service: kiali, path: /kiali, file: kiali.html}\n")
    async with PracticeCluster("consoles", folder=tmp_path / "state", speed=50, pages=[pages]) as cluster:
        yield cluster


@pytest.fixture
async def consoles(practice, tmp_path):
    kubeconfig = practice.kubeconfig(tmp_path / "kubeconfig")
    target = Target("practice/lab", practice.server, kubeconfig, practice.context, practice=True)
    environment = {**os.environ, "HOME": str(tmp_path)}
    async with LiveCluster(Access.from_kubeconfig(kubeconfig)) as cluster:
        made = Consoles(cluster, target, environment)
        yield made
        await made.close()


@pytest.fixture
async def create(practice):
    """Creates objects through the API."""
    headers = {"Authorization": f"Bearer {practice.token}"}
    connector = aiohttp.TCPConnector(ssl=False)
    async with aiohttp.ClientSession(practice.server, headers=headers, connector=connector) as http:

        async def post(plural: str, name: str, spec: dict[str, object], **metadata: object) -> None:
            body = {"metadata": {"name": name, **metadata}, "spec": spec}
            async with http.post(f"/api/v1/namespaces/default/{plural}", json=body) as answer:
                assert answer.status == 201, await answer.text()

        yield post


def service(kind: str = "ClusterIP", port: int = 20001) -> dict[str, object]:
    return {"type": kind, "selector": {"app": "kiali"}, "ports": [{"name": "http", "port": port}]}


async def until(consoles, holds):
    async with asyncio.timeout(60):
        while not holds(state := await consoles.state(CONSOLE)):
            await asyncio.sleep(0.02)
        return state


def why(state) -> str:
    return state.why.render() if state.why else ""


async def kiali_pod(create) -> None:
    await create(
        "pods", "kiali", {"containers": [{"name": "kiali", "image": POD["image"]}]}, labels=POD["labels"]
    )


async def test_from_nothing_to_an_external_address(consoles, create):
    state = await consoles.state(CONSOLE)
    assert "no Service kiali in namespace default" in why(state)
    assert (state.url, state.via, state.forwardable) == ("", "", False)
    await create("services", "kiali", service("LoadBalancer"))
    state = await until(consoles, lambda state: state.url)
    assert state.via == "external"
    assert state.url.startswith("http://127.")
    assert state.url.endswith(":20001/kiali")
    assert state.why is None


@pytest.mark.parametrize(
    ("spec", "reported"),
    [
        (service("ClusterIP"), "not exposed yet"),
        (service("NodePort"), "its type is NodePort"),
        (service("LoadBalancer", 80), "does not offer port 20001. It offers: http:80"),
    ],
)
async def test_why_there_is_no_address(consoles, create, spec, reported):
    await create("services", "kiali", spec)
    state = await until(consoles, lambda state: "no Service" not in why(state))
    assert reported in why(state)
    assert state.url == ""


async def test_a_cluster_that_can_not_be_read_says_why(consoles, practice):
    practice.faults.add("api-unavailable")
    state = await consoles.state(CONSOLE)
    assert (state.url, state.forwardable) == ("", False)
    assert "unable to handle the request" in why(state)


@pytest.mark.skipif(shutil.which("kubectl") is None, reason="needs kubectl")
async def test_a_pending_load_balancer_is_reported_and_forwarded_to(consoles, create, practice):
    practice.faults.add("load-balancer-pending", "kiali")
    await create("services", "kiali", service("LoadBalancer"))
    await kiali_pod(create)
    state = await until(consoles, lambda state: state.forwardable)
    assert "practice cluster has not assigned it an external address" in why(state)
    forwarded, again = await asyncio.gather(consoles.forward(CONSOLE), consoles.forward(CONSOLE))
    assert forwarded == again == await consoles.state(CONSOLE)
    assert (forwarded.via, forwarded.why) == ("forward", None)
    async with aiohttp.ClientSession() as client, client.get(forwarded.url) as answer:
        assert "Kiali (stand-in)" in await answer.text()
    practice.faults.clear()
    assert (await until(consoles, lambda state: state.via == "external")).url != forwarded.url
    await consoles.close()
    async with aiohttp.ClientSession() as client:
        with pytest.raises(aiohttp.ClientConnectionError):
            await client.get(forwarded.url)


@pytest.mark.skipif(shutil.which("kubectl") is None, reason="needs kubectl")
async def test_a_forward_that_can_not_be_made_says_why(consoles, create):
    await create("services", "kiali", {"ports": [{"port": 20001}]})
    state = await until(consoles, lambda state: "not exposed" in why(state))
    assert not state.forwardable
    with pytest.raises(ForwardProblem, match="without a selector"):
        await consoles.forward(CONSOLE)


async def test_where_there_is_no_service_nothing_is_forwarded(consoles):
    assert "no Service kiali" in why(await consoles.forward(CONSOLE))


@pytest.mark.skipif(shutil.which("kubectl") is None, reason="needs kubectl")
async def test_checks_follow_a_forward_where_no_address_comes(consoles, create, practice, tmp_path):
    practice.faults.add("load-balancer-pending", "kiali")
    await create("services", "kiali", service("LoadBalancer"))
    await kiali_pod(create)
    cluster = consoles._cluster
    world = LiveWorld(cluster, None, Web(cluster), {})
    address = ServiceCheck(service="kiali", type="LoadBalancer", external=True, or_forwarded=True)
    page = Http.model_validate({"http": {"service": "kiali", "port": 20001, "path": "/kiali"}})
    assert (await look(address, world.look())).verdict is Verdict.PENDING
    await until(consoles, lambda state: state.forwardable)
    forwarded = await consoles.forward(CONSOLE)
    outcome = await look(address, world.look())
    assert outcome.passed
    assert f"reached by port-forward at {forwarded.url.split('/')[2]}" in outcome.found.render()
    assert forwarded.url in (await look(page, world.look())).found.render()
    await consoles.close()
    assert (await look(address, world.look())).verdict is Verdict.PENDING


async def test_a_step_without_a_console_offers_those_that_it_takes_forwarded():
    lab = load(LABS / "istio-install")
    offered = {step.id: [console.title for console in consoles_of(lab, step)] for step in lab.steps}
    assert offered["addresses"] == ["Kiali", "Jaeger"]
    assert offered["kiali"] == ["Kiali"]
    assert offered["install"] == []
