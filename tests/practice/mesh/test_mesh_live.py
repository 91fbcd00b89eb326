"""A cluster with istiod and sidecars: Istio's objects decide where requests of pods go."""

from __future__ import annotations

import os
import signal
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from runner.practice.authentication.authority import Authority
from runner.practice.containers.mesh.envoy_process import installed_envoy
from runner.practice.controllers.custom_resource_definitions import Definitions
from runner.practice.machinery.store import Object
from tests.practice.life.conftest import living
from tests.practice.mesh.mesh_room import PROXY
from tests.practice.running.running_pods import RunningPods

pytestmark = [
    pytest.mark.skipif(installed_envoy() is None, reason="Envoy (labgate[mesh]) is not installed"),
    pytest.mark.asyncio(loop_scope="module"),
]
SPEED = 20.0
KINDS = {"VirtualService": "virtualservices", "DestinationRule": "destinationrules"}
GROUP = "networking.istio.io"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def pods(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[RunningPods]:
    folder = tmp_path_factory.mktemp("mesh")
    authority = Authority.of(folder)
    async with living(folder / "state", speed=SPEED, containers=True, authority=authority) as world:
        made = RunningPods(world)
        definitions = Definitions(world.control_plane.pipeline)
        definitions.start()
        for kind, plural in KINDS.items():
            world.create("customresourcedefinitions.apiextensions.k8s.io", _definition(kind, plural))
        world.create(
            "namespaces", {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "istio-system"}}
        )
        await world.until(lambda: world.find("serviceaccounts", "default", "istio-system"))
        world.create("pods", _istiod())
        for name, labels, image in (
            ("sleep", {"app": "sleep"}, {"image": "curlimages/curl", "command": ["sleep", "100000"]}),
            (
                "web-v1",
                {"app": "web", "version": "v1"},
                {"image": "hashicorp/http-echo", "args": ["-text=v1"]},
            ),
            (
                "web-v2",
                {"app": "web", "version": "v2"},
                {"image": "hashicorp/http-echo", "args": ["-text=v2"]},
            ),
        ):
            world.create("pods", _with_sidecar(name, labels, image))
        world.create("services", _service())
        subsets = [{"name": name, "labels": {"version": name}} for name in ("v1", "v2")]
        world.create(
            f"destinationrules.{GROUP}", _object("DestinationRule", {"host": "web", "subsets": subsets})
        )
        world.create(f"virtualservices.{GROUP}", _object("VirtualService", _weights(90, 10)))
        for name in ("sleep", "web-v1", "web-v2"):
            await world.until(lambda name=name: _ready(made, name), world.pods)
        for text in ("v1", "v2"):
            assert await made.sh("sleep", _until(text)) == "now\n"
        yield made
        definitions.stop()


async def test_weights_share_the_requests(pods: RunningPods) -> None:
    _set_weights(pods, 90, 10)
    for text in ("v2", "v1", "v2"):
        assert await pods.sh("sleep", _until(text)) == "now\n"
    heard = (await pods.sh("sleep", "for i in $(seq 300); do curl -s web; done")).split()
    assert heard.count("v1") + heard.count("v2") == 300
    assert 12 <= heard.count("v2") <= 53  # 99.9 % of binomials of 300 and 10 %


async def test_a_changed_virtual_service_is_in_effect(pods: RunningPods) -> None:
    for text in ("v2", "v1"):
        await _only(pods, text)
        heard = (await pods.sh("sleep", "for i in $(seq 20); do curl -s web; done")).split()
        assert heard == [text] * 20


async def test_every_namespace_has_the_meshs_root_certificate(pods: RunningPods) -> None:
    texts = {
        pods.world.get("configmaps", "istio-ca-root-cert", namespace)["data"]["root-cert.pem"]
        for namespace in ("default", "istio-system", "kube-system")
    }
    (text,) = texts
    assert text.startswith("-----BEGIN CERTIFICATE-----")


async def test_without_istiod_the_proxies_keep_what_they_have(pods: RunningPods) -> None:
    world = pods.world
    await _only(pods, "v1")
    world.delete("pods", "istiod", "istio-system", grace=0)
    await world.until(lambda: world.find("pods", "istiod", "istio-system") is None)
    _set_weights(pods, 0, 100)
    assert await pods.sh("sleep", "for i in $(seq 10); do curl -s web; done") == "v1\n" * 10
    world.create("pods", _istiod())
    assert await pods.sh("sleep", _until("v2")) == "now\n"


async def test_the_log_of_a_proxy_is_istios(pods: RunningPods) -> None:
    data = {"mesh": "accessLogFile: /dev/stdout\n"}
    meta = {"name": "istio", "namespace": "istio-system"}
    await _only(pods, "v2")
    pods.world.create("configmaps", {"apiVersion": "v1", "kind": "ConfigMap", "metadata": meta, "data": data})
    seen = ""
    for _ in range(200):
        await pods.sh("sleep", "curl -s web/logged -o /dev/null; sleep 0.1")
        seen = await pods.log("sleep", "istio-proxy")
        if "/logged" in seen:
            break
    assert '"GET /logged HTTP/1.1" 200 - via_upstream - "-"' in seen
    assert "outbound|80|v2|web.default.svc.cluster.local" in seen


async def test_traffic_is_back_after_the_containers_process_was_killed(pods: RunningPods) -> None:
    await _only(pods, "v2")
    process = pods.kubelet.runtime._process
    before = {name: pods.of(name, "istio-proxy")["containerID"] for name in ("sleep", "web-v1", "web-v2")}
    os.kill(process.pid, signal.SIGKILL)
    for name, id_ in before.items():
        await pods.world.until(
            lambda name=name, id_=id_: pods.of(name, "istio-proxy").get("containerID") != id_
        )
        await pods.world.until(lambda name=name: _ready(pods, name))
    assert await pods.sh("sleep", _until("v2")) == "now\n"


async def _only(pods: RunningPods, text: str) -> None:
    """Have all requests go to one version."""
    _set_weights(pods, *((100, 0) if text == "v1" else (0, 100)))
    assert await pods.sh("sleep", _until(text, 10)) == "now\n"


def _until(text: str, times: int = 1) -> str:
    """A script that goes on until it hears that, so many times one after the other."""
    ask = f'if [ "$(curl -s web)" = {text} ]; then n=$((n+1)); else n=0; sleep 0.02; fi'
    return f"n=0; for i in $(seq 300); do {ask}; if [ $n = {times} ]; then echo now; exit; fi; done"


def _ready(pods: RunningPods, name: str) -> bool:
    return all(each["ready"] for each in pods.status(name).get("containerStatuses") or [{"ready": False}])


def _set_weights(pods: RunningPods, *weights: int) -> None:
    def edit(obj: Object) -> None:
        obj["spec"] = _weights(*weights)

    pods.world.edit(f"virtualservices.{GROUP}", "web", edit)


def _weights(*weights: int) -> Object:
    leads = [
        {"destination": {"host": "web", "subset": f"v{number}"}, "weight": weight}
        for number, weight in enumerate(weights, 1)
    ]
    return {"hosts": ["web"], "http": [{"route": leads}]}


def _object(kind: str, spec: Object) -> Object:
    meta = {"name": "web", "namespace": "default"}
    return {"apiVersion": f"{GROUP}/v1alpha3", "kind": kind, "metadata": meta, "spec": spec}


def _service() -> Object:
    spec = {"selector": {"app": "web"}, "ports": [{"name": "http", "port": 80, "targetPort": 5678}]}
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": "web", "namespace": "default"},
        "spec": spec,
    }


def _istiod() -> Object:
    meta = {"name": "istiod", "namespace": "istio-system", "labels": {"app": "istiod"}}
    main = {"name": "discovery", "image": "docker.io/istio/pilot:1.11.3", "args": ["discovery"]}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": meta, "spec": {"containers": [main]}}


def _with_sidecar(name: str, labels: dict[str, str], main: Object) -> Object:
    probe = {"httpGet": {"path": "/healthz/ready", "port": 15021}, "periodSeconds": 1}
    proxy: dict[str, Any] = {
        "name": "istio-proxy",
        "image": PROXY,
        "args": ["proxy", "sidecar"],
        "readinessProbe": probe,
    }
    meta = {"name": name, "namespace": "default", "labels": labels}
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": meta,
        "spec": {"containers": [{"name": "main", **main}, proxy], "terminationGracePeriodSeconds": 1},
    }


def _definition(kind: str, plural: str) -> Object:
    schema = {"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": True}}
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"{plural}.{GROUP}"},
        "spec": {
            "group": GROUP,
            "scope": "Namespaced",
            "names": {"kind": kind, "plural": plural, "singular": kind.lower()},
            "versions": [{"name": "v1alpha3", "served": True, "storage": True, "schema": schema}],
        },
    }
