"""A new cluster, namespaces, garbage, budgets, events that grow old, rest."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from runner.practice.authentication.authority import Authority
from runner.practice.controllers.event_recorder import Recorder, Source, reference
from runner.practice.controllers.object_helpers import condition, is_ready
from runner.practice.kinds import registry_of
from runner.practice.machinery.errors import ApiError
from runner.practice.machinery.store import Key, Object, Store
from runner.practice.machinery.write_pipeline import WritePipeline


def pod(name: str, namespace: str = "default", **labels: str) -> Object:
    meta = {"name": name, "namespace": namespace, "labels": labels}
    spec = {"containers": [{"name": "main", "image": "nginx:1.25"}]}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": meta, "spec": spec}


LEFT = "practice-control-plane"


def nodes_of(pods: list[Object]) -> list[str]:
    return [found["spec"].get("nodeName", "") for found in pods]


def namespace(name: str) -> Object:
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}


def addresses(world: Any) -> list[Object]:
    """Behind the cluster's DNS."""
    subsets = (world.find("endpoints", "kube-dns", "kube-system") or {}).get("subsets") or [{}]
    return subsets[0].get("addresses") or []


@pytest.mark.parametrize("version", ["1.20", "1.22", "1.24", "1.28", "1.32"])
async def test_a_new_cluster(alive, version):
    async with alive(version=version) as world:
        store = world.store
        await world.until(lambda: len(store.list("pods")) == 4 and all(map(is_ready, store.list("pods"))))
        assert [n["metadata"]["name"] for n in store.list("nodes")] == [
            "practice-control-plane",
            "practice-worker",
        ]
        node = store.list("nodes")[1]
        assert node["status"]["nodeInfo"]["kubeletVersion"] == f"v{version}.0"
        assert condition(node, "Ready")["reason"] == "KubeletReady"
        assert len(store.list("leases.coordination.k8s.io", "kube-node-lease")) == 2
        names = [n["metadata"]["name"] for n in store.list("namespaces")]
        assert names == ["default", "kube-node-lease", "kube-public", "kube-system"]
        assert all(store.get(Key("configmaps", name, "kube-root-ca.crt")) for name in names)
        assert world.get("services", "kubernetes")["spec"]["clusterIP"] == "10.96.0.1"
        await world.until(lambda: len(addresses(world)) == 2)


async def test_a_saved_cluster_is_not_seeded_again(alive, tmp_path):
    async with alive(tmp_path) as world:
        await world.until(lambda: len(world.store.list("pods")) == 4)
        await world.until(lambda: all(map(is_ready, world.store.list("pods"))))
        before = {kind: len(world.store.list(kind)) for kind in world.store.resources() if kind != "events"}
    async with alive(tmp_path) as world:
        await world.until(lambda: world.control_plane.idle)
        after = {kind: len(world.store.list(kind)) for kind in world.store.resources() if kind != "events"}
        assert after == before


async def test_a_new_namespace_is_welcomed(world):
    world.create("namespaces", namespace("shop"))
    await world.until(lambda: world.find("serviceaccounts", "default", "shop"))
    assert world.get("configmaps", "kube-root-ca.crt", "shop")
    world.delete("serviceaccounts", "default", "shop")
    await world.until(lambda: world.find("serviceaccounts", "default", "shop"))


async def test_a_deleted_namespace_empties_itself(world):
    world.create("namespaces", namespace("shop"))
    await world.until(lambda: world.find("serviceaccounts", "default", "shop"))
    world.create("pods", pod("web", "shop"))
    await world.until(lambda: is_ready(world.get("pods", "web", "shop")))
    world.delete("namespaces", "shop", "")
    found = world.get("namespaces", "shop", "")
    assert found["status"]["phase"] == "Terminating"
    await world.until(lambda: world.find("namespaces", "shop", "") is None)
    left = [kind for kind in world.store.resources() if world.store.list(kind, "shop")]
    assert left == []


async def test_a_deleted_namespace_is_seen_as_terminating_for_a_while(alive):
    async with alive(speed=10) as world:
        world.create("namespaces", namespace("shop"))
        await world.until(lambda: world.control_plane.idle)
        loop = asyncio.get_running_loop()
        deleted = loop.time()
        world.delete("namespaces", "shop", "")
        await world.until(lambda: world.control_plane.idle)
        await world.until(lambda: world.find("namespaces", "shop", "") is None)
        assert loop.time() - deleted >= 0.5  # 5 seconds of a real cluster


async def test_a_finalizer_holds_a_namespace_and_is_reported(world):
    world.create("namespaces", namespace("shop"))
    await world.until(lambda: world.find("serviceaccounts", "default", "shop"))
    meta = {"name": "held", "namespace": "shop", "finalizers": ["example.org/hold"]}
    world.create("configmaps", {"apiVersion": "v1", "kind": "ConfigMap", "metadata": meta})
    world.delete("namespaces", "shop", "")
    await world.until(lambda: condition(world.get("namespaces", "shop", ""), "NamespaceFinalizersRemaining"))
    await world.until(lambda: len(world.store.list("configmaps", "shop")) == 1)
    message = condition(world.get("namespaces", "shop", ""), "NamespaceFinalizersRemaining")
    assert message["message"] == (
        "Some content in the namespace has finalizers remaining: example.org/hold in 1 resource instances"
    )
    world.edit("configmaps", "held", lambda obj: obj["metadata"].update(finalizers=[]), "shop")
    await world.until(lambda: world.find("namespaces", "shop", "") is None)


async def test_garbage_with_two_owners_stays_until_both_are_gone(world):
    owners = []
    for name in ("one", "two"):
        meta = {"name": name, "namespace": "default"}
        made = world.create("configmaps", {"apiVersion": "v1", "kind": "ConfigMap", "metadata": meta})
        owners.append({"apiVersion": "v1", "kind": "ConfigMap", "name": name, "uid": made["metadata"]["uid"]})
    meta = {"name": "child", "namespace": "default", "ownerReferences": owners}
    world.create("secrets", {"apiVersion": "v1", "kind": "Secret", "metadata": meta})
    world.delete("configmaps", "one")
    await world.until(lambda: len(world.get("secrets", "child")["metadata"]["ownerReferences"]) == 1)
    world.delete("configmaps", "two")
    await world.until(lambda: world.find("secrets", "child") is None)


async def test_what_belongs_to_nobody_that_exists_goes(world):
    owner = {"apiVersion": "v1", "kind": "ConfigMap", "name": "ghost", "uid": "no-such-uid"}
    meta = {"name": "child", "namespace": "default", "ownerReferences": [owner]}
    world.create("secrets", {"apiVersion": "v1", "kind": "Secret", "metadata": meta})
    await world.until(lambda: world.find("secrets", "child") is None)


async def test_a_budget_counts(world):
    spec = {"minAvailable": 1, "selector": {"matchLabels": {"app": "web"}}}
    meta = {"name": "web", "namespace": "default"}
    made = {"apiVersion": "policy/v1", "kind": "PodDisruptionBudget", "metadata": meta, "spec": spec}
    world.create("poddisruptionbudgets.policy", made)

    def status() -> Object:
        return world.get("poddisruptionbudgets.policy", "web").get("status") or {}

    await world.until(lambda: status().get("desiredHealthy") == 1)
    assert status()["disruptionsAllowed"] == 0
    for name in ("one", "two"):
        world.create("pods", pod(name, app="web"))
    await world.until(lambda: status()["disruptionsAllowed"] == 1)
    found = condition(world.get("poddisruptionbudgets.policy", "web"), "DisruptionAllowed")
    assert (found["status"], found["reason"]) == ("True", "SufficientPods")
    world.delete("pods", "one")
    await world.until(lambda: status()["disruptionsAllowed"] == 0)


def test_events_are_counted_and_forgotten():
    store = Store(registry=registry_of())
    store.create("namespaces", namespace("default"))
    made = store.create("pods", {"metadata": {"name": "web", "namespace": "default"}})
    recorder = Recorder(WritePipeline(store, registry_of()))
    for _ in range(3):
        recorder.emit(reference(made, "v1", "Pod"), Source("kubelet", "node"), "Normal", "Pulled", "again")
    (event,) = store.list("events", "default")
    assert event["count"] == 3
    # A process that comes back goes on counting the same one.
    Recorder(WritePipeline(store, registry_of())).emit(
        reference(made, "v1", "Pod"), Source("kubelet", "node"), "Normal", "Pulled", "again"
    )
    (event,) = store.list("events", "default")
    assert event["count"] == 4
    soon = recorder.forget_old(datetime.now(UTC) + timedelta(minutes=30))
    assert soon is not None and 1700 < soon < 1810
    assert recorder.forget_old(datetime.now(UTC) + timedelta(minutes=61)) is None
    assert store.list("events", "default") == []


async def test_nothing_is_created_in_a_namespace_that_goes(world):
    from runner.practice.controllers import pod_control as of_pods

    world.create("namespaces", namespace("shop"))
    await world.until(lambda: world.find("serviceaccounts", "default", "shop"))
    world.edit("serviceaccounts", "default", lambda o: o["metadata"].update(finalizers=["a.b/c"]), "shop")
    world.delete("namespaces", "shop", "")
    with pytest.raises(ApiError, match="because it is being terminated"):
        of_pods.create(world.control_plane.context, "pods", pod("late", "shop"))


async def test_a_settled_cluster_rests(world):
    """No work and no revisions while nobody asks for anything."""
    world.create("pods", pod("web"))
    await world.until(lambda: is_ready(world.get("pods", "web")))
    await world.until(lambda: all(map(is_ready, world.store.list("pods"))) and world.control_plane.idle)
    seen: list[Any] = []
    world.store.subscribe(seen.append)
    for _ in range(200):
        await asyncio.sleep(0)
    assert [c for c in seen if c.key.resource != "leases.coordination.k8s.io"] == []


async def test_cordon_taints_and_uncordon_clears(world):
    def taints() -> list[str]:
        return [t["key"] for t in world.get("nodes", "practice-worker", "")["spec"].get("taints") or ()]

    world.edit("nodes", "practice-worker", lambda n: n["spec"].update(unschedulable=True), "")
    await world.until(lambda: taints() == ["node.kubernetes.io/unschedulable"])
    world.edit("nodes", "practice-worker", lambda n: n["spec"].pop("unschedulable"), "")
    await world.until(lambda: taints() == [])
    assert "Node practice-worker status is now: NodeNotSchedulable" in world.events("NodeNotSchedulable")


async def test_the_pods_of_a_node_that_is_gone_go(world):
    world.create("pods", pod("web"))
    await world.until(lambda: is_ready(world.get("pods", "web")))
    world.delete("nodes", "practice-worker", "")
    await world.until(lambda: world.find("pods", "web") is None)
    await world.until(lambda: nodes_of(world.pods("kube-system", **{"k8s-app": "kube-proxy"})) == [LEFT])


async def test_accounts_of_old_clusters_have_token_secrets(alive, tmp_path):
    async with alive(version="1.22", authority=Authority.of(tmp_path)) as world:
        await world.until(lambda: world.get("serviceaccounts", "default").get("secrets"))
        (named,) = world.get("serviceaccounts", "default")["secrets"]
        assert named["name"].startswith("default-token-")
        secret = world.get("secrets", named["name"])
        assert set(secret["data"]) == {"ca.crt", "namespace", "token"}
        world.delete("secrets", named["name"])
        await world.until(
            lambda: (
                [one["name"] for one in world.get("serviceaccounts", "default")["secrets"]] != [named["name"]]
            )
        )
        (another,) = world.get("serviceaccounts", "default")["secrets"]
        assert world.get("secrets", another["name"])["data"]["token"] != secret["data"]["token"]
        world.create("namespaces", namespace("shop"))
        await world.until(lambda: world.store.list("secrets", "shop"))
        world.delete("namespaces", "shop", "")
        await world.until(lambda: world.find("namespaces", "shop", "") is None)


async def test_accounts_of_newer_clusters_have_none(world):
    await world.until(lambda: world.control_plane.idle)
    assert world.store.list("secrets") == []


async def test_a_quota_counts(world):
    hard = {"pods": "5", "requests.cpu": "1", "limits.memory": "2Gi", "services.loadbalancers": "0"}
    meta = {"name": "small", "namespace": "default"}
    made = {"apiVersion": "v1", "kind": "ResourceQuota", "metadata": meta, "spec": {"hard": hard}}
    world.create("resourcequotas", made)
    first = pod("web")
    first["spec"]["containers"][0]["resources"] = {"requests": {"cpu": "250m"}, "limits": {"memory": "512Mi"}}
    world.create("pods", first)
    used = {"pods": "1", "requests.cpu": "250m", "limits.memory": "512Mi", "services.loadbalancers": "0"}
    await world.until(
        lambda: world.get("resourcequotas", "small").get("status") == {"hard": hard, "used": used}
    )
