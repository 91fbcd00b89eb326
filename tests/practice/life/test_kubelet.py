"""Pods on their nodes: stages, statuses, events, ends."""

from __future__ import annotations

from typing import Any

import pytest

from runner.practice.controllers.object_helpers import condition, holds, is_ready
from runner.practice.machinery.quantity import quantity
from runner.practice.machinery.store import Key, Object
from runner.practice.node import images
from runner.practice.node.container_behavior import ending
from tests.practice.edits import edit


def pod(name: str = "web", image: str = "nginx:1.25", **spec: Any) -> Object:
    container = {"name": "main", "image": image, **spec.pop("container", {})}
    meta = {"name": name, "namespace": "default", "labels": {"app": name}}
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": meta,
        "spec": {"containers": [container], **spec},
    }


def entry(world: Any, name: str = "web") -> Object:
    return (world.get("pods", name).get("status", {}).get("containerStatuses") or [{}])[0]


def ready(world: Any, name: str = "web") -> bool:
    return is_ready(world.get("pods", name))


async def test_a_pod_is_ready_when_its_readiness_gates_are_met_too(world):
    gates = [{"conditionType": "example.org/a"}, {"conditionType": "example.org/b"}]
    world.create("pods", pod(readinessGates=gates))
    await world.until(lambda: holds(world.get("pods", "web"), "ContainersReady"))
    reported = condition(world.get("pods", "web"), "Ready")
    assert (reported["status"], reported["reason"]) == ("False", "ReadinessGatesNotReady")
    assert reported["message"] == (
        'corresponding condition of pod readiness gate "example.org/a" does not exist., '
        'corresponding condition of pod readiness gate "example.org/b" does not exist.'
    )

    def output(**statuses: str) -> None:
        def change(obj: Object) -> Object:
            others = [c for c in obj["status"]["conditions"] if not c["type"].startswith("example.org/")]
            mine = [{"type": f"example.org/{name}", "status": value} for name, value in statuses.items()]
            return {**obj, "status": {**obj["status"], "conditions": others + mine}}

        edit(world.store, Key("pods", "default", "web"), change, status=True)

    output(a="True", b="False")
    await world.until(
        lambda: 'not "True", but False' in condition(world.get("pods", "web"), "Ready")["message"]
    )
    output(a="True", b="True")
    await world.until(lambda: ready(world))
    output(a="True", b="Unknown")
    await world.until(lambda: not ready(world))


async def test_a_pod_on_its_way_and_there(world):
    world.create("pods", pod())
    stages = []

    def look(change: Any) -> None:
        if change.key.resource == "pods" and change.key.name == "web":
            state = next(
                iter((change.object["status"].get("containerStatuses") or [{"state": {}}])[0]["state"]), ""
            )
            stage = (change.object["status"]["phase"], bool(change.object["spec"].get("nodeName")), state)
            if stage not in stages:
                stages.append(stage)

    world.store.subscribe(look)
    await world.until(lambda: ready(world))
    assert stages == [("Pending", True, ""), ("Pending", True, "waiting"), ("Running", True, "running")]
    status = world.get("pods", "web")["status"]
    assert [c["type"] for c in status["conditions"]] == [
        "PodReadyToStartContainers",
        "Initialized",
        "Ready",
        "ContainersReady",
        "PodScheduled",
    ]
    assert status["hostIP"] == "172.18.0.3"
    assert status["podIP"].startswith("10.244.1.")
    reported = entry(world)
    assert reported["imageID"].startswith("docker.io/library/nginx@sha256:")
    assert reported["containerID"].startswith("containerd://")
    assert reported["started"] is True
    events = [(e["reason"], e["message"]) for e in world.store.list("events", "default")]
    assert [reason for reason, _ in events] == ["Scheduled", "Pulling", "Pulled", "Created", "Started"]
    assert events[0][1] == "Successfully assigned default/web to practice-worker"
    assert events[3:] == [("Created", "Created container: main"), ("Started", "Started container main")]
    pulled = world.store.list("events", "default")[2]
    assert pulled["involvedObject"]["fieldPath"] == "spec.containers{main}"
    assert pulled["source"] == {"component": "kubelet", "host": "practice-worker"}
    assert pulled["count"] == 1


async def test_the_second_pull_is_none(world):
    world.create("pods", pod())
    await world.until(lambda: ready(world))
    world.create("pods", pod("other"))
    await world.until(lambda: ready(world, "other"))
    assert 'Container image "nginx:1.25" already present on machine' in world.events("Pulled")


async def test_deletion_takes_a_moment_and_frees_the_address(world):
    world.create("pods", pod())
    await world.until(lambda: ready(world))
    first = world.get("pods", "web")["status"]["podIP"]
    world.delete("pods", "web")
    assert "deletionTimestamp" in world.get("pods", "web")["metadata"]
    await world.until(lambda: world.find("pods", "web") is None)
    assert world.events("Killing") == ["Stopping container main"]
    world.create("pods", pod("next"))
    await world.until(lambda: ready(world, "next"))
    assert world.get("pods", "next")["status"]["podIP"] == first


async def test_init_containers_come_first(world):
    init = [
        {"name": "first", "image": "busybox:1.36", "command": ["sh", "-c", "echo hi"]},
        {"name": "second", "image": "busybox:1.36", "command": ["true"]},
    ]
    world.create("pods", pod(initContainers=init))
    await world.until(
        lambda: (
            condition(world.get("pods", "web"), "Initialized") and "waiting" in entry(world).get("state", {})
        )
    )
    assert entry(world)["state"]["waiting"]["reason"] == "PodInitializing"
    unready = condition(world.get("pods", "web"), "Initialized")
    assert unready["message"] == "containers with incomplete status: [first second]"
    await world.until(lambda: ready(world))
    ended = world.get("pods", "web")["status"]["initContainerStatuses"]
    assert [reported["state"]["terminated"]["reason"] for reported in ended] == ["Completed", "Completed"]
    assert all(reported["ready"] for reported in ended)


async def test_a_failing_init_container_holds_the_pod(world):
    init = [{"name": "first", "image": "busybox:1.36", "command": ["false"]}]
    world.create("pods", pod(initContainers=init))

    def reported() -> Object:
        return (world.get("pods", "web").get("status", {}).get("initContainerStatuses") or [{}])[0]

    await world.until(
        lambda: reported().get("state", {}).get("waiting", {}).get("reason") == "CrashLoopBackOff"
    )
    assert world.get("pods", "web")["status"]["phase"] == "Pending"
    assert not ready(world)


async def test_a_native_sidecar_runs_beside(world):
    init = [{"name": "proxy", "image": "docker.io/istio/proxyv2:1.27.0", "restartPolicy": "Always"}]
    world.create("pods", pod(initContainers=init))
    await world.until(lambda: ready(world))
    (reported,) = world.get("pods", "web")["status"]["initContainerStatuses"]
    assert reported["ready"] and reported["started"] and "running" in reported["state"]


async def test_a_missing_config_map_is_waited_for(world):
    env = [{"name": "A", "valueFrom": {"configMapKeyRef": {"name": "settings", "key": "a"}}}]
    world.create("pods", pod(container={"env": env}))
    await world.until(lambda: "CreateContainerConfigError" in str(entry(world)))
    assert entry(world)["state"]["waiting"]["message"] == 'configmap "settings" not found'
    assert world.events("Failed") == ['Error: configmap "settings" not found']
    meta = {"name": "settings", "namespace": "default"}
    made = world.create("configmaps", {"apiVersion": "v1", "kind": "ConfigMap", "metadata": meta, "data": {}})
    await world.until(lambda: "couldn't find key a in ConfigMap default/settings" in str(entry(world)))
    world.store.update("configmaps", {**made, "data": {"a": "1"}})
    await world.until(lambda: ready(world))


async def test_a_missing_volume_is_waited_for(world):
    volumes = [{"name": "keys", "secret": {"secretName": "keys"}}]
    world.create("pods", pod(volumes=volumes))
    await world.until(lambda: world.events("FailedMount"))
    assert world.events("FailedMount") == [
        'MountVolume.SetUp failed for volume "keys" : secret "keys" not found'
    ]
    meta = {"name": "keys", "namespace": "default"}
    world.create("secrets", {"apiVersion": "v1", "kind": "Secret", "metadata": meta, "type": "Opaque"})
    await world.until(lambda: ready(world))


async def test_a_missing_claim_is_unschedulable(world):
    volumes = [{"name": "data", "persistentVolumeClaim": {"claimName": "data"}}]
    world.create("pods", pod(volumes=volumes))
    await world.until(lambda: world.events("FailedScheduling"))
    assert world.events("FailedScheduling") == [
        '0/2 nodes are available: persistentvolumeclaim "data" not found. preemption: 0/2 nodes are available: '
        "2 Preemption is not helpful for scheduling."
    ]
    spec = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}
    meta = {"name": "data", "namespace": "default"}
    world.create(
        "persistentvolumeclaims",
        {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": meta, "spec": spec},
    )
    await world.until(lambda: ready(world))
    claim = world.get("persistentvolumeclaims", "data")
    assert claim["spec"]["storageClassName"] == "standard"
    world.delete("pods", "web")
    world.delete("persistentvolumeclaims", "data")
    await world.until(lambda: not world.store.list("persistentvolumes"))


async def test_too_much_cpu_is_unschedulable_until_there_is_room(world):
    world.create("pods", pod("big", container={"resources": {"requests": {"cpu": "3"}}}))
    await world.until(lambda: ready(world, "big"))
    world.create("pods", pod(container={"resources": {"requests": {"cpu": "3"}}}))
    await world.until(lambda: world.events("FailedScheduling"))
    assert "1 Insufficient cpu" in world.events("FailedScheduling")[0]
    world.delete("pods", "big")
    await world.until(lambda: ready(world))


async def test_a_node_selector_that_no_node_has(alive):
    async with alive(version="1.22") as world:
        world.create("pods", pod(nodeSelector={"disk": "ssd"}))
        await world.until(lambda: world.events("FailedScheduling"))
        assert world.events("FailedScheduling") == [
            "0/2 nodes are available: 1 node(s) didn't match Pod's node affinity/selector, 1 node(s) had taint "
            "{node-role.kubernetes.io/master: }, that the pod didn't tolerate."
        ]
        world.edit(
            "nodes", "practice-worker", lambda n: n["metadata"]["labels"].update(disk="ssd"), namespace=""
        )
        await world.until(lambda: ready(world))


async def test_a_cordoned_node_takes_no_pods(world):
    world.edit("nodes", "practice-worker", lambda n: n["spec"].update(unschedulable=True), namespace="")
    world.create("pods", pod())
    await world.until(lambda: world.events("FailedScheduling"))
    assert "1 node(s) were unschedulable" in world.events("FailedScheduling")[0]
    world.edit("nodes", "practice-worker", lambda n: n["spec"].pop("unschedulable"), namespace="")
    await world.until(lambda: ready(world))


async def test_a_shell_without_a_terminal_crash_loops_as_completed(world):
    world.create("pods", pod(image="busybox:1.36"))
    await world.until(lambda: "CrashLoopBackOff" in str(entry(world)))
    assert entry(world)["lastState"]["terminated"]["reason"] == "Completed"


@pytest.mark.parametrize(
    ("policy", "command", "phase"),
    [("Never", ["true"], "Succeeded"), ("Never", ["false"], "Failed"), ("OnFailure", ["date"], "Succeeded")],
)
async def test_pods_that_end(world, policy, command, phase):
    container = {"command": command, "image": "busybox:1.36"}
    world.create("pods", pod(container=container, restartPolicy=policy))
    await world.until(lambda: world.get("pods", "web")["status"]["phase"] == phase)
    world.delete("pods", "web")
    await world.until(lambda: world.find("pods", "web") is None)


async def test_another_image_restarts_the_container(world):
    world.create("pods", pod())
    await world.until(lambda: ready(world))
    world.edit("pods", "web", lambda p: p["spec"]["containers"][0].update(image="nginx:1.26"))
    await world.until(lambda: ready(world) and entry(world)["restartCount"] == 1)
    assert entry(world)["image"] == "docker.io/library/nginx:1.26"
    assert world.events("Killing") == ["Container main definition changed, will be restarted"]


async def test_a_restart_keeps_pods_and_addresses(alive, tmp_path):
    async with alive(tmp_path) as world:
        world.create("pods", pod())
        world.create("pods", pod("other"))
        await world.until(lambda: ready(world) and ready(world, "other"))
        before = [p["status"] for p in world.pods()]
    async with alive(tmp_path) as world:
        world.create("pods", pod("third"))
        await world.until(lambda: ready(world, "third"))
        assert [p["status"] for p in world.pods() if p["metadata"]["name"] != "third"] == before
        ips = [p["status"]["podIP"] for p in world.pods()]
        assert len(set(ips)) == 3
        assert world.events("Started").count("Started container main") == 3
        world.delete("pods", "web")
        await world.until(lambda: world.find("pods", "web") is None)


async def test_a_pod_that_was_on_its_way_arrives_after_a_restart(alive, tmp_path):
    async with alive(tmp_path, speed=5.0) as world:
        world.create("pods", pod())
        await world.until(lambda: "waiting" in entry(world).get("state", {}))
    async with alive(tmp_path) as world:
        await world.until(lambda: ready(world))
        assert entry(world)["restartCount"] == 0
        assert world.events("Scheduled") == ["Successfully assigned default/web to practice-worker"]


async def test_old_clusters_report_old_words(alive):
    async with alive(version="1.20") as world:
        world.create("pods", pod())
        await world.until(lambda: ready(world))
        assert world.events("Created") == ["Created container main"]
        assert [c["type"] for c in world.get("pods", "web")["status"]["conditions"]] == [
            "Initialized",
            "Ready",
            "ContainersReady",
            "PodScheduled",
        ]
        assert "hostIPs" not in world.get("pods", "web")["status"]
        (pulled,) = world.events("Pulled")
        assert pulled.startswith('Successfully pulled image "nginx:1.25" in ')
        assert "including" not in pulled


@pytest.mark.parametrize(
    ("name", "reported"),
    [
        ("nginx", None),
        ("nginx:1.25", None),
        ("nginx:1.27.3-alpine", None),
        ("nginx:1.999", "not found"),
        ("nginx:does-not-exist", "not found"),
        ("ngnix", "pull access denied"),
        ("ngnix:1.25", "pull access denied"),
        ("registry.invalid/web:1", "no such host"),
        ("docker.io/istio/pilot:1.11.3", None),
        ("gcr.io/istio-release/pilot:1.11.3", None),
        ("quay.io/kiali/kiali:v1.38", None),
        ("jimmidyson/configmap-reload:v0.5.0", None),
        ("grafana/grafana:7.5.5", None),
        ("postgres:17", None),
        ("postgres:99", "not found"),
        ("redis:7.2", None),
        ("my-app:0.1", None),
        ("localhost:5000/web:1", None),
        ("httpd:2.4.62", None),
        ("node:22-slim", None),
        ("python:3.13", None),
    ],
)
def test_which_images_can_be_pulled(name, reported):
    image = images.parse(name)
    assert image is not None
    why = images.refusal(image)
    assert (why is None) if reported is None else (why is not None and reported in why)


@pytest.mark.parametrize("name", ["Nginx", "nginx:", "ng inx", "", "nginx:-x", "/nginx"])
def test_names_that_are_no_images(name):
    assert images.parse(name) is None


def test_names_in_full():
    assert images.parse("nginx").full == "docker.io/library/nginx:latest"
    assert images.parse("istio/pilot:1.11.3").full == "docker.io/istio/pilot:1.11.3"
    assert images.parse("quay.io/kiali/kiali:v1.38").full == "quay.io/kiali/kiali:v1.38"


async def test_a_name_that_is_no_image(world):
    world.create("pods", pod(image="Nginx:1.25"))
    await world.until(lambda: "InvalidImageName" in str(entry(world)))


@pytest.mark.parametrize(
    ("image", "container", "expected"),
    [
        ("nginx", {}, None),
        ("busybox", {}, 0),
        ("busybox", {"stdin": True, "tty": True}, None),
        ("busybox", {"command": ["sleep", "infinity"]}, None),
        ("busybox", {"command": ["sleep", "3600"]}, 0),
        ("busybox", {"command": ["sh", "-c", "while true; do date; sleep 1; done"]}, None),
        ("busybox", {"command": ["/bin/sh", "-c", "exit 7"]}, 7),
        ("busybox", {"args": ["sh", "-c", "sleep 5; false"]}, 1),
        ("busybox", {"command": ["sh", "-c", "if test 1 -ne 1; then exit 1; fi; echo fine"]}, 0),
        ("busybox", {"command": ["sh", "-c", "ls || exit 3; echo fine"]}, 0),
        ("busybox", {"command": ["sh", "-c", "ls || { echo bad; exit 3; }"]}, 0),
        ("busybox", {"command": ["bash", "-c", "echo hi && sleep 5 && exit 42"]}, 42),
        (
            "busybox",
            {"command": ["sh", "-c", "for i in 1 2; do if [ $i = 9 ]; then exit 2; fi; done\nexit 4"]},
            4,
        ),
        ("nginx", {"command": ["nginx", "-g", "daemon off;"]}, None),
        ("hello-world", {}, 0),
    ],
)
def test_how_containers_end(image, container, expected):
    found = ending({"metadata": {}}, {"image": image, **container})
    assert (found.exit_code if found else None) == expected


def test_sleeps_take_their_time():
    container = {"image": "busybox", "command": ["sleep", "90"]}
    assert ending({"metadata": {}}, container).seconds == 90


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("100m", 0.1),
        ("2", 2),
        ("1.5", 1.5),
        ("128Mi", 2**27),
        ("1G", 1e9),
        ("8148356Ki", 8148356 * 1024),
        ("1e3", 1000),
    ],
)
def test_quantities(text, number):
    assert float(quantity(text)) == number


async def test_unready_conditions_name_the_containers(world):
    world.faults.add("slow-start", seconds=1e6)
    world.create("pods", pod())
    await world.until(lambda: entry(world).get("started"))
    assert not holds(world.get("pods", "web"), "ContainersReady")
