"""HorizontalPodAutoscalers: the bounds are kept; what nobody measures is said to be unknown."""

from __future__ import annotations

from typing import Any

import pytest

HPAS, DEPLOYMENTS = "horizontalpodautoscalers.autoscaling", "deployments.apps"


def deployment(replicas: int) -> Any:
    labels = {"app": "web"}
    pod = {"metadata": {"labels": labels}, "spec": {"containers": [{"name": "web", "image": "nginx"}]}}
    spec = {"replicas": replicas, "selector": {"matchLabels": labels}, "template": pod}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "web", "namespace": "default"},
        "spec": spec,
    }


def autoscaler(least: int, most: int, **target: str) -> Any:
    ref = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web", **target}
    spec = {"scaleTargetRef": ref, "minReplicas": least, "maxReplicas": most}
    meta = {"name": "web", "namespace": "default"}
    return {"apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler", "metadata": meta, "spec": spec}


def conditions(world: Any) -> dict[str, tuple[str, str]]:
    found = (world.get(HPAS, "web").get("status") or {}).get("conditions") or ()
    return {each["type"]: (each["status"], each["reason"]) for each in found}


@pytest.mark.parametrize(
    ("replicas", "wanted", "why"),
    [
        (1, 3, "Current number of replicas below Spec.MinReplicas"),
        (9, 5, "Current number of replicas above Spec.MaxReplicas"),
    ],
)
async def test_the_bounds_are_kept(world: Any, replicas: int, wanted: int, why: str) -> None:
    world.create(DEPLOYMENTS, deployment(replicas))
    world.create(HPAS, autoscaler(3, 5))
    await world.until(lambda: world.get(DEPLOYMENTS, "web")["spec"]["replicas"] == wanted)
    await world.until(lambda: world.events("SuccessfulRescale"))
    assert world.events("SuccessfulRescale") == [f"New size: {wanted}; reason: {why}"]
    await world.until(lambda: "ScalingActive" in conditions(world))
    assert conditions(world) == {
        "AbleToScale": ("True", "SucceededGetScale"),
        "ScalingActive": ("False", "FailedGetResourceMetric"),
    }
    status = world.get(HPAS, "web")["status"]
    assert (status["currentReplicas"], status["desiredReplicas"]) == (wanted, wanted)
    cause = (
        "failed to get cpu utilization: unable to get metrics for resource cpu: unable to fetch metrics from "
        "resource metrics API: the server could not find the requested resource (get pods.metrics.k8s.io)"
    )
    assert world.events("FailedGetResourceMetric") == [cause]
    assert world.events("FailedComputeMetricsReplicas") == [
        f"invalid metrics (1 invalid out of 1), first error is: failed to get cpu resource metric value: {cause}"
    ]


async def test_a_target_that_is_not_there(world: Any) -> None:
    world.create(HPAS, autoscaler(1, 5, name="nope"))
    await world.until(lambda: conditions(world) == {"AbleToScale": ("False", "FailedGetScale")})
    assert world.events("FailedGetScale") == ['deployments.apps "nope" not found']


async def test_a_target_of_zero_is_left_alone(world: Any) -> None:
    world.create(DEPLOYMENTS, deployment(0))
    world.create(HPAS, autoscaler(2, 5))
    await world.until(lambda: conditions(world).get("ScalingActive") == ("False", "ScalingDisabled"))
    assert world.get(DEPLOYMENTS, "web")["spec"]["replicas"] == 0
