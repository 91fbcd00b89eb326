"""Pods that wait for a node, a gate, a configuration, a volume; and pods that are not created."""

from __future__ import annotations

import pytest
from fake_world import FORBIDDEN, make
from pod_world import at, event, pod, rule, waiting, world

from checks.diagnosis.container_causes import not_mounted, not_set_up
from checks.diagnosis.creation import not_created
from checks.diagnosis.gates import gate_not_met
from checks.diagnosis.node_causes import evicted, node_not_ready
from checks.diagnosis.pod_causes import MOST_LOOKED_INTO, unready_pods
from checks.diagnosis.scheduling import not_scheduled
from checks.diagnosis.volume_causes import claim_not_bound, not_bound

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
        (waiting("CreateContainerConfigError", "container has runAsNonRoot"), [], "runs-as-root"),
        (waiting("CreateContainerConfigError", "runAsUser breaks non-root policy"), [], "runs-as-root"),
        (waiting("CreateContainerConfigError", "cannot convert sysctl"), [], "container-config"),
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
    assert rule(early) == (expected if expected in ("container-config", "runs-as-root") else None)


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
    if expected == "key-missing":
        assert finding.cause.values["kind"] == ("Secret" if "secret" in said else "ConfigMap")


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
