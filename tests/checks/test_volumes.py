"""A pod that waits for its volume: the claim is missing, its class is, or nothing fills it."""

from __future__ import annotations

import pytest
from fake_world import FORBIDDEN, FakeCluster, FakeWorld, make

from checks.diagnosis.volume_causes import claim_not_bound

OLD = "2026-01-01T11:00:00Z"


def pod(*claims, created=OLD):
    volumes = [{"name": "plain", "emptyDir": {}}]
    volumes += [{"name": each, "persistentVolumeClaim": {"claimName": each}} for each in claims]
    made = make("Pod", "web", "shop", spec={"volumes": volumes}, status={"phase": "Pending"})
    made["metadata"]["creationTimestamp"] = created
    return made


def claim(name="data", phase="Pending", **spec):
    return make("PersistentVolumeClaim", name, "shop", spec=spec, status={"phase": phase})


def storage_class(name="standard"):
    return make("StorageClass", name, None)


def volume(name, of):
    return make("PersistentVolume", name, None, spec={"storageClassName": of})


KINDS = (storage_class("other"), volume("x", "other"))


async def rule(*objects, of=None, **error_of):
    cluster = FakeCluster([*KINDS, claim("another", "Bound"), *objects], **error_of)
    finding = await claim_not_bound(FakeWorld(cluster=cluster), of or pod("data"))
    return (finding.rule, finding.evidence, finding.field) if finding else None


async def test_a_claim_that_is_missing_is_found_in_the_pod():
    missing = ("claim-missing", "data", "spec.volumes[1].persistentVolumeClaim.claimName")
    assert await rule() == missing
    assert await rule(claim(phase="Bound")) is None
    assert await rule(claim("first", "Bound"), of=pod("first", "data")) == (
        "claim-missing",
        "data",
        "spec.volumes[2].persistentVolumeClaim.claimName",
    )
    assert await rule(of=pod()) is None
    assert await rule(of=pod("data", created="2026-01-01T12:00:00Z")) is None  # it may be made just now
    assert await rule(PersistentVolumeClaim=FORBIDDEN) is None


async def test_a_class_that_is_missing_and_of_which_nobody_made_volumes():
    missing = ("storage-class-missing", "fast", "spec.storageClassName")
    assert await rule(claim(storageClassName="fast")) == missing
    assert await rule(claim(storageClassName="fast"), storage_class("fast")) is None
    assert await rule(claim(storageClassName="fast"), volume("a", "fast")) is None
    assert await rule(claim(storageClassName="fast"), volume("a", "slow")) == missing
    assert await rule(claim(storageClassName="fast"), PersistentVolume=FORBIDDEN) is None
    assert await rule(claim(storageClassName="fast"), StorageClass=FORBIDDEN) is None
    assert await rule(claim(storageClassName="")) is None
    assert await rule(claim(storageClassName="fast", phase="Bound")) is None


@pytest.mark.parametrize("reason", ["ProvisioningFailed", "FailedBinding"])
async def test_what_the_provisioner_says(reason):
    about = {"kind": "PersistentVolumeClaim", "name": "data"}
    event = make(
        "Event",
        "e",
        "shop",
        reason=reason,
        type="Warning",
        message="no quota left",
        involvedObject=about,
        lastTimestamp=OLD,
    )
    assert await rule(claim(), event) == ("claim-not-provisioned", "no quota left", "")


@pytest.mark.parametrize(
    ("spec", "reported"),
    [
        ({}, True),
        ({"volumeName": "by-hand"}, False),
        ({"storageClassName": ""}, True),
        ({"storageClassName": "x"}, False),
    ],
)
async def test_a_cluster_without_any_class(spec, reported):
    world = FakeWorld(claim(**spec), volume("x", "x"))
    world.cluster.kinds |= {"StorageClass", "PersistentVolume"}
    finding = await claim_not_bound(world, pod("data"))
    assert (finding.rule if finding else None) == ("no-storage-class" if reported else None)
