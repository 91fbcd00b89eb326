"""Pods that are not ready: each rule at its edges, with statuses, events and nodes as a cluster writes them."""

from __future__ import annotations

from datetime import timedelta

import pytest
from fake_world import FORBIDDEN, NOW, FakeCluster, FakeWorld, make

from checks.diagnosis.container_causes import not_mounted, not_set_up
from checks.diagnosis.crashes import crashes
from checks.diagnosis.creation import not_created
from checks.diagnosis.evidence import (
    commanded,
    condition_path,
    containers,
    events_about,
    times,
    warnings_about,
    when,
)
from checks.diagnosis.gates import gate_not_met
from checks.diagnosis.image_causes import image_not_pulled
from checks.diagnosis.likeness import LONGEST, MOST, nearest
from checks.diagnosis.node_causes import evicted, node_not_ready
from checks.diagnosis.pod_causes import MOST_LOOKED_INTO, unready_pods
from checks.diagnosis.probes import liveness_kills, probe_fails
from checks.diagnosis.scheduling import not_scheduled
from checks.diagnosis.spelling import probably_meant
from checks.diagnosis.volume_causes import claim_not_bound, not_bound


def world(*objects, logs=None, **error_of) -> FakeWorld:
    made = FakeWorld(cluster=FakeCluster(objects, **error_of))
    made.cluster.written = dict(logs or {})
    return made


def at(seconds):
    """A time of the API server's, so many seconds ago."""
    return (NOW - timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%SZ")


def pod(*statuses, name="web-1", init=(), phase="Running", conditions=(), age=3600, spec=None, **metadata):
    made = make(
        "Pod",
        name,
        spec=spec or {},
        status={
            "phase": phase,
            "containerStatuses": list(statuses),
            "initContainerStatuses": list(init),
            "conditions": list(conditions),
        },
    )
    made["metadata"] |= {"creationTimestamp": at(age), **metadata}
    return made


def waiting(reason, message="", name="app", image="nginx:1", **status):
    return {
        "name": name,
        "image": image,
        "state": {"waiting": {"reason": reason, "message": message}},
        **status,
    }


def event(reason, message, name="web-1", kind="Pod", seconds=10, **more):
    about = {"kind": kind, "name": name, **more.pop("about", {})}
    return make("Event", f"{reason}{message}", type="Warning", reason=reason, message=message, lastTimestamp=at(seconds),
                involvedObject=about, **more)  # fmt: skip


def rule(finding):
    return finding and finding.rule


# crashes

LOOPS = "CrashLoopBackOff"


def ended(code=1, **more):
    return {"lastState": {"terminated": {"exitCode": code, **more}}}


@pytest.mark.parametrize(
    ("status", "log", "expected", "field"),
    [
        (
            waiting(LOOPS, "back-off", **ended(137, reason="OOMKilled")),
            "x",
            "out-of-memory",
            "lastState.terminated.reason",
        ),
        (waiting(LOOPS, "back-off", **ended()), "exec /bin/x: exec format error", "wrong-architecture", ""),
        (
            waiting("RunContainerError", "exec format error"),
            "",
            "wrong-architecture",
            "state.waiting.message",
        ),
        (
            waiting(LOOPS, "back-off", **ended(message="Exec Format Error")),
            "",
            "wrong-architecture",
            "lastState.terminated.message",
        ),
        (waiting(LOOPS, "back-off", **ended(127)), "sh: x: not found", "command-not-found", ""),
        (waiting(LOOPS, "back-off", **ended(127)), "", "command-not-found", "state.waiting.message"),
        (
            waiting("RunContainerError", 'exec: "x": executable file not found in $PATH'),
            "",
            "command-not-found",
            "state.waiting.message",
        ),
        (
            waiting("CreateContainerError", "no command specified"),
            "x",
            "container-not-started",
            "state.waiting.message",
        ),
        (waiting("RunContainerError", "oops"), "x", "container-not-started", "state.waiting.message"),
        (waiting(LOOPS, "back-off", **ended(0)), "bye", "ends-by-itself", "lastState.terminated.exitCode"),
        (waiting(LOOPS, "back-off", **ended(128)), "panic", "crash-loop", ""),
        (waiting(LOOPS, "back-off", **ended(126)), "panic", "crash-loop", ""),
        (waiting(LOOPS, "back-off", **ended(137)), "", "crash-loop", "state.waiting.message"),
        (waiting(LOOPS, "back-off"), "", "crash-loop", "state.waiting.message"),
        ({"name": "app", "state": {"running": {}}, "restartCount": 9, **ended()}, "x", None, ""),
        (waiting("ContainerCreating", "", restartCount=1, **ended()), "x", None, ""),
    ],
)
async def test_a_container_that_ends(status, log, expected, field):
    finding = await crashes(world(logs={("web-1", "app"): log}), pod(status))
    assert rule(finding) == expected
    if finding:
        place = f"status.containerStatuses[0].{field}" if field else ""
        assert (finding.field, finding.source) == (place, "" if field else "log of container app")
        assert finding.evidence


@pytest.mark.parametrize(
    ("status", "told"),
    [
        ({"state": {"terminated": {"exitCode": 2}}, "restartCount": 1}, True),
        ({"state": {"running": {}}, "restartCount": 1, **ended(2)}, True),
        ({"state": {"running": {}}, "restartCount": 1, **ended(0)}, False),
        ({"state": {"terminated": {"exitCode": 2}}, "restartCount": 0}, False),
        ({"state": {"running": {}}, "restartCount": 1}, False),
    ],
)
async def test_an_init_container_that_ended_badly(status, told):
    bad = pod(init=[{"name": "init", "image": "x", **status}])
    assert (await crashes(world(), bad) is not None) is told
    assert (
        await crashes(world(), pod({"name": "app", "image": "x", **status})) is None
    )  # it is started again by itself


async def test_the_field_of_a_crash_is_where_the_end_is():
    now = {"name": "init", "state": {"terminated": {"exitCode": 2, "message": "bad"}}, "restartCount": 1}
    assert (
        await crashes(world(), pod(init=[now]))
    ).field == "status.initContainerStatuses[0].state.terminated.message"
    finding = await crashes(
        world(logs={("web-1", "app"): "  \nlast\n words \n"}), pod(waiting(LOOPS, **ended(3)))
    )
    assert (finding.evidence, finding.remedy.values["command"]) == (
        "last / words", "kubectl logs pod/web-1 -c app -n istio-system --previous")  # fmt: skip
    assert finding.cause.values["exit_code"] == 3


async def test_only_the_last_lines_are_quoted():
    log = "\n".join(str(number) for number in range(9))
    finding = await crashes(world(logs={("web-1", "app"): log}), pod(waiting(LOOPS, **ended(3))))
    assert finding.evidence == "4 / 5 / 6 / 7 / 8"


@pytest.mark.parametrize("code", [137, 143])
async def test_a_killed_container_may_have_been_killed_by_its_probe(code):
    dead = pod(waiting(LOOPS, **ended(code)))
    said = event("Unhealthy", "Liveness probe failed: HTTP probe failed with statuscode: 500")
    assert rule(await crashes(world(said), dead)) == "liveness-fails"
    assert rule(await crashes(world(event("Unhealthy", "Readiness probe failed: x")), dead)) == "crash-loop"
    assert rule(await crashes(world(said), pod(waiting(LOOPS, **ended(1))))) == "crash-loop"


@pytest.mark.parametrize(
    ("nodes", "arch"),
    [([make("Node", "n", None, status={"nodeInfo": {"architecture": "arm64"}})], "arm64"), ([], None)],
)
async def test_the_processor_of_the_node_is_told(nodes, arch):
    broken = pod(waiting(LOOPS, **ended(message="exec format error")), spec={"nodeName": "n"})
    finding = await crashes(world(*nodes), broken)
    assert (arch or "unknown") in finding.cause.render()
    assert "unknown" in (await crashes(world(*nodes, Node=FORBIDDEN), broken)).cause.render()


# probes

READY_503 = "Readiness probe failed: HTTP probe failed with statuscode: 503"


def runs(started=100, unready=100, restarts=0, probe=None, name="app", **more):
    status = {"name": name, "state": {"running": {"startedAt": at(started)}}, "restartCount": restarts}
    condition = {"type": "Ready", "status": "False", "lastTransitionTime": at(unready)}
    return pod(status, conditions=[condition], spec={"containers": [{"name": name, **(probe or {})}]}, **more)


@pytest.mark.parametrize(
    ("made", "said", "count", "seconds", "expected"),
    [
        (runs(), READY_503, 2, 10, None),
        (runs(), READY_503, 3, 10, "probe-fails"),
        (runs(probe={"readinessProbe": {"failureThreshold": 5}}), READY_503, 4, 10, None),
        (runs(probe={"readinessProbe": {"failureThreshold": 5}}), READY_503, 5, 10, "probe-fails"),
        (runs(probe={"readinessProbe": {"failureThreshold": 1}}), READY_503, 1, 10, "probe-fails"),
        (runs(probe={"livenessProbe": {"failureThreshold": 9}}), READY_503, 3, 10, "probe-fails"),
        (runs(unready=98), READY_503, 1, 10, "probe-fails"),  # it was ready for a while
        (runs(unready=99), READY_503, 1, 10, None),
        (runs(started=10), READY_503, 3, 11, "probe-fails"),  # clocks are in whole seconds
        (runs(started=10), READY_503, 3, 12, None),  # of the run before
        (runs(started=10), "Liveness probe failed: x", 3, 12, None),
        (runs(started=10, restarts=1), "Liveness probe failed: x", 1, 12, "liveness-fails"),
        (runs(started=10, restarts=1), READY_503, 9, 12, None),
        (runs(), "Startup probe failed: x", 9, 10, None),
        (runs(name="istio-proxy"), READY_503, 3, 10, "proxy-without-istiod"),
        (runs(name="istio-proxy"), "Readiness probe failed: connection refused", 3, 10, "probe-fails"),
        (runs(phase="Pending"), READY_503, 3, 10, None),
        (pod({"name": "app"}), READY_503, 3, 10, "probe-fails"),
    ],
)
async def test_a_probe_that_fails(made, said, count, seconds, expected):
    told = event("Unhealthy", said, count=count, seconds=seconds)
    assert rule(await probe_fails(world(told), made)) == expected


async def test_an_event_without_a_time_tells_of_no_probe():
    told = event("Unhealthy", READY_503, count=9)
    told["lastTimestamp"] = "soon"
    assert await probe_fails(world(told), runs()) is None


@pytest.mark.parametrize(
    ("said", "how"),
    [
        ("statuscode: 500", "HTTP status 500"),
        ("dial tcp: connect: connection refused", "nobody listens"),
        ("net/http: request canceled (Client.Timeout exceeded while awaiting headers)", "in time"),
        ("dial tcp 10.0.0.1:80: i/o timeout", "in time"),
        ("command timed out", "in time"),
        ("exit status 1", "as the probe wants"),
    ],
)
async def test_how_a_probe_fails(said, how):
    finding = await liveness_kills(world(event("Unhealthy", f"Liveness probe failed: {said}")), runs())
    assert how in finding.cause.render()
    assert await liveness_kills(world(event("Unhealthy", f"Readiness probe failed: {said}")), runs()) is None


# events


async def test_events_are_those_of_the_object_itself_the_newest_first():
    mine = pod(name="web-1", uid="u1")
    told = [
        event("Failed", "old", seconds=30),
        event("Failed", "new", seconds=5, about={"uid": "u1"}),
        event("Failed", "of another", about={"uid": "u2"}),
        event("Failed", "other name", name="web-2"),
        event("Failed", "other kind", kind="ReplicaSet"),
        event("Other", "other reason"),
        {**event("Failed", "no warning"), "type": "Normal"},
    ]
    assert await warnings_about(world(*told), mine, "Failed", "X") == ["new", "old"]
    assert await events_about(world(*told, Event=FORBIDDEN), mine, "Failed") == []
    anonymous = pod(name="web-1")
    assert await warnings_about(world(*told[:3]), anonymous, "Failed") == ["new", "of another", "old"]


async def test_events_of_what_has_no_namespace_are_in_default():
    node = make("Node", "n", None)
    told = {**event("Failed", "x", name="n", kind="Node"), "metadata": {"name": "e", "namespace": "default"}}
    assert await warnings_about(world(told), node, "Failed") == ["x"]


@pytest.mark.parametrize(
    ("fields", "count", "time"),
    [
        ({}, 1, ""),
        ({"count": 4, "lastTimestamp": "b", "eventTime": "a"}, 4, "b"),
        ({"count": 4, "lastTimestamp": "b", "series": {"count": 7, "lastObservedTime": "c"}}, 7, "c"),
        ({"eventTime": "a", "metadata": {"creationTimestamp": "z"}}, 1, "a"),
        ({"metadata": {"creationTimestamp": "z"}}, 1, "z"),
    ],
)
def test_how_often_and_when_an_event_was_reported(fields, count, time):
    assert (times(fields), when(fields)) == (count, time)


def test_containers_and_their_places():
    both = pod({"name": "b"}, {"name": "c", "state": {"terminated": {"exitCode": 1}}}, init=[{"name": "a"}])
    assert [(each.name, each.path, each.init) for each in containers(both)] == [
        ("a", "status.initContainerStatuses[0]", True),
        ("b", "status.containerStatuses[0]", False),
        ("c", "status.containerStatuses[1]", False),
    ]
    assert [each.ended for each in containers(both)] == [{}, {}, {"exitCode": 1}]
    known = pod(conditions=[{"type": "A"}, {"type": "B"}])
    assert [condition_path(known, kind) for kind in "ABC"] == [
        "status.conditions[0]",
        "status.conditions[1]",
        "",
    ]


@pytest.mark.parametrize(
    ("owner", "labels", "called"),
    [
        (None, {}, "pod/web-1"),
        ({"kind": "ReplicaSet", "name": "web-5f6"}, {"pod-template-hash": "5f6"}, "deployment/web"),
        ({"kind": "ReplicaSet", "name": "web-5f6"}, {}, "replicaset/web-5f6"),
        ({"kind": "ReplicaSet", "name": "web-5f6"}, {"pod-template-hash": "777"}, "replicaset/web-5f6"),
        ({"kind": "StatefulSet", "name": "web-5f6"}, {"pod-template-hash": "5f6"}, "statefulset/web-5f6"),
        ({"kind": "Job", "name": "a"}, {}, "job/a"),
        ({"kind": "DaemonSet", "name": "a"}, {}, "daemonset/a"),
        ({"kind": "Rollout", "name": "a"}, {}, "pod/web-1"),
    ],
)
def test_how_kubectl_names_a_pod(owner, labels, called):
    assert commanded(pod(labels=labels, ownerReferences=[owner] if owner else [])) == called


# images


@pytest.mark.parametrize(
    ("status", "events", "expected", "field", "source"),
    [
        (waiting("ErrImagePull", "manifest unknown"), [], "image-not-found", "message", ""),
        (waiting("ErrImagePull"), [], "image-not-pulled", "reason", ""),
        (waiting("ErrImagePull", "HTTP 429"), [], "pull-limit", "message", ""),
        (waiting("ErrImageNeverPull", "x"), [], "image-not-on-node", "message", ""),
        (waiting("ErrImagePull", "no match for platform in manifest"), [], "image-platform", "message", ""),
        (waiting("ErrImagePull", "dial tcp: i/o timeout"), [], "registry-unreachable", "message", ""),
        (waiting("ErrImagePull", "unauthorized", image="quay.io/a/b"), [], "image-denied", "message", ""),
        (
            waiting("ErrImagePull", "x", image="gcr.io/istio-release/pilot:1"),
            [],
            "registry-retired",
            "message",
            "",
        ),
        (
            waiting("ImagePullBackOff", "Back-off"),
            [event("Failed", "Failed to pull image: not found")],
            "image-not-found",
            "",
            "event Failed",
        ),
        (
            waiting("ImagePullBackOff", "Back-off"),
            [event("Failed", "Back-off pull not found")],
            "image-not-pulled",
            "message",
            "",
        ),
        (
            waiting("ImagePullBackOff", "Back-off"),
            [event("Failed", "Error: not found")],
            "image-not-pulled",
            "message",
            "",
        ),
        (
            waiting("ErrImagePull", "x"),
            [event("Failed", "Failed to pull image: not found")],
            "image-not-pulled",
            "message",
            "",
        ),
        (waiting("ContainerCreating", "manifest unknown"), [], None, "", ""),
    ],
)
async def test_an_image_that_is_not_pulled(status, events, expected, field, source):
    finding = await image_not_pulled(world(*events), pod({"name": "fine", "state": {"running": {}}}, status))
    assert rule(finding) == expected
    if finding:
        assert (finding.field, finding.source) == (
            f"status.containerStatuses[1].state.waiting.{field}" if field else "",
            source,
        )


def running_with(image, phase="Running"):
    return make("Pod", image, spec={"containers": [{"image": image}]}, status={"phase": phase})


def earlier(image, ready):
    return make(
        "ReplicaSet",
        image,
        spec={"template": {"spec": {"containers": [{"image": image}]}}},
        status={"readyReplicas": ready},
    )


@pytest.mark.parametrize(
    ("image", "objects", "meant"),
    [
        ("ngnix:1.25", [], "nginx:1.25"),
        ("ngnix", [], "nginx"),
        ("docker.io/library/ngnix:1", [], "nginx:1"),
        ("nginx:1.999", [], ""),
        ("nginx:1.999", [running_with("nginx:1.25")], "nginx:1.25"),
        (
            "nginx:1.999",
            [running_with("docker.io/library/nginx:1.2"), running_with("nginx:1.1")],
            "docker.io/library/nginx:1.2",
        ),
        ("nginx:1.999", [running_with("nginx:1.25", "Pending")], ""),
        ("nginx:1.999", [earlier("nginx:1.25", 1)], "nginx:1.25"),
        ("nginx:1.999", [earlier("nginx:1.25", 0)], ""),
        ("shop/frontend:2", [running_with("shop/frontends:2")], "shop/frontends:2"),
        ("shop/frontend:2", [running_with("shop/backend:7")], ""),
        ("shop/frontend:2", [running_with("shop/frontend:2")], ""),
        ("quay.io/kiali/kaili:v1", [], "quay.io/kiali/kiali:v1"),
    ],
)
async def test_the_image_that_was_meant(image, objects, meant):
    assert await probably_meant(world(*objects), pod(), image) == meant


async def test_a_misspelled_image_is_told_with_the_right_one():
    status = waiting("ErrImagePull", "manifest unknown", image="ngnix:1")
    finding = await image_not_pulled(world(), pod(status))
    assert (finding.rule, finding.remedy.values["meant"]) == ("image-misspelled", "nginx:1")
    other = waiting("ErrImagePull", "no such host", image="ngnix:1")
    assert rule(await image_not_pulled(world(), pod(other))) == "registry-unreachable"


def test_names_that_are_like_another():
    assert nearest("kaili", ["grafana", "kiali"]) == "kiali"
    assert nearest("x", ["kiali"]) == ""
    assert nearest("a" * LONGEST, ["a" * LONGEST]) == "a" * LONGEST
    assert nearest("a" * (LONGEST + 1), ["a" * LONGEST]) == ""
    assert nearest("a" * LONGEST, ["a" * (LONGEST + 1)]) == ""
    assert nearest("kaili", ["x"] * (MOST - 1) + ["kiali"]) == "kiali"
    assert nearest("kaili", ["x"] * MOST + ["kiali"]) == ""
    assert nearest("abcdefghij", ["abcdefxxxx"]) == "abcdefxxxx"
    assert nearest("abcdefghij", ["abcdexxxxx"]) == ""


# nodes, scheduling, gates


def node(status, message="kubelet stopped posting", reason="NodeStatusUnknown"):
    conditions = [{"type": "Ready", "status": status, "message": message, "reason": reason}] if status else []
    return make("Node", "n", None, status={"conditions": conditions})


@pytest.mark.parametrize(
    ("objects", "named", "field"),
    [
        ([node("Unknown")], "n", "status.conditions[0].message"),
        ([node("False", "")], "n", "status.conditions[0].reason"),
        ([node("True")], "n", None),
        ([node("")], "n", None),
        ([], "n", None),
        ([node("False")], "", None),
    ],
)
async def test_a_node_that_is_not_ready(objects, named, field):
    placed = pod(spec={"nodeName": named})
    finding = await node_not_ready(world(*objects), placed)
    assert (finding and finding.field) == field
    assert not finding or finding.evidence
    assert await node_not_ready(world(*objects, Node=FORBIDDEN), placed) is None


@pytest.mark.parametrize(
    ("reason", "message", "told"),
    [
        ("Evicted", "low on memory", ("low on memory", "status.message")),
        ("Evicted", "", ("Evicted", "status.reason")),
        ("Shutdown", "x", None),
    ],
)
async def test_a_pod_that_was_put_out(reason, message, told):
    out = make("Pod", "web-1", status={"phase": "Failed", "reason": reason, "message": message})
    finding = await evicted(world(), out)
    assert (finding and (finding.evidence, finding.field)) == told


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ("0/1 nodes are available: 1 Insufficient memory.", "no-room"),
        ("0/1 nodes are available: 1 Insufficient pods.", "too-many-pods"),
        ("0/1 nodes are available: 1 node(s) were unschedulable.", "node-cordoned"),
        ("0/1 nodes: 1 node(s) had untolerated taint {node.kubernetes.io/disk-pressure: }.", "node-pressure"),
        ("0/1 nodes: 1 node(s) had untolerated taint {a: b}.", "node-taint"),
        ("0/1 nodes: pod has unbound immediate PersistentVolumeClaims", None),
        ('persistentvolumeclaim "x" not found', None),
    ],
)
async def test_a_pod_that_no_node_takes(message, expected):
    other = {"type": "Initialized", "status": "True"}
    told = {"type": "PodScheduled", "status": "False", "message": message}
    finding = await not_scheduled(world(), pod(conditions=[other, told]))
    assert rule(finding) == expected
    assert not finding or finding.field == "status.conditions[1].message"
    assert await not_scheduled(world(), pod(conditions=[{**told, "status": "True"}])) is None


def gated(*conditions, age=60, message=""):
    ready = {"type": "Ready", "status": "False", "message": message}
    made = [{"type": kind, "status": status} for kind, status in conditions]
    return pod(
        conditions=[ready, *made],
        age=age,
        spec={"readinessGates": [{"conditionType": "a"}, {"conditionType": "b"}]},
    )


CONTAINERS = ("ContainersReady", "True")


@pytest.mark.parametrize(
    ("made", "evidence", "field"),
    [
        (gated(CONTAINERS), "a", "spec.readinessGates[0]"),
        (gated(CONTAINERS, ("a", "True")), "b", "spec.readinessGates[1]"),
        (gated(CONTAINERS, ("a", "False"), message="wait"), "wait", "status.conditions[0].message"),
        (gated(CONTAINERS, ("a", "True"), ("b", "True")), None, None),
        (gated(CONTAINERS, age=2), None, None),
        (gated(CONTAINERS, age=3), "a", "spec.readinessGates[0]"),
        (gated(("ContainersReady", "False")), None, None),
        (gated(), None, None),
        (pod(conditions=[{"type": "Ready", "status": "True"}, {"type": "ContainersReady", "status": "True"}],
             spec={"readinessGates": [{"conditionType": "a"}]}), None, None),
    ],
)  # fmt: skip
async def test_a_gate_that_is_not_met(made, evidence, field):
    finding = await gate_not_met(world(), made)
    assert (finding and (finding.evidence, finding.field)) == (evidence and (evidence, field))


# containers that are not set up


@pytest.mark.parametrize(
    ("status", "objects", "expected"),
    [
        (
            waiting("CreateContainerConfigError", 'configmap "settigs" not found'),
            [make("ConfigMap", "settings")],
            "configmap-missing",
        ),
        (
            waiting("CreateContainerConfigError", 'configmap "settings" not found'),
            [make("ConfigMap", "settings")],
            None,
        ),
        (waiting("CreateContainerConfigError", 'secret "x" not found'), [], "secret-missing"),
        (
            waiting("CreateContainerConfigError", "couldn't find key a in ConfigMap shop/settings"),
            [],
            "key-missing",
        ),
        (waiting("CreateContainerConfigError", "container has runAsNonRoot"), [], "container-config"),
        (waiting("CreateContainerError", "no command"), [], None),
        (waiting("CreateContainerError", 'secret "x" not found'), [], "secret-missing"),
        (waiting("ContainerCreating", 'secret "x" not found'), [], None),
    ],
)
async def test_a_container_that_is_not_set_up(status, objects, expected):
    fine = {"name": "fine", "state": {"running": {}}}
    finding = await not_set_up(world(*objects), pod(fine, status))
    assert rule(finding) == expected
    assert not finding or finding.field == "status.containerStatuses[1].state.waiting.message"
    early = await not_set_up(world(*objects), pod(fine, status, age=1))
    assert rule(early) == ("container-config" if expected == "container-config" else None)


async def test_a_name_that_is_nearly_there_is_told():
    status = waiting("CreateContainerConfigError", 'configmap "settigs" not found')
    near = await not_set_up(world(make("ConfigMap", "settings")), pod(status))
    assert near.remedy.values["near"] == "settings"
    assert "near" not in (await not_set_up(world(make("ConfigMap", "other")), pod(status))).remedy.values
    assert "near" not in (await not_set_up(world(ConfigMap=FORBIDDEN), pod(status))).remedy.values
    secret = waiting("CreateContainerConfigError", 'secret "settigs" not found')
    assert "near" not in (await not_set_up(world(make("Secret", "settings")), pod(secret))).remedy.values


CREATING = waiting("ContainerCreating")


@pytest.mark.parametrize(
    ("said", "status", "phase", "expected"),
    [
        (
            'MountVolume.SetUp failed for volume "v": configmap "x" not found',
            CREATING,
            "Pending",
            "configmap-missing",
        ),
        ("references non-existent secret key: a", CREATING, "Pending", "key-missing"),
        ("references non-existent config key: a", CREATING, "Pending", "key-missing"),
        (
            'MountVolume.SetUp failed for volume "v": exit status 32',
            CREATING,
            "Pending",
            "volume-not-mounted",
        ),
        ("AttachVolume.Attach failed: x", CREATING, "Pending", "volume-not-mounted"),
        ("Multi-Attach error for volume", waiting("PodInitializing"), "Pending", "volume-not-mounted"),
        ('MountVolume.SetUp failed: pod "x" not found', CREATING, "Pending", None),
        ("Unable to attach or mount volumes: timed out", CREATING, "Pending", None),
        ("AttachVolume.Attach failed: x", CREATING, "Running", None),
        ("AttachVolume.Attach failed: x", waiting("ErrImagePull"), "Pending", None),
    ],
)
async def test_a_volume_that_is_not_mounted(said, status, phase, expected):
    finding = await not_mounted(world(event("FailedMount", said)), pod(status, phase=phase))
    assert rule(finding) == expected
    assert not finding or (finding.source, finding.field) == ("event FailedMount", "")


# claims

WANTED = make("PersistentVolumeClaim", "data", spec={"storageClassName": "fast"}, status={"phase": "Pending"})
PLAIN = make("PersistentVolumeClaim", "data", spec={}, status={"phase": "Pending"})
NAMED = make("PersistentVolumeClaim", "data", spec={"volumeName": "v"}, status={"phase": "Pending"})
EMPTY = make("PersistentVolumeClaim", "data", spec={"storageClassName": ""}, status={"phase": "Pending"})
FAST, SLOW = (make("StorageClass", name, None) for name in ("fast", "slow"))
VOLUME = make("PersistentVolume", "v", None, spec={"storageClassName": "fast"})


def storage(*objects, **errors):
    made = world(*objects, **errors)
    made.cluster.kinds |= {"StorageClass", "PersistentVolume", "PersistentVolumeClaim"}
    return made


@pytest.mark.parametrize(
    ("claim", "objects", "expected"),
    [
        (WANTED, [FAST], None),
        (WANTED, [SLOW], "storage-class-missing"),
        (WANTED, [], "storage-class-missing"),
        (WANTED, [SLOW, VOLUME], None),
        (PLAIN, [FAST], None),
        (PLAIN, [], "no-storage-class"),
        (EMPTY, [], "no-storage-class"),
        (EMPTY, [SLOW], None),
        (NAMED, [], None),
        (
            PLAIN,
            [FAST, event("ProvisioningFailed", "no space", "data", "PersistentVolumeClaim")],
            "claim-not-provisioned",
        ),
        (
            PLAIN,
            [FAST, event("FailedBinding", "no space", "data", "PersistentVolumeClaim")],
            "claim-not-provisioned",
        ),
        ({**WANTED, "status": {"phase": "Bound"}}, [], None),
    ],
)
async def test_a_claim_that_is_not_bound(claim, objects, expected):
    assert rule(await not_bound(storage(*objects), claim)) == expected
    if expected in ("storage-class-missing", "no-storage-class"):
        assert await not_bound(storage(*objects, StorageClass=FORBIDDEN), claim) is None
    if expected == "storage-class-missing":
        assert await not_bound(storage(*objects, PersistentVolume=FORBIDDEN), claim) is None


async def test_the_claim_of_a_pod():
    volumes = [{"name": "tmp", "emptyDir": {}}, {"name": "d", "persistentVolumeClaim": {"claimName": "data"}}]
    mine = pod(spec={"volumes": volumes})
    finding = await claim_not_bound(storage(), mine)
    assert (finding.rule, finding.field) == (
        "claim-missing",
        "spec.volumes[1].persistentVolumeClaim.claimName",
    )
    assert await claim_not_bound(storage(), pod(spec={"volumes": volumes}, age=2)) is None
    assert rule(await claim_not_bound(storage(PLAIN), mine)) == "no-storage-class"
    assert await claim_not_bound(storage({**PLAIN, "status": {"phase": "Bound"}}), mine) is None
    assert await claim_not_bound(storage(PersistentVolumeClaim=FORBIDDEN), mine) is None
    assert await claim_not_bound(storage(), pod(spec={"volumes": volumes[:1]})) is None


# pods that are not created


@pytest.mark.parametrize(
    ("kind", "conditions", "events", "told"),
    [
        ("Deployment", [("ReplicaFailure", "True")], False, ("status.conditions[1].message", "")),
        ("Deployment", [("ReplicaFailure", "False")], True, None),
        ("Deployment", [], True, None),
        ("StatefulSet", [], True, ("", "event FailedCreate")),
        ("StatefulSet", [], False, None),
        ("ReplicaSet", [("ReplicaFailure", "True")], False, ("status.conditions[1].message", "")),
    ],
)
async def test_where_it_is_said_that_pods_are_not_created(kind, conditions, events, told):
    made = [{"type": "X"}] + [
        {"type": name, "status": status, "message": "failed quota: q"} for name, status in conditions
    ]
    workload = make(kind, "web", status={"conditions": made})
    said = [event("FailedCreate", "failed quota: q", "web", kind)] if events else []
    finding = await not_created(world(*said), workload)
    assert (finding and (finding.rule, finding.field, finding.source)) == (told and ("quota-unsaid", *told))


@pytest.mark.parametrize(
    ("namespace", "expected"),
    [("istio-system", "injection-in-istio-system"), ("shop", "injector-unreachable")],
)
async def test_a_webhook_that_does_not_answer_is_told_by_whose_it_is(namespace, expected):
    for hook, name in (("namespace.sidecar-injector.istio.io", expected), ("other", "webhook-unreachable")):
        failure = {
            "type": "ReplicaFailure",
            "status": "True",
            "message": f'failed calling webhook "{hook}": timeout',
        }
        workload = make("Deployment", "web", namespace, status={"conditions": [failure]})
        assert rule(await not_created(world(), workload)) == name
    harmless = {"type": "ReplicaFailure", "status": "True", "message": "sidecar-injector says no"}
    assert (
        rule(await not_created(world(), make("Deployment", "web", status={"conditions": [harmless]})))
        == "creation-refused"
    )


# which pods are asked


@pytest.mark.parametrize(
    ("phase", "ready", "going", "told"),
    [
        ("Pending", "False", False, True),
        ("Succeeded", "False", False, False),
        ("Running", "True", False, False),
        ("Pending", "False", True, False),
    ],
)
async def test_which_pods_want_explaining(phase, ready, going, told):
    more = {"deletionTimestamp": at(1)} if going else {}
    made = pod(
        waiting("ErrImagePull", "manifest unknown"),
        phase=phase,
        conditions=[{"type": "Ready", "status": ready}],
        **more,
    )
    assert bool(await unready_pods(world(), [made])) is told


async def test_two_hundred_pods_are_asked():
    fine = [pod(name=f"p{n}") for n in range(MOST_LOOKED_INTO - 1)]
    bad = pod(waiting("ErrImagePull", "manifest unknown"), name="bad")
    assert MOST_LOOKED_INTO == 200
    assert len(await unready_pods(world(), [*fine, bad])) == 1
    assert await unready_pods(world(), [*fine, pod(name="one more"), bad]) == ()
