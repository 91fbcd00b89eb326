"""Containers that end or whose probes fail: each rule at its edges, and the events and places it rests on."""

from __future__ import annotations

import pytest
from fake_world import FORBIDDEN, make
from pod_world import at, ended, event, pod, rule, waiting, world

from checks.diagnosis.crashes import crashes
from checks.diagnosis.evidence import (
    commanded,
    condition_path,
    containers,
    events_about,
    times,
    warnings_about,
    when,
)
from checks.diagnosis.probes import liveness_kills, probe_fails

# crashes

LOOPS = "CrashLoopBackOff"


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
        ("dial tcp: connect: connection refused", "nothing listens"),
        ("net/http: request canceled (Client.Timeout exceeded while awaiting headers)", "in time"),
        ("dial tcp 10.0.0.1:80: i/o timeout", "in time"),
        ("command timed out", "in time"),
        ("exit status 1", "unexpected response"),
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
