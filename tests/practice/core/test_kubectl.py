"""The real kubectl against a practice cluster: what it prints, and what it leaves."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from runner.practice.cluster import PracticeCluster
from runner.practice.machinery.store import Key

from .conftest import Kubectl

DEPLOYMENT = """
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, labels: {app: web}}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
      - name: web
        image: nginx:1.25
        env: [{name: A, value: "1"}, {name: B, value: "2"}]
        ports: [{containerPort: 80}]
      - {name: side, image: "busybox:1.36", command: [sleep, infinity]}
"""

DEFINITION = """
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: gateways.networking.example.com}
spec:
  group: networking.example.com
  scope: Namespaced
  names: {kind: Gateway, plural: gateways, shortNames: [gw], categories: [mesh]}
  versions:
  - name: v1
    served: true
    storage: true
    subresources: {status: {}, scale: {specReplicasPath: .spec.count, statusReplicasPath: .status.count}}
    additionalPrinterColumns: [{name: Host, type: string, jsonPath: .spec.host}]
    schema:
      openAPIV3Schema:
        type: object
        properties:
          spec:
            type: object
            required: [host]
            properties: {host: {type: string}, count: {type: integer, default: 1}}
          status: {type: object, properties: {count: {type: integer}}}
"""

GATEWAY = """
apiVersion: networking.example.com/v1
kind: Gateway
metadata: {name: front}
spec: {host: a.example.com}
"""


def config_map(**data: str) -> str:
    return json.dumps({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c"}, "data": data})


def stored(cluster: PracticeCluster, resource: str, name: str, namespace: str = "default") -> Any:
    return cluster.store.get(Key(resource, namespace, name))


async def test_create_get_delete(kubectl: Kubectl) -> None:
    assert await kubectl.ok("create", "configmap", "c", "--from-literal=a=1") == "configmap/c created\n"
    again = await kubectl("create", "configmap", "c")
    assert again.code == 1
    assert 'configmaps "c" already exists' in again.err
    assert await kubectl.ok("get", "cm", "c", "-o", "jsonpath={.data.a}") == "1"
    assert await kubectl.ok("delete", "cm", "c") == 'configmap "c" deleted\n'
    gone = await kubectl("get", "cm", "c")
    assert gone.err == 'Error from server (NotFound): configmaps "c" not found\n'


async def test_apply_is_a_three_way_merge(kubectl: Kubectl, cluster: PracticeCluster) -> None:
    assert await kubectl.ok("apply", "-f", "-", stdin=DEPLOYMENT) == "deployment.apps/web created\n"
    assert await kubectl.ok("apply", "-f", "-", stdin=DEPLOYMENT) == "deployment.apps/web unchanged\n"
    await kubectl.ok("scale", "deployment/web", "--replicas=5")
    await kubectl.ok("label", "deployment", "web", "mine=kept")
    changed = (
        DEPLOYMENT.replace("  replicas: 2\n", "")
        .replace('{name: A, value: "1"}, ', "")
        .replace("1.25", "1.26")
    )
    assert await kubectl.ok("apply", "-f", "-", stdin=changed) == "deployment.apps/web configured\n"
    found = stored(cluster, "deployments.apps", "web")
    web, side = found["spec"]["template"]["spec"]["containers"]
    assert web["env"] == [{"name": "B", "value": "2"}]
    assert (web["image"], side["name"]) == ("nginx:1.26", "side")
    assert found["metadata"]["labels"] == {"app": "web", "mine": "kept"}
    assert found["spec"]["replicas"] == 1  # no longer said, so the default again
    without_side = changed[: changed.index("      - {name: side")]
    await kubectl.ok("apply", "-f", "-", stdin=without_side)
    containers = stored(cluster, "deployments.apps", "web")["spec"]["template"]["spec"]["containers"]
    assert [container["name"] for container in containers] == ["web"]


async def test_apply_keeps_what_others_added_to_a_list(kubectl: Kubectl, cluster: PracticeCluster) -> None:
    await kubectl.ok("apply", "-f", "-", stdin=DEPLOYMENT)
    patch = {"spec": {"template": {"spec": {"containers": [{"name": "injected", "image": "proxy:1"}]}}}}
    await kubectl.ok("patch", "deployment", "web", "-p", json.dumps(patch))
    await kubectl.ok("apply", "-f", "-", stdin=DEPLOYMENT.replace("1.25", "1.26"))
    containers = stored(cluster, "deployments.apps", "web")["spec"]["template"]["spec"]["containers"]
    assert sorted(container["name"] for container in containers) == ["injected", "side", "web"]


async def test_edit(kubectl: Kubectl, cluster: PracticeCluster, tmp_path: Path) -> None:
    await kubectl.ok("create", "service", "clusterip", "kiali", "--tcp=20001:20001")
    cancelled = await kubectl("edit", "svc", "kiali", editor="true")
    assert (cancelled.code, cancelled.err + cancelled.out) == (0, "Edit cancelled, no changes made.\n")
    editor = tmp_path / "editor"
    editor.write_text('#!/bin/sh\nsed -i "s/type: ClusterIP/type: LoadBalancer/" "$1"\n')
    editor.chmod(0o700)
    assert await kubectl.ok("edit", "svc", "kiali", editor=str(editor)) == "service/kiali edited\n"
    service = stored(cluster, "services", "kiali")
    assert service["spec"]["type"] == "LoadBalancer"
    assert service["spec"]["ports"][0]["nodePort"] >= 30000


@pytest.mark.parametrize(
    ("arguments", "data"),
    [
        (("--type=merge", "-p", '{"data":{"a":null,"b":"2"}}'), {"b": "2"}),
        (("--type=strategic", "-p", '{"data":{"b":"2"}}'), {"a": "1", "b": "2"}),
        (("--type=json", "-p", '[{"op":"replace","path":"/data/a","value":"9"}]'), {"a": "9"}),
    ],
)
async def test_patches(kubectl: Kubectl, cluster: PracticeCluster, arguments: Any, data: Any) -> None:
    await kubectl.ok("create", "configmap", "c", "--from-literal=a=1")
    assert await kubectl.ok("patch", "configmap", "c", *arguments) == "configmap/c patched\n"
    assert stored(cluster, "configmaps", "c")["data"] == data


async def test_server_side_apply(kubectl: Kubectl, cluster: PracticeCluster) -> None:
    apply = ("apply", "--server-side", "-f", "-")
    await kubectl.ok(*apply, stdin=config_map(a="1", b="2"))
    refused = await kubectl(*apply, "--field-manager=other", stdin=config_map(a="9"))
    assert refused.code == 1
    assert 'Apply failed with 1 conflict: conflict with "kubectl": .data.a' in refused.err
    await kubectl.ok(*apply, "--field-manager=other", "--force-conflicts", stdin=config_map(a="9"))
    await kubectl.ok(*apply, stdin=config_map(b="2"))
    assert stored(cluster, "configmaps", "c")["data"] == {"a": "9", "b": "2"}


async def test_dry_run_on_the_server(kubectl: Kubectl, cluster: PracticeCluster) -> None:
    out = await kubectl.ok("apply", "--dry-run=server", "-f", "-", stdin=config_map(a="1"))
    assert out in ("configmap/c created (server dry run)\n", "configmap/c created (dry run)\n")
    assert stored(cluster, "configmaps", "c") is None


async def test_selectors_and_wide(kubectl: Kubectl) -> None:
    await kubectl.ok("create", "configmap", "c")
    await kubectl.ok("label", "configmap", "c", "app=x")
    assert await kubectl.ok("get", "cm", "-l", "app in (x,y)", "-o", "name") == "configmap/c\n"
    assert (
        await kubectl.ok(
            "get", "cm", "-l", "app notin (x)", "--field-selector", "metadata.name=c", "-o", "name"
        )
        == ""
    )


async def test_workloads_come_to_life(kubectl: Kubectl) -> None:
    await kubectl.ok("apply", "-f", "-", stdin=DEPLOYMENT)
    out = await kubectl.ok("rollout", "status", "deployment/web", "--timeout=30s")
    assert out.endswith('deployment "web" successfully rolled out\n')
    await kubectl.ok("wait", "--for=condition=Available", "deployment/web", "--timeout=30s")
    name = (await kubectl.ok("get", "pods", "-l", "app=web", "-o", "name")).split()[0]
    log = await kubectl.ok("logs", name, "-c", "web")
    assert "practice pod" in log
    refused = await kubectl("logs", name)
    if refused.code:  # newer ones take the first container
        assert "a container name must be specified for pod" in refused.err
    assert "run no containers" in (await kubectl("exec", name, "-c", "web", "--", "ls")).err
    described = await kubectl.ok("describe", "deployment", "web")
    assert "ScalingReplicaSet" in described


async def test_namespaces(kubectl: Kubectl) -> None:
    missing = await kubectl("create", "configmap", "c", "-n", "nowhere")
    assert 'namespaces "nowhere" not found' in missing.err
    await kubectl.ok("create", "namespace", "lab")
    await kubectl.ok("create", "configmap", "c", "-n", "lab")
    assert await kubectl.ok("delete", "namespace", "lab", "--timeout=30s") == 'namespace "lab" deleted\n'
    assert (await kubectl("get", "namespace", "lab")).code == 1


async def test_custom_resources(kubectl: Kubectl, cluster: PracticeCluster) -> None:
    name = "gateways.networking.example.com"
    await kubectl.ok("apply", "-f", "-", stdin=DEFINITION)
    await kubectl.ok("wait", "--for=condition=Established", f"crd/{name}", "--timeout=10s")
    assert (
        await kubectl.ok("apply", "-f", "-", stdin=GATEWAY)
        == "gateway.networking.example.com/front created\n"
    )
    assert await kubectl.ok("get", "gw") == "NAME    HOST\nfront   a.example.com\n"
    assert "front" in await kubectl.ok("get", "mesh")
    await kubectl.ok("scale", "gw/front", "--replicas=3")
    assert stored(cluster, name, "front")["spec"] == {"host": "a.example.com", "count": 3}
    refused = await kubectl("patch", "gw", "front", "--type=merge", "-p", '{"spec":{"host":null}}')
    assert refused.err == 'The Gateway "front" is invalid: spec.host: Required value\n'
    refused = await kubectl("patch", "gw", "front", "--type=merge", "-p", '{"spec":{"count":"many"}}')
    assert 'spec.count in body must be of type integer: "string"' in refused.err
    changed = GATEWAY.replace("a.example", "b.example")
    assert (
        await kubectl.ok("apply", "-f", "-", stdin=changed)
        == "gateway.networking.example.com/front configured\n"
    )
    await kubectl.ok("delete", "crd", name)
    assert cluster.store.list(name) == []
    assert (await kubectl("get", "gateways.networking.example.com")).code == 1


async def test_what_one_may_do(kubectl: Kubectl, cluster: PracticeCluster) -> None:
    assert await kubectl.ok("auth", "can-i", "create", "deployments") == "yes\n"
    cluster.faults.add("forbidden", "deployments.apps")
    refused = await kubectl("auth", "can-i", "create", "deployments")
    assert refused.out.startswith("no")


async def test_watching(kubectl: Kubectl) -> None:
    await kubectl.ok("create", "configmap", "c")
    out = await kubectl("get", "cm", "c", "--watch", "--request-timeout=1s")
    assert out.out.splitlines()[1].startswith("c ")


@pytest.mark.parametrize("version", ["1.20", "1.24"])
async def test_older_servers(kubectl: Kubectl, cluster: PracticeCluster) -> None:
    await kubectl.ok("apply", "-f", "-", stdin=DEPLOYMENT)
    budget = {
        "apiVersion": "policy/v1beta1",
        "kind": "PodDisruptionBudget",
        "metadata": {"name": "b"},
        "spec": {"minAvailable": 1, "selector": {"matchLabels": {"app": "web"}}},
    }
    await kubectl.ok("apply", "-f", "-", stdin=json.dumps(budget))
    assert stored(cluster, "poddisruptionbudgets.policy", "b")["apiVersion"] == "policy/v1"
    assert (
        await kubectl.ok("get", "poddisruptionbudgets.v1beta1.policy", "b", "-o", "jsonpath={.apiVersion}")
        == "policy/v1beta1"
    )
    assert (await kubectl.ok("apply", "--dry-run=server", "-f", "-", stdin=DEPLOYMENT)).startswith(
        "deployment.apps/web"
    )


@pytest.mark.parametrize("version", ["1.20"])
async def test_old_shapes_of_an_ingress(kubectl: Kubectl, cluster: PracticeCluster) -> None:
    path = {"path": "/", "backend": {"serviceName": "web", "servicePort": 80}}
    ingress = {
        "apiVersion": "extensions/v1beta1",
        "kind": "Ingress",
        "metadata": {"name": "i"},
        "spec": {"rules": [{"host": "a.example.com", "http": {"paths": [path]}}]},
    }
    await kubectl.ok("apply", "-f", "-", stdin=json.dumps(ingress))
    spec = stored(cluster, "ingresses.networking.k8s.io", "i")["spec"]
    backend = spec["rules"][0]["http"]["paths"][0]["backend"]
    assert backend == {"service": {"name": "web", "port": {"number": 80}}}
    message = await kubectl.ok(
        "get", "ingresses.v1beta1.extensions", "i", "-o", "jsonpath={..backend.serviceName}"
    )
    assert message == "web"


async def test_rules_of_a_definition_are_kept_to(kubectl: Kubectl) -> None:
    rules = [{"rule": "self.min <= self.max", "message": "min above max"}]
    number = {"type": "integer"}
    spec = {"type": "object", "properties": {"min": number, "max": number}, "x-kubernetes-validations": rules}
    schema = {"openAPIV3Schema": {"type": "object", "properties": {"spec": spec}}}
    version = {"name": "v1", "served": True, "storage": True, "schema": schema}
    definition = {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": "tubs.harbour.example"},
        "spec": {
            "group": "harbour.example",
            "scope": "Namespaced",
            "names": {"plural": "tubs", "kind": "Tub"},
            "versions": [version],
        },
    }
    await kubectl.ok("apply", "-f", "-", stdin=json.dumps(definition))
    tub = {"apiVersion": "harbour.example/v1", "kind": "Tub", "metadata": {"name": "a"}}
    refused = await kubectl("apply", "-f", "-", stdin=json.dumps({**tub, "spec": {"min": 5, "max": 3}}))
    assert refused.err.strip() == 'The Tub "a" is invalid: spec: Invalid value: "object": min above max'
    await kubectl.ok("apply", "-f", "-", stdin=json.dumps({**tub, "spec": {"min": 1, "max": 3}}))
