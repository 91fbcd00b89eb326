"""The scheduler: affinity, spread, ports, gates, preemption; and taints that evict."""

from __future__ import annotations

from typing import Any

import pytest

Object = dict[str, Any]
REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution"
PREFERRED = "preferredDuringSchedulingIgnoredDuringExecution"
WORKERS = ("practice-worker", "worker-2", "worker-3")
HOST = "kubernetes.io/hostname"


def pod(name: str, labels: Object | None = None, cpu: str = "", **spec: Any) -> Object:
    container: Object = {"name": "c", "image": "nginx"}
    if cpu:
        container["resources"] = {"requests": {"cpu": cpu}}
    if "ports" in spec:
        container["ports"] = spec.pop("ports")
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "namespace": "default", "labels": labels or {}},
        "spec": {"containers": [container], **spec},
    }


def more_nodes(world: Any, *zones: str) -> None:
    """worker-2 and worker-3 beside the one worker; `zones` of the three."""
    first = world.get("nodes", "practice-worker", "")
    for name in WORKERS[1:]:
        labels = {**first["metadata"]["labels"], HOST: name}
        meta = {"name": name, "labels": labels}
        made = {**first, "metadata": meta, "spec": {"podCIDR": f"10.244.{name[-1]}.0/24"}}
        world.store.create("nodes", made)
    for name, zone in zip(WORKERS, zones, strict=False):
        world.edit("nodes", name, lambda node, zone=zone: node["metadata"]["labels"].update(zone=zone), "")


async def node_of(world: Any, name: str) -> str:
    found = await world.until(
        lambda: (world.find("pods", name) or {}).get("spec", {}).get("nodeName"), world.events
    )
    return str(found)


async def refused(world: Any, name: str) -> str:
    def message() -> str:
        conditions = world.get("pods", name).get("status", {}).get("conditions") or ()
        return next((c["message"] for c in conditions if c.get("reason") == "Unschedulable"), "")

    return str(await world.until(message)).partition(" preemption:")[0]


TAINT = "1 node(s) had untolerated taint {node-role.kubernetes.io/control-plane: }"


def anti(labels: Object, kind: str = "podAntiAffinity", key: str = HOST) -> Object:
    term = {"labelSelector": {"matchLabels": labels}, "topologyKey": key}
    return {kind: {REQUIRED: [term]}}


async def test_pods_that_do_not_want_to_be_together(world: Any) -> None:
    more_nodes(world)
    for name in "abc":
        world.create("pods", pod(name, {"app": "s"}, affinity=anti({"app": "s"})))
    assert {await node_of(world, name) for name in "abc"} == set(WORKERS)
    world.create("pods", pod("d", {"app": "s"}, affinity=anti({"app": "s"})))
    assert await refused(world, "d") == (
        f"0/4 nodes are available: {TAINT}, 3 node(s) didn't match pod anti-affinity rules."
    )
    world.create("pods", pod("e", {"app": "s"}))
    assert "3 node(s) didn't satisfy existing pods anti-affinity rules" in await refused(world, "e")
    place = await node_of(world, "a")
    world.delete("pods", "a")
    assert await node_of(world, "d") == place


async def test_pods_that_want_to_be_together(world: Any) -> None:
    more_nodes(world)
    affinity = anti({"app": "db"}, "podAffinity")
    world.create("pods", pod("web", affinity=affinity))
    assert "3 node(s) didn't match pod affinity rules" in await refused(world, "web")
    world.create("pods", pod("db", {"app": "db"}, nodeSelector={HOST: "worker-3"}))
    assert await node_of(world, "web") == "worker-3"
    world.create("pods", pod("first", {"app": "self"}, affinity=anti({"app": "self"}, "podAffinity")))
    assert await node_of(world, "first"), "the first of a group begins it"


async def test_words_of_an_older_scheduler(alive: Any) -> None:
    async with alive(version="1.20") as world:
        world.create("pods", pod("a", {"app": "s"}, affinity=anti({"app": "s"})))
        await node_of(world, "a")
        world.create("pods", pod("b", {"app": "s"}, affinity=anti({"app": "s"})))
        assert await refused(world, "b") == (
            "0/2 nodes are available: 1 node(s) didn't match pod affinity/anti-affinity, 1 node(s) didn't match pod"
            " anti-affinity rules, 1 node(s) had taint {node-role.kubernetes.io/master: }, that the pod didn't"
            " tolerate."
        )
        world.create("pods", pod("c", nodeSelector={"disk": "ssd"}))
        assert "1 node(s) didn't match Pod's node affinity, 1 node(s) had taint" in await refused(world, "c")


def spread(when: str = "DoNotSchedule", key: str = "zone", **more: Any) -> list[Object]:
    selector = {"matchLabels": {"app": "s"}}
    return [{"maxSkew": 1, "topologyKey": key, "whenUnsatisfiable": when, "labelSelector": selector, **more}]


async def test_pods_are_spread_over_zones(world: Any) -> None:
    more_nodes(world, "a", "b", "b")
    constraints = spread()
    for index in range(4):
        world.create("pods", pod(f"s{index}", {"app": "s"}, topologySpreadConstraints=constraints))
        await node_of(world, f"s{index}")
    zones = [
        world.get("nodes", p["spec"]["nodeName"], "")["metadata"]["labels"]["zone"] for p in world.pods()
    ]
    assert sorted(zones) == ["a", "a", "b", "b"]
    world.edit("nodes", "practice-worker", lambda node: node["spec"].update(unschedulable=True), "")
    world.create("pods", pod("t0", {"app": "s"}, topologySpreadConstraints=constraints))
    await node_of(world, "t0")
    world.create("pods", pod("t1", {"app": "s"}, topologySpreadConstraints=constraints))
    assert "2 node(s) didn't match pod topology spread constraints" in await refused(world, "t1")


async def test_a_topology_that_no_node_has(world: Any) -> None:
    world.create("pods", pod("s", {"app": "s"}, topologySpreadConstraints=spread(key="rack")))
    assert "1 node(s) didn't match pod topology spread constraints (missing required label)" in await refused(
        world, "s"
    )


async def test_a_port_of_the_node_is_taken_once(world: Any) -> None:
    ports = [{"containerPort": 80, "hostPort": 8080}]
    world.create("pods", pod("a", ports=ports))
    await node_of(world, "a")
    world.create("pods", pod("b", ports=ports))
    assert "1 node(s) didn't have free ports for the requested pod ports" in await refused(world, "b")
    udp = [{"containerPort": 80, "hostPort": 8080, "protocol": "UDP"}]
    world.create("pods", pod("c", ports=udp))
    await node_of(world, "c")


async def test_what_pods_like_better(world: Any) -> None:
    more_nodes(world, "a", "b", "c")
    wish = {
        "weight": 10,
        "preference": {"matchExpressions": [{"key": "zone", "operator": "In", "values": ["c"]}]},
    }
    world.create("pods", pod("a", {"app": "s"}, affinity={"nodeAffinity": {PREFERRED: [wish]}}))
    assert await node_of(world, "a") == "worker-3"
    term = {"labelSelector": {"matchLabels": {"app": "s"}}, "topologyKey": HOST}
    near = {"podAffinity": {PREFERRED: [{"weight": 5, "podAffinityTerm": term}]}}
    world.create("pods", pod("b", affinity=near))
    assert await node_of(world, "b") == "worker-3"
    far = {"podAntiAffinity": {PREFERRED: [{"weight": 5, "podAffinityTerm": term}]}}
    world.create("pods", pod("c", affinity=far))
    assert await node_of(world, "c") != "worker-3"
    soft = {"key": "soft", "value": "", "effect": "PreferNoSchedule"}
    for name in WORKERS[:2]:
        world.edit("nodes", name, lambda node: node["spec"].update(taints=[soft]), "")
    world.create("pods", pod("d"))
    assert await node_of(world, "d") == "worker-3"


async def test_a_pod_waits_at_its_gates(world: Any) -> None:
    world.create("pods", pod("g", schedulingGates=[{"name": "example.com/wait"}]))
    (condition,) = world.get("pods", "g")["status"]["conditions"]
    assert (condition["reason"], condition["message"]) == (
        "SchedulingGated",
        "Scheduling is blocked due to non-empty scheduling gates",
    )
    world.create("pods", pod("other"))
    await node_of(world, "other")
    assert "nodeName" not in world.get("pods", "g")["spec"]
    world.edit("pods", "g", lambda p: p["spec"].pop("schedulingGates"))
    assert await node_of(world, "g") == "practice-worker"


def vip(world: Any, **more: Any) -> None:
    kind = {"apiVersion": "scheduling.k8s.io/v1", "kind": "PriorityClass", "metadata": {"name": "vip"}}
    world.create("priorityclasses.scheduling.k8s.io", {**kind, "value": 1000, **more})


@pytest.mark.parametrize(
    ("version", "words"), [("1.32", "Preempted by pod "), ("1.22", "Preempted by default/vip ")]
)
async def test_a_pod_of_higher_priority_takes_the_place_of_others(
    alive: Any, version: str, words: str
) -> None:
    async with alive(version=version) as world:
        vip(world)
        for name in "abcd":
            world.create("pods", pod(name, cpu="900m"))
            await node_of(world, name)
        world.create("pods", pod("vip", cpu="1500m", priorityClassName="vip"))
        assert await node_of(world, "vip") == "practice-worker"
        assert "nominatedNodeName" not in world.get("pods", "vip")["status"]
        (first, second) = world.events("Preempted")
        assert first.startswith(words) and second.endswith(" on node practice-worker")
        assert len(world.pods()) == 3, "no more go than must"
        failed = world.events("FailedScheduling")
        assert failed and "preemption:" not in failed[0]


async def test_a_pod_that_never_preempts(world: Any) -> None:
    vip(world, preemptionPolicy="Never")
    world.create("pods", pod("a", cpu="3"))
    await node_of(world, "a")
    world.create("pods", pod("vip", cpu="3", priorityClassName="vip"))
    await refused(world, "vip")
    (message,) = world.events("FailedScheduling")
    assert message.endswith(" preemption: not eligible due to preemptionPolicy=Never.")
    assert world.find("pods", "a")


async def test_taints_that_evict(world: Any) -> None:
    key = {"key": "out", "operator": "Exists", "effect": "NoExecute"}
    world.create("pods", pod("stays", tolerations=[key]))
    world.create("pods", pod("leaves", tolerations=[{**key, "tolerationSeconds": 40}]))
    world.create("pods", pod("goes"))
    for name in ("stays", "leaves", "goes"):
        await node_of(world, name)
    taint = {"key": "out", "value": "", "effect": "NoExecute"}
    world.edit("nodes", "practice-worker", lambda node: node["spec"].update(taints=[taint]), "")
    await world.until(lambda: world.find("pods", "goes") is None)
    assert world.events("TaintManagerEviction") == ["Marking for deletion Pod default/goes"]
    await world.until(lambda: world.find("pods", "leaves") is None)
    assert world.find("pods", "stays")


async def test_a_taint_that_goes_in_time(world: Any) -> None:
    key = {"key": "out", "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 10_000}
    world.create("pods", pod("a", tolerations=[key]))
    await node_of(world, "a")
    taint = {"key": "out", "value": "", "effect": "NoExecute"}
    world.edit("nodes", "practice-worker", lambda node: node["spec"].update(taints=[taint]), "")
    world.create(
        "configmaps",
        {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c", "namespace": "default"}},
    )
    await world.until(lambda: world.control_plane.idle)
    world.edit("nodes", "practice-worker", lambda node: node["spec"].pop("taints"), "")
    await world.until(lambda: world.events("TaintManagerEviction"))
    assert world.events("TaintManagerEviction") == ["Cancelling deletion of Pod default/a"]
    assert world.find("pods", "a")


async def test_overhead_counts(world: Any) -> None:
    kata = {
        "apiVersion": "node.k8s.io/v1",
        "kind": "RuntimeClass",
        "metadata": {"name": "kata"},
        "handler": "k",
    }
    world.create("runtimeclasses.node.k8s.io", {**kata, "overhead": {"podFixed": {"cpu": "2"}}})
    world.create("pods", pod("a", cpu="3", runtimeClassName="kata"))
    assert "1 Insufficient cpu" in await refused(world, "a")


def claim(world: Any, name: str, mode: str, **spec: Any) -> None:
    resources = {"requests": {"storage": "1Gi"}}
    meta = {"name": name, "namespace": "default"}
    world.create(
        "persistentvolumeclaims",
        {"metadata": meta, "spec": {"accessModes": [mode], "resources": resources, **spec}},
    )


def claiming(name: str, of: str) -> Object:
    volumes = [{"name": "d", "persistentVolumeClaim": {"claimName": of}}]
    return pod(name, volumes=volumes, terminationGracePeriodSeconds=0)


async def test_a_claim_for_one_pod_is_no_other_ones(world: Any) -> None:
    more_nodes(world)
    claim(world, "mine", "ReadWriteOncePod")
    claim(world, "shared", "ReadWriteOnce")
    for name, of in (("one", "mine"), ("two", "shared"), ("three", "shared")):
        world.create("pods", claiming(name, of))
        await node_of(world, name)
    world.create("pods", claiming("four", "mine"))
    words = "node has pod using PersistentVolumeClaim with the same name and ReadWriteOncePod access mode"
    assert f"3 {words}" in await refused(world, "four")
    world.delete("pods", "one")
    await node_of(world, "four")


async def test_a_pod_goes_where_its_volume_is(world: Any) -> None:
    more_nodes(world)
    term = {"matchExpressions": [{"key": HOST, "operator": "In", "values": ["worker-2"]}]}
    volume = {
        "capacity": {"storage": "1Gi"},
        "accessModes": ["ReadWriteOnce"],
        "storageClassName": "local",
        "local": {"path": "/mnt/disk"},
        "nodeAffinity": {"required": {"nodeSelectorTerms": [term]}},
    }
    world.create("persistentvolumes", {"metadata": {"name": "disk"}, "spec": volume})
    claim(world, "data", "ReadWriteOnce", storageClassName="local")
    world.create("pods", claiming("one", "data"))
    assert await node_of(world, "one") == "worker-2"
    elsewhere = claiming("two", "data")
    elsewhere["spec"]["nodeSelector"] = {HOST: "worker-3"}
    world.create("pods", elsewhere)
    assert "1 node(s) had volume node affinity conflict" in await refused(world, "two")
