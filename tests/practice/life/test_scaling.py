"""Autoscaling by what is measured: up under load and back, tolerance, unready and missing pods, behavior."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import pytest

from runner.practice.controllers.object_helpers import name_of
from runner.practice.controllers.replica_calculator import (
    Count,
    NoReplicaCount,
    PodGroups,
    by_average,
    by_utilization,
)
from runner.practice.controllers.resource_metrics import Figure, Measured
from runner.practice.controllers.scaling_limits import ScalingHistory
from runner.practice.machinery.store import Object
from tests.practice.life.test_autoscaling import DEPLOYMENTS, HPAS, autoscaler, conditions, deployment

NOW = datetime(2099, 1, 1, tzinfo=UTC)


def requesting(replicas: int, cpu: str = "100m") -> Object:
    made = deployment(replicas)
    resources = {"requests": {"cpu": cpu, "memory": "64Mi"}}
    made["spec"]["template"]["spec"]["containers"][0]["resources"] = resources
    return made


def scaler(most: int, *metrics: Object, **more: Any) -> Object:
    made = autoscaler(1, most)
    made["spec"] |= {**({"metrics": list(metrics)} if metrics else {}), **more}
    return made


class Load:
    """What all pods use together is shared by those that there are, as requests over a Service are."""

    def __init__(self, world: Any) -> None:
        self._world, self.cpu, self.memory = world, 0.0, 2**20
        self._metrics = world.control_plane.context.metrics
        self._metrics.served = self._metrics.available = True
        self._metrics.pods = self

    def get(self, key: tuple[str, str]) -> Measured | None:
        pods = [name_of(pod) for pod in self._world.pods() if pod.get("status", {}).get("phase") == "Running"]
        if key[1] not in pods:
            return None
        return Measured(NOW, 0.0, {"web": Figure(self.cpu / len(pods), self.memory)})


def replicas(world: Any) -> int:
    return int(world.get(DEPLOYMENTS, "web")["spec"]["replicas"])


async def test_up_under_load_and_back(world: Any) -> None:
    load = Load(world)
    world.create(DEPLOYMENTS, requesting(1))
    target = {"type": "Utilization", "averageUtilization": 50}
    world.create(HPAS, scaler(3, {"type": "Resource", "resource": {"name": "cpu", "target": target}}))
    await world.until(lambda: conditions(world).get("ScalingActive") == ("True", "ValidMetricFound"))
    assert replicas(world) == 1
    load.cpu = 0.4
    await world.until(lambda: replicas(world) == 3)
    await world.until(lambda: world.events("SuccessfulRescale"))
    why = "cpu resource utilization (percentage of request) above target"
    assert world.events("SuccessfulRescale") == [f"New size: 3; reason: {why}"]
    await world.until(lambda: conditions(world).get("ScalingLimited") == ("True", "TooManyReplicas"))
    current = world.get(HPAS, "web")["status"]["currentMetrics"][0]
    assert current["type"] == "Resource"
    assert current["resource"]["current"]["averageUtilization"] > 50
    load.cpu = 0.0
    await world.until(lambda: conditions(world)["AbleToScale"] == ("True", "ScaleDownStabilized"))
    assert replicas(world) == 3
    await world.until(lambda: replicas(world) == 1)
    assert "New size: 1; reason: All metrics below target" in world.events("SuccessfulRescale")


async def test_the_most_of_several_metrics_counts(world: Any) -> None:
    load = Load(world)
    load.memory = 300 * 2**20
    world.create(DEPLOYMENTS, requesting(1))
    average = {"type": "AverageValue", "averageValue": "100Mi"}
    of_container = {
        "name": "cpu",
        "container": "web",
        "target": {"type": "Utilization", "averageUtilization": 90},
    }
    metrics: Sequence[Object] = (
        {"type": "Resource", "resource": {"name": "memory", "target": average}},
        {"type": "ContainerResource", "containerResource": of_container},
    )
    world.create(HPAS, scaler(9, *metrics))
    await world.until(lambda: replicas(world) > 1)
    assert world.events("SuccessfulRescale")[0] == "New size: 3; reason: memory resource above target"
    first, second = world.get(HPAS, "web")["status"]["currentMetrics"]
    assert first == {
        "type": "Resource",
        "resource": {"name": "memory", "current": {"averageValue": str(300 * 2**20)}},
    }
    assert second["containerResource"]["container"] == "web"


async def test_without_a_request_nothing_can_be_said(world: Any) -> None:
    Load(world)
    world.create(DEPLOYMENTS, deployment(1))
    world.create(HPAS, scaler(3))
    await world.until(
        lambda: any("missing request" in each for each in world.events("FailedGetResourceMetric"))
    )
    pod = name_of(world.pods()[0])
    wanted = f"failed to get cpu utilization: missing request for cpu in container web of Pod {pod}"
    assert wanted in world.events("FailedGetResourceMetric")


def groups(ready: int, ignored: str = "", missing: str = "") -> PodGroups:
    return PodGroups(ready, frozenset(ignored.split()), frozenset(missing.split()))


REQUESTS = {"a": 100, "b": 100, "c": 100}


@pytest.mark.parametrize(
    ("current", "values", "groups", "wanted"),
    [
        (2, {"a": 54, "b": 54}, groups(2), 2),  # within the tolerance
        (2, {"a": 60, "b": 60}, groups(2), 3),
        (3, {"a": 10, "b": 10, "c": 10}, groups(3), 1),
        (2, {"a": 200}, groups(1, missing="b"), 4),  # up: what is missing counts as nothing
        (3, {"a": 10, "b": 10}, groups(2, missing="c"), 3),  # down: as all that it requests
        (2, {"a": 60, "b": 1000}, groups(1, ignored="b"), 2),  # up: what is not ready counts as nothing
        (2, {"a": 300, "b": 0}, groups(1, ignored="b"), 6),
    ],
)
def test_utilization(current: int, values: dict[str, int], groups: PodGroups, wanted: int) -> None:
    assert by_utilization(current, 50, values, REQUESTS, groups, 32).replicas == wanted


def test_averages_and_what_no_pod_says() -> None:
    assert by_average(2, 100, {"a": 150, "b": 250}, groups(2), 32) == Count(4, 200)
    with pytest.raises(NoReplicaCount, match="targeted pods"):
        by_average(2, 100, {"a": 150}, groups(0, ignored="a"), 32)
    with pytest.raises(NoReplicaCount, match="any ready pods"):
        by_average(2, 100, {"a": 150}, groups(0, ignored="a"), 20)


def test_at_most_twice_as_many_without_a_behavior() -> None:
    history = ScalingHistory()
    allowed, said = history.limited({"maxReplicas": 100}, 5, 50, 0.0)
    assert allowed == 10
    assert said[1][:3] == ("ScalingLimited", "True", "ScaleUpLimit")
    assert ScalingHistory().limited({"maxReplicas": 100}, 1, 50, 0.0)[0] == 4


def test_lower_numbers_wait_for_the_stabilization() -> None:
    history, spec = ScalingHistory(), {"maxReplicas": 10}
    assert history.limited(spec, 3, 3, 0.0)[0] == 3
    assert history.limited(spec, 3, 1, 15.0)[0] == 3
    assert history.limited(spec, 3, 1, 299.0)[0] == 3
    assert history.limited(spec, 3, 1, 301.0)[0] == 1


def test_policies() -> None:
    policies = [{"type": "Pods", "value": 1, "periodSeconds": 60}]
    down = {"selectPolicy": "Max", "policies": policies, "stabilizationWindowSeconds": 0}
    up = {"selectPolicy": "Disabled", "policies": policies, "stabilizationWindowSeconds": 0}
    spec = {"maxReplicas": 10, "behavior": {"scaleDown": down, "scaleUp": up}}
    history = ScalingHistory()
    allowed, said = history.limited(spec, 5, 1, 0.0)
    assert allowed == 4
    assert said[1][2] == "ScaleDownLimit"
    history.scaled(5, 4, 0.0)
    assert history.limited(spec, 4, 1, 30.0)[0] == 4
    assert history.limited(spec, 4, 1, 61.0)[0] == 3
    assert ScalingHistory().limited(spec, 4, 8, 0.0)[0] == 4
    up |= {
        "selectPolicy": "Max",
        "policies": [{"type": "Percent", "value": 50, "periodSeconds": 60}, *policies],
    }
    assert ScalingHistory().limited(spec, 4, 8, 0.0)[0] == 6
    up["selectPolicy"] = "Min"
    assert ScalingHistory().limited(spec, 4, 8, 0.0)[0] == 5
