"""Workloads that are not ready: their own settings and conditions, their newest pods, what was deleted around them."""

from __future__ import annotations

import pytest
from fake_world import FORBIDDEN, FakeCluster, FakeWorld, make

from checks.diagnosis.leaving import namespace_stuck
from checks.diagnosis.workload_causes import (
    MOST_LOOKED_INTO,
    REVISION,
    newest_pods,
    pod_findings,
    unready_workload,
)


def world(*objects, **error_of) -> FakeWorld:
    made = FakeWorld(cluster=FakeCluster(objects, **error_of))
    made.cluster.kinds |= {"ReplicaSet"}
    return made


def condition(kind, status="True", **more):
    return {"type": kind, "status": status, **more}


def workload(kind="Deployment", conditions=(), labels={"app": "web"}, **spec):  # noqa: B006  # only read
    selector = {"selector": {"matchLabels": labels}} if labels else {}
    made = make(kind, "web", spec={**selector, **spec}, status={"conditions": [condition("X"), *conditions]})
    made["metadata"]["uid"] = "d1"
    return made


def pod(name="web-1", owner="", broken=True, **more):
    waits = {"waiting": {"reason": "ErrImagePull", "message": "manifest unknown"}}
    made = make("Pod", name, labels={"app": "web"}, **more)
    made["status"] = {
        "phase": "Pending",
        "containerStatuses": [{"name": "a", "image": "quay.io/a/b", "state": waits if broken else {}}],
    }
    made["metadata"]["ownerReferences"] = [{"uid": owner}] if owner else []
    return made


def replica_set(uid, revision, owner="d1"):
    made = make("ReplicaSet", uid, labels={"app": "web"})
    made["metadata"] |= {"uid": uid, "ownerReferences": [{"uid": owner}], "annotations": {REVISION: revision}}
    return made


def rules(findings):
    return [each.rule for each in findings]


DEADLINE = condition("Failed", reason="DeadlineExceeded")
TOO_OFTEN = condition("Failed", reason="BackoffLimitExceeded")
STALLED = condition("Progressing", "False", reason="ProgressDeadlineExceeded", message="timed out")
REFUSED = condition("ReplicaFailure", message="exceeded quota: q")


@pytest.mark.parametrize(
    ("made", "pods", "rule", "field"),
    [
        (workload(), [], None, ""),
        (workload(), [pod()], "image-not-found", "status.containerStatuses[0].state.waiting.message"),
        (workload(replicas=0), [pod()], "scaled-to-zero", "spec.replicas"),
        (workload(replicas=1), [], None, ""),
        (workload("StatefulSet", replicas=0), [], "scaled-to-zero", "spec.replicas"),
        (workload("Job", replicas=0), [], None, ""),
        (workload(paused=True), [pod()], "rollout-paused", "spec.paused"),
        (workload(paused=False), [], None, ""),
        (workload(replicas=0, paused=True), [], "scaled-to-zero", "spec.replicas"),
        (workload(conditions=[REFUSED], replicas=0), [], "quota-exceeded", "status.conditions[1].message"),
        (workload("Job", [DEADLINE]), [pod()], "job-deadline", "status.conditions[1].reason"),
        (
            workload("Job", [{**DEADLINE, "message": "too long"}]),
            [],
            "job-deadline",
            "status.conditions[1].message",
        ),
        (workload("Job", [{**DEADLINE, "status": "False"}]), [], None, ""),
        (
            workload("Job", [TOO_OFTEN]),
            [pod()],
            "image-not-found",
            "status.containerStatuses[0].state.waiting.message",
        ),
        (workload("Job", [TOO_OFTEN]), [], "job-failed", "status.conditions[1].reason"),
        (
            workload("Job", [{**TOO_OFTEN, "message": "often"}]),
            [],
            "job-failed",
            "status.conditions[1].message",
        ),
        (workload("Job", [{**TOO_OFTEN, "status": "False"}]), [], None, ""),
        (workload("Deployment", [TOO_OFTEN]), [], None, ""),
        (
            workload(conditions=[STALLED]),
            [pod()],
            "image-not-found",
            "status.containerStatuses[0].state.waiting.message",
        ),
        (workload(conditions=[STALLED]), [], "no-progress", "status.conditions[1].message"),
        (workload(conditions=[condition("Progressing", reason="NewReplicaSetAvailable")]), [], None, ""),
    ],
)
async def test_why_a_workload_is_not_ready(made, pods, rule, field):
    found = await unready_workload(world(*pods), made)
    assert [(each.rule, each.field) for each in found] == ([(rule, field)] if rule else [])
    assert all(each.evidence for each in found)


@pytest.mark.parametrize(
    ("made", "objects", "chosen"),
    [
        (workload(), [pod("a", "r1"), pod("b", "r2"), replica_set("r1", "1"), replica_set("r2", "2")], ["b"]),
        (
            workload(),
            [pod("a", "r9"), pod("b", "r10"), replica_set("r9", "9"), replica_set("r10", "10")],
            ["b"],
        ),
        (
            workload(),
            [pod("a", "r1"), replica_set("r1", "1"), replica_set("r2", "2")],
            ["a"],
        ),  # none of the newest yet
        (
            workload(),
            [pod("a", "r1"), pod("b", "r2"), replica_set("r1", "1"), replica_set("r2", "2", "other")],
            ["a"],
        ),
        (workload(), [pod("a", "r1"), pod("b", "r2"), replica_set("r1", "1"), replica_set("r2", "x")], ["a"]),
        (
            workload(),
            [pod("a", "r1"), pod("b", "r2"), replica_set("r1", "1" * 18), replica_set("r2", "2" * 19)],
            ["a"],
        ),
        (workload(), [pod("a", "r1"), pod("b")], ["a", "b"]),
        (workload("StatefulSet"), [pod("a", "r1"), pod("b", "r2"), replica_set("r2", "2")], ["a", "b"]),
        (workload(labels={}), [pod("a")], []),
    ],
)
async def test_the_pods_of_the_newest_template(made, objects, chosen):
    pods = await newest_pods(world(*objects), made)
    assert [each["metadata"]["name"] for each in pods] == chosen
    unread = await newest_pods(world(*objects, ReplicaSet=FORBIDDEN), made)
    of_all = [each["metadata"]["name"] for each in objects if each["kind"] == "Pod"]
    assert [each["metadata"]["name"] for each in unread] == (of_all if chosen else [])


async def test_a_workload_without_a_uid_has_the_sets_of_its_labels():
    made = workload()
    del made["metadata"]["uid"]
    objects = [pod("a", "r1"), pod("b", "r2"), replica_set("r1", "1", "d1"), replica_set("r2", "2", "d2")]
    assert [each["metadata"]["name"] for each in await newest_pods(world(*objects), made)] == ["b"]


CLAIM = make("PersistentVolumeClaim", "data", spec={}, status={"phase": "Pending"})


@pytest.mark.parametrize(
    ("objects", "expected"),
    [
        ([workload()], ["image-not-found"]),
        ([workload("ReplicaSet")], ["image-not-found"]),
        ([workload(replicas=0)], ["image-not-found"]),  # it may be what is wanted
        ([workload(conditions=[REFUSED])], ["quota-exceeded"]),
        ([make("Service", "web", spec={"selector": {"app": "web"}})], []),
        ([pod("own")], ["image-not-found"]),
        ([pod("own", broken=False)], []),
        ([CLAIM], ["no-storage-class"]),
        ([{**CLAIM, "status": {"phase": "Bound"}}], []),
        (
            [make("ConfigMap", "a"), workload(conditions=[REFUSED]), pod("own")],
            ["quota-exceeded", "image-not-found"],
        ),
        ([make("ConfigMap", "a")] * (MOST_LOOKED_INTO - 1) + [pod("own")], ["image-not-found"]),
        ([make("ConfigMap", "a")] * MOST_LOOKED_INTO + [pod("own")], []),
    ],
)
async def test_what_keeps_objects_from_being_as_wanted(objects, expected):
    made = world(pod())
    made.cluster.kinds |= {"StorageClass"}
    assert rules(await pod_findings(made, objects)) == expected
    assert MOST_LOOKED_INTO == 20


@pytest.mark.parametrize(
    ("conditions", "going", "told"),
    [
        (
            [
                condition("NamespaceContentRemaining", message="b"),
                condition("NamespaceFinalizersRemaining", message="a"),
            ],
            True,
            ("a", 1),
        ),
        ([condition("NamespaceDeletionContentFailure", message="a")], True, ("a", 0)),
        ([condition("NamespaceContentRemaining", "False", message="b")], True, None),
        ([condition("NamespaceContentRemaining", message="b")], False, None),
        ([], True, None),
    ],
)
def test_what_a_namespace_waits_for(conditions, going, told):
    finding = namespace_stuck(make("Namespace", "shop", None, going=going, status={"conditions": conditions}))
    assert (finding and (finding.evidence, finding.field)) == (
        told and (told[0], f"status.conditions[{told[1]}].message")
    )
    assert namespace_stuck(None) is None
