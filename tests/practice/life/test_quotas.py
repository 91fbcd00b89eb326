"""ResourceQuotas: what counts, by the kinds' own word."""

from __future__ import annotations

from typing import Any

import pytest

from runner.practice.kinds.pod_quota import in_scope, usage
from runner.practice.machinery.errors import ApiError


def quota(name: str, hard: dict[str, str], **spec: Any) -> Any:
    meta = {"name": name, "namespace": "default"}
    return {"apiVersion": "v1", "kind": "ResourceQuota", "metadata": meta, "spec": {"hard": hard, **spec}}


def pod(name: str = "web", requests: Any = None, limits: Any = None, **spec: Any) -> Any:
    resources = {"requests": requests or {}, "limits": limits or {}}
    container = {"name": "web", "image": "nginx", "resources": resources}
    meta = {"name": name, "namespace": "default"}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": meta, "spec": {"containers": [container], **spec}}


def used(world: Any, name: str) -> Any:
    return (world.get("resourcequotas", name).get("status") or {}).get("used")


def test_init_containers_come_one_after_the_other() -> None:
    big = {"name": "init", "resources": {"requests": {"cpu": "2"}}}
    beside = {"name": "side", "restartPolicy": "Always", "resources": {"requests": {"cpu": "500m"}}}
    asked = {
        name: str(amount) for name, amount in usage(pod(requests={"cpu": "1"}, initContainers=[big])).items()
    }
    assert asked == {"pods": "1", "requests.cpu": "2", "cpu": "2"}
    found = usage(pod(requests={"cpu": "2"}, initContainers=[beside, big], overhead={"cpu": "1"}))
    assert float(found["requests.cpu"]) == 3.5
    assert usage({**pod(), "status": {"phase": "Succeeded"}}) == {}


@pytest.mark.parametrize(
    ("scope", "inside", "outside"),
    [
        ("Terminating", pod(activeDeadlineSeconds=5), pod()),
        ("NotTerminating", pod(), pod(activeDeadlineSeconds=5)),
        ("BestEffort", pod(), pod(limits={"cpu": "1"})),
        ("NotBestEffort", pod(requests={"memory": "1Mi"}), pod()),
    ],
)
def test_scopes(scope: str, inside: Any, outside: Any) -> None:
    term = {"scopeName": scope, "operator": "Exists"}
    assert in_scope(inside, term)
    assert not in_scope(outside, term)


def test_the_scope_of_a_priority_class() -> None:
    def term(operator: str, *values: str) -> Any:
        return {"scopeName": "PriorityClass", "operator": operator, "values": list(values)}

    high = pod(priorityClassName="high")
    assert in_scope(high, term("In", "high"))
    assert not in_scope(high, term("In", "low"))
    assert not in_scope(high, term("NotIn", "high"))
    assert in_scope(high, term("Exists"))
    assert in_scope(pod(), term("DoesNotExist"))


async def test_a_quota_of_a_scope_counts_what_is_in_it(world: Any) -> None:
    scoped = quota("best-effort", {"pods": "1"}, scopes=["BestEffort"])
    world.create("resourcequotas", scoped)
    world.create("pods", pod("first"))
    world.create("pods", pod("asks", requests={"cpu": "1m"}))
    await world.until(lambda: used(world, "best-effort") == {"pods": "1"})
    with pytest.raises(
        ApiError, match="exceeded quota: best-effort, requested: pods=1, used: pods=1, limited: pods=1"
    ):
        world.create("pods", pod("second"))
    world.create("pods", pod("asks-too", requests={"cpu": "1m"}))


async def test_any_kind_is_counted_and_claims_by_their_class(world: Any) -> None:
    by_class = "standard.storageclass.storage.k8s.io"
    hard = {
        "count/deployments.apps": "3",
        "services.nodeports": "4",
        "requests.storage": "5Gi",
        f"{by_class}/requests.storage": "1Gi",
        f"{by_class}/persistentvolumeclaims": "2",
    }
    world.create("resourcequotas", quota("all", hard))
    meta = {"name": "web", "namespace": "default"}
    ports = [{"name": "a", "port": 1}, {"name": "b", "port": 2}]
    world.create(
        "services",
        {
            "apiVersion": "v1",
            "kind": "Service",
            "metadata": meta,
            "spec": {"type": "NodePort", "ports": ports},
        },
    )
    spec = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}
    claim = {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "spec": spec}
    world.create("persistentvolumeclaims", {**claim, "metadata": meta})
    other = {**claim, "metadata": {**meta, "name": "slow"}, "spec": {**spec, "storageClassName": "slow"}}
    world.create("persistentvolumeclaims", other)
    wanted = {
        "count/deployments.apps": "0",
        "services.nodeports": "2",
        "requests.storage": "2Gi",
        f"{by_class}/requests.storage": "1Gi",
        f"{by_class}/persistentvolumeclaims": "1",
    }
    await world.until(lambda: used(world, "all") == wanted, lambda: used(world, "all"))
    with pytest.raises(ApiError, match="exceeded quota"):
        world.create("persistentvolumeclaims", {**claim, "metadata": {**meta, "name": "third"}})
