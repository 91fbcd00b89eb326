"""The same world on a real API server (KUBEBUILDER_ASSETS), where nothing is ours to misread."""

from __future__ import annotations

import asyncio
import importlib.util
import json
import sys
import time
from pathlib import Path

import aiohttp
import pytest
import yaml

from checks.base import CannotRead, Verdict
from checks.deployment import Deployment
from checks.namespace import NamespaceCheck
from checks.registry import look
from checks.resource import Resource
from checks.service import Service
from runner.shell import SavedState
from runner.world.kubeconfig_access import Access, pinned_kubeconfig
from runner.world.live_cluster import LiveCluster
from runner.world.web_requests import Web
from runner.world.workspace import Workspace
from runner.world.world import LiveWorld

pytestmark = [pytest.mark.control_plane, pytest.mark.xdist_group("control_plane")]
PLACE = Path(__file__).parents[1] / "control_plane" / "control_plane.py"


@pytest.fixture(scope="module")
def plane(tmp_path_factory):
    spec = importlib.util.spec_from_file_location("labgate_control_plane", PLACE)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    binaries = module.assets()
    if binaries is None:
        pytest.skip("KUBEBUILDER_ASSETS is not set")
    with module.ControlPlane(tmp_path_factory.mktemp("plane"), binaries, kubelet=False) as running:
        yield running


@pytest.fixture
def access(plane):
    return Access.from_kubeconfig(plane.kubeconfig)


@pytest.fixture
async def cluster(access):
    async with LiveCluster(access) as live:
        yield live


@pytest.fixture
async def send(access):
    """Send an object to the API server: `await send("POST", "/api/v1/namespaces", {...})`."""
    headers = {"Authorization": f"Bearer {access.user['token']}"}
    async with aiohttp.ClientSession(access.server, headers=headers) as client:

        async def request(method, path, body=None, kind="application/json", least=200):
            data = None if body is None else json.dumps(body)
            async with client.request(
                method, path, data=data, headers={"Content-Type": kind}, ssl=False
            ) as reply:
                text = await reply.text()
                assert least <= reply.status < 300 or (method == "DELETE" and reply.status == 404), text
                return json.loads(text)

        yield request


@pytest.fixture
async def answers(access):
    """Wait until a path of the API server no longer answers 404: its handlers follow what was written a moment later."""
    headers = {"Authorization": f"Bearer {access.user['token']}"}
    async with aiohttp.ClientSession(access.server, headers=headers) as client:

        async def wait(path):
            async with asyncio.timeout(40):
                while True:
                    async with client.get(path, ssl=False) as reply:
                        if reply.status != 404:
                            return
                    await asyncio.sleep(0.05)

        yield wait


@pytest.fixture
async def shop(send):
    """A namespace that no other test knows."""
    name = f"shop-{time.monotonic_ns()}"
    await send("POST", "/api/v1/namespaces", {"metadata": {"name": name}})
    yield name
    await send("DELETE", f"/api/v1/namespaces/{name}")


async def until(world, check, verdict, seconds=40.0):
    """Follow a check by what the world tells, until it has that verdict."""
    async with asyncio.timeout(seconds):
        while True:
            seen = world.look()
            outcome = await look(check, seen)
            if outcome.verdict is verdict:
                return outcome
            await world.changed(seen.reads, 1.0)


@pytest.fixture
def world(cluster):
    workspace = Workspace(Path.cwd(), lambda: SavedState(Path.cwd(), {}))
    return LiveWorld(cluster, workspace, Web(cluster), {})


def deployment(name):
    labels = {"app": name}
    container = {"name": "main", "image": "nginx:1.21"}
    return {
        "metadata": {"name": name},
        "spec": {
            "selector": {"matchLabels": labels},
            "template": {"metadata": {"labels": labels}, "spec": {"containers": [container]}},
        },
    }


async def test_what_is_there_is_seen_and_followed(send, world, shop):
    check = Deployment(deployment="web", namespace=shop, ready=True)
    missing = await until(world, check, Verdict.FAILED)
    assert "Does not exist" in missing.found.render()
    path = f"/apis/apps/v1/namespaces/{shop}/deployments"
    await send("POST", path, deployment("web"))
    await until(world, check, Verdict.PENDING)
    await until(world, Deployment(deployment="web", namespace=shop, image="nginx:1.21"), Verdict.PASSED)
    await send("DELETE", f"{path}/web")
    await until(world, Deployment(deployment="web", namespace=shop, absent=True), Verdict.PASSED)


async def test_a_service_gets_its_address(send, world, shop):
    path = f"/api/v1/namespaces/{shop}/services"
    spec = {"type": "LoadBalancer", "ports": [{"name": "http", "port": 80}], "selector": {"app": "web"}}
    await send("POST", path, {"metadata": {"name": "web"}, "spec": spec})
    check = Service(service="web", namespace=shop, type="LoadBalancer", external=True, ports=("http:80",))
    await until(world, check, Verdict.PENDING)
    address = {"status": {"loadBalancer": {"ingress": [{"ip": "10.9.8.7"}]}}}
    await send("PATCH", f"{path}/web/status", address, "application/merge-patch+json")
    await until(world, check, Verdict.PASSED)
    nobody = await until(world, Service(service="web", namespace=shop, endpoints=True), Verdict.FAILED)
    assert "app=web" in nobody.found.render()


CRD = {
    "metadata": {"name": "gateways.labgate.test"},
    "spec": {
        "group": "labgate.test",
        "scope": "Namespaced",
        "names": {"plural": "gateways", "singular": "gateway", "kind": "Gateway"},
        "versions": [
            {
                "name": "v1",
                "served": True,
                "storage": True,
                "schema": {
                    "openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
                },
            }
        ],
    },
}


async def test_a_kind_comes_and_goes_with_its_crd(send, answers, world, shop):
    gateway = Resource(
        resource="Gateway", api="labgate.test/v1", name="a", namespace=shop, matches={"spec": {"port": 80}}
    )
    assert "does not have this kind" in (await until(world, gateway, Verdict.FAILED)).found.render()
    definitions = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
    await send("POST", definitions, CRD)
    await answers(f"/apis/labgate.test/v1/namespaces/{shop}/gateways")
    body = {
        "apiVersion": "labgate.test/v1",
        "kind": "Gateway",
        "metadata": {"name": "a"},
        "spec": {"port": 443},
    }
    path = f"/apis/labgate.test/v1/namespaces/{shop}/gateways"
    await send("POST", path, body)
    world_now = world.look()
    async with asyncio.timeout(40):
        while "443, wanted: 80" not in (await look(gateway, world_now)).found.render():
            await world.changed(world_now.reads, 1.0)
            world_now = world.look()
    await send("PATCH", f"{path}/a", {"spec": {"port": 80}}, "application/merge-patch+json")
    await until(world, gateway, Verdict.PASSED)
    await send("DELETE", f"{definitions}/gateways.labgate.test")
    gone = await until(world, gateway, Verdict.FAILED, 40)
    async with asyncio.timeout(40):
        while "does not have this kind" not in gone.found.render():  # its objects go first
            await world.changed(world.look().reads, 1.0)
            gone = await until(world, gateway, Verdict.FAILED)
    nothing_left = gateway.model_copy(update={"matches": None, "absent": True})
    await until(world, nothing_left, Verdict.PASSED)


async def test_a_user_who_may_read_one_object_only(send, access, plane, tmp_path, shop):
    rules = [{"apiGroups": [""], "resources": ["configmaps"], "resourceNames": ["mine"], "verbs": ["get"]}]
    group = f"/apis/rbac.authorization.k8s.io/v1/namespaces/{shop}"
    await send("POST", f"{group}/roles", {"metadata": {"name": "one"}, "rules": rules})
    binding = {
        "metadata": {"name": "one"},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "one"},
        "subjects": [{"kind": "User", "name": "learner", "apiGroup": "rbac.authorization.k8s.io"}],
    }
    await send("POST", f"{group}/rolebindings", binding)
    document = yaml.safe_load(plane.kubeconfig.read_text())
    document["users"][0]["user"]["as"] = "learner"
    (tmp_path / "learner").write_text(yaml.safe_dump(document))
    pinned = pinned_kubeconfig(tmp_path / "learner", None, tmp_path)
    async with LiveCluster(Access.from_kubeconfig(pinned.path)) as learner:
        assert not await learner.can("create", "namespaces")
        assert await learner.can("create", "selfsubjectaccessreviews.authorization.k8s.io")
        while True:  # a binding is not known at once
            try:
                assert await learner.get("v1", "ConfigMap", "mine", shop) is None
                break
            except CannotRead as error:
                assert error.reason == "forbidden"
                await asyncio.sleep(0.05)
        await send("POST", f"/api/v1/namespaces/{shop}/configmaps", {"metadata": {"name": "mine"}})
        assert await learner.get("v1", "ConfigMap", "mine", shop)
        with pytest.raises(CannotRead, match="forbidden"):
            await learner.get("v1", "ConfigMap", "yours", shop)
        with pytest.raises(CannotRead, match='cannot list resource "configmaps"'):
            await learner.list("v1", "ConfigMap", shop)


async def test_nobody_behind_a_service_is_no_answer(send, answers, cluster, shop):
    spec = {"ports": [{"port": 80}], "selector": {"app": "web"}}
    await send("POST", f"/api/v1/namespaces/{shop}/services", {"metadata": {"name": "web"}, "spec": spec})
    await answers(f"/api/v1/namespaces/{shop}/services/web:80/proxy/")
    with pytest.raises(CannotRead, match="no endpoints available") as caught:
        await Web(cluster).service("web", shop, 80, "/", 5.0)
    assert caught.value.reason == "unreachable"


async def test_version_and_namespaces(cluster, plane, world):
    assert (await cluster.version()).startswith(f"1.{plane.minor}.")
    assert await cluster.can("create", "clusterroles.rbac.authorization.k8s.io")
    await until(world, NamespaceCheck(namespace="kube-system"), Verdict.PASSED)


async def test_a_wrong_token(access):
    wrong = Access(access.context, access.server, access.namespace, access.cluster, {"token": "wrong"})
    async with LiveCluster(wrong) as cluster:
        with pytest.raises(CannotRead) as caught:
            await cluster.list("v1", "Pod", "default")
        assert caught.value.reason == "unauthorized"


async def test_a_certificate_that_is_not_trusted(access):
    distrusting = Access(access.context, access.server, access.namespace, {}, access.user)
    async with LiveCluster(distrusting) as cluster:
        with pytest.raises(CannotRead, match="certificate is not trusted") as caught:
            await cluster.list("v1", "Pod", "default")
        assert caught.value.reason == "unreachable"
