"""Deployments, StatefulSets, DaemonSets and Jobs: when they are done, on their way, stuck."""

from __future__ import annotations

import pytest
from fake_world import FORBIDDEN, NAMESPACE, UNREACHABLE, FakeCluster, FakeWorld, make
from pydantic import TypeAdapter, ValidationError

from checks.base import Verdict
from checks.registry import AnyCheck, look

ANY = TypeAdapter(AnyCheck)
POD = {"spec": {"containers": [{"name": "discovery", "image": "docker.io/istio/pilot:1.11.3"}]}}


def deployment(spec=None, status=None, **parts):
    ready = {
        "observedGeneration": 2,
        "replicas": 1,
        "updatedReplicas": 1,
        "readyReplicas": 1,
        "availableReplicas": 1,
    }
    return make(
        "Deployment",
        "istiod",
        spec={"replicas": 1, "template": POD, **(spec or {})},
        status={**ready, **(status or {})},
        **parts,
    )


def progressing(reason):
    return {
        "conditions": [
            {"type": "Progressing", "status": "False", "reason": reason, "message": "took too long"}
        ]
    }


READY = {"deployment": "istiod", "in": "istio-system", "ready": True}


async def judged(check, world):
    outcome = await look(ANY.validate_python(check), world)
    return outcome.verdict, outcome.found.render()


@pytest.mark.parametrize(
    "check",
    [
        READY,
        {**READY, "replicas": 1},
        {**READY, "image": "pilot:1.11.3"},
        {**READY, "image": r"/pilot:1\.11\.\d+$"},
        {"deployment": "istiod", "in": "istio-system"},
    ],
)
async def test_a_deployment_that_is_right_passes(check):
    verdict, found = await judged(check, FakeWorld(deployment(), NAMESPACE))
    assert verdict is Verdict.PASSED, found


@pytest.mark.parametrize(
    ("obj", "verdict", "message"),
    [
        (deployment(status={"observedGeneration": 1}), Verdict.PENDING, "has not applied"),
        (deployment(status={"updatedReplicas": 0}), Verdict.PENDING, "updated replicas: 0 of 1"),
        (deployment(status={"replicas": 2}), Verdict.PENDING, "old replicas still to stop: 1"),
        (deployment(status={"availableReplicas": 0}), Verdict.PENDING, "ready replicas: 0 of 1"),
        (
            deployment(spec={"replicas": 3}, status={"updatedReplicas": 3, "replicas": 3}),
            Verdict.PENDING,
            "1 of 3",
        ),
        (deployment(status=progressing("ProgressDeadlineExceeded")), Verdict.FAILED, "took too long"),
        (
            deployment(
                status={"conditions": [{"type": "ReplicaFailure", "status": "True", "message": "quota"}]}
            ),
            Verdict.FAILED,
            "quota",
        ),
        (deployment(spec={"paused": True}, status={"updatedReplicas": 0}), Verdict.FAILED, "paused"),
        (deployment(spec={"replicas": 0}, status={"replicas": 0}), Verdict.FAILED, "Scaled to 0"),
        (deployment(going=True), Verdict.FAILED, "Being deleted"),
        (make("Deployment", "istiod"), Verdict.PENDING, "has not applied"),
    ],
)
async def test_a_deployment_that_is_not_ready(obj, verdict, message):
    actual, found = await judged(READY, FakeWorld(obj, NAMESPACE))
    assert (actual, message in found) == (verdict, True), found


@pytest.mark.parametrize(
    ("world", "verdict", "message"),
    [
        (FakeWorld(NAMESPACE), Verdict.FAILED, "Does not exist: Deployment istiod in namespace istio-system"),
        (FakeWorld(), Verdict.FAILED, "The namespace does not exist: istio-system"),
        (FakeWorld(cluster=FakeCluster(Namespace=FORBIDDEN)), Verdict.FAILED, "Does not exist: Deployment"),
        (FakeWorld(cluster=FakeCluster(error=UNREACHABLE)), Verdict.ERROR, "can't be reached"),
        (FakeWorld(cluster=FakeCluster(Deployment=FORBIDDEN)), Verdict.ERROR, "does not allow"),
    ],
)
async def test_what_is_not_there_or_not_readable(world, verdict, message):
    actual, found = await judged(READY, world)
    assert (actual, message in found) == (verdict, True), found


@pytest.mark.parametrize(
    ("asked", "message"),
    [({"replicas": 3}, "replicas: 1"), ({"image": "pilot:1.12"}, "docker.io/istio/pilot:1.11.3")],
)
async def test_what_differs_is_reported(asked, message):
    verdict, found = await judged({**READY, **asked}, FakeWorld(deployment(), NAMESPACE))
    assert (verdict, message in found) == (Verdict.FAILED, True), found


async def test_scaled_to_nothing_on_purpose_is_ready():
    obj = deployment(
        spec={"replicas": 0}, status={"replicas": 0, "updatedReplicas": 0, "availableReplicas": 0}
    )
    assert (await judged({**READY, "replicas": 0}, FakeWorld(obj)))[0] is Verdict.PASSED


@pytest.mark.parametrize(
    ("world", "verdict"),
    [
        (FakeWorld(), Verdict.PASSED),
        (FakeWorld(deployment()), Verdict.FAILED),
        (FakeWorld(deployment(going=True)), Verdict.PENDING),
        (FakeWorld(cluster=FakeCluster(error=UNREACHABLE)), Verdict.ERROR),
        (FakeWorld(cluster=FakeCluster(error=FORBIDDEN)), Verdict.ERROR),
    ],
)
async def test_absent(world, verdict):
    check = {"deployment": "istiod", "in": "istio-system", "absent": True}
    assert (await judged(check, world))[0] is verdict


def test_absent_and_ready_contradict_each_other():
    with pytest.raises(ValidationError, match="must not exist"):
        ANY.validate_python({**READY, "absent": True})


def statefulset(status=None, spec=None):
    good = {
        "observedGeneration": 2,
        "replicas": 2,
        "readyReplicas": 2,
        "updatedReplicas": 2,
        "currentRevision": "a",
        "updateRevision": "a",
    }
    return make("StatefulSet", "db", spec={"replicas": 2, **(spec or {})}, status={**good, **(status or {})})


@pytest.mark.parametrize(
    ("obj", "verdict", "message"),
    [
        (statefulset(), Verdict.PASSED, "2 of 2"),
        (statefulset({"readyReplicas": 1}), Verdict.PENDING, "1 of 2"),
        (statefulset({"observedGeneration": 1}), Verdict.PENDING, "has not applied"),
        (
            statefulset({"updateRevision": "b", "updatedReplicas": 1}),
            Verdict.PENDING,
            "updated replicas: 1 of 2",
        ),
        (
            statefulset(
                {"updateRevision": "b", "updatedReplicas": 1},
                {"updateStrategy": {"type": "RollingUpdate", "rollingUpdate": {"partition": 1}}},
            ),
            Verdict.PASSED,
            "2 of 2",
        ),
        (
            statefulset({"updateRevision": "b"}, {"updateStrategy": {"type": "OnDelete"}}),
            Verdict.PASSED,
            "2 of 2",
        ),
        (statefulset(spec={"replicas": 0}), Verdict.FAILED, "Scaled to 0"),
    ],
)
async def test_statefulset(obj, verdict, message):
    actual, found = await judged({"statefulset": "db", "in": "istio-system", "ready": True}, FakeWorld(obj))
    assert (actual, message in found) == (verdict, True), found


def daemonset(**status):
    good = {
        "observedGeneration": 2,
        "desiredNumberScheduled": 2,
        "updatedNumberScheduled": 2,
        "numberAvailable": 2,
    }
    return make("DaemonSet", "cni", status={**good, **status})


@pytest.mark.parametrize(
    ("obj", "verdict", "message"),
    [
        (daemonset(), Verdict.PASSED, "2 of 2"),
        (daemonset(numberAvailable=1), Verdict.PENDING, "ready replicas: 1 of 2"),
        (daemonset(updatedNumberScheduled=1), Verdict.PENDING, "updated replicas: 1 of 2"),
        (daemonset(observedGeneration=1), Verdict.PENDING, "has not applied"),
        (daemonset(desiredNumberScheduled=0), Verdict.FAILED, "no node"),
    ],
)
async def test_daemonset(obj, verdict, message):
    actual, found = await judged({"daemonset": "cni", "in": "istio-system", "ready": True}, FakeWorld(obj))
    assert (actual, message in found) == (verdict, True), found


def job(*conditions, spec=None, **status):
    return make("Job", "load", spec=spec or {}, status={"conditions": list(conditions), **status})


@pytest.mark.parametrize(
    ("obj", "verdict", "message"),
    [
        (job({"type": "Complete", "status": "True"}, succeeded=1), Verdict.PASSED, "completed"),
        (job(active=1), Verdict.PENDING, "0 of 1"),
        (
            job({"type": "Failed", "status": "True", "reason": "BackoffLimitExceeded", "message": "gave up"}),
            Verdict.FAILED,
            "BackoffLimitExceeded",
        ),
        (job(spec={"suspend": True}), Verdict.FAILED, "suspended"),
    ],
)
async def test_job(obj, verdict, message):
    actual, found = await judged({"job": "load", "in": "istio-system", "ready": True}, FakeWorld(obj))
    assert (actual, message in found) == (verdict, True), found
