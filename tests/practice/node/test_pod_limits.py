"""What ends a pod as a whole."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from runner.practice.containers.container_config import VolumeConfig
from runner.practice.containers.container_limits import MOST_ON_DISK
from runner.practice.machinery.store import Object
from runner.practice.node import pod_limits
from runner.practice.node.pod_limits import PodFailure, PodLimits


def pod(**spec: Any) -> Object:
    return {"metadata": {"uid": "u-1"}, "spec": spec, "status": {"startTime": "2026-01-01T00:00:00Z"}}


def limits_of(of: Object, sizes: dict[str, int], *kept: str) -> PodLimits:
    async def volume_sizes(_ids: list[str]) -> dict[str, int]:
        return sizes

    cluster: Any = SimpleNamespace(container_speed=1.0, seconds=lambda real: real)
    runtime: Any = SimpleNamespace(runs=True, volume_sizes=volume_sizes)
    volumes: Any = SimpleNamespace(configs=[VolumeConfig(id_, folder="/kept") for id_ in kept])
    return PodLimits(cluster, runtime, volumes, lambda: of)


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pod_limits, "SIZES_EVERY", 0.001)


@pytest.mark.parametrize(
    ("spec", "runs", "has"),
    [
        ({}, True, False),
        ({"volumes": [{"name": "d", "emptyDir": {}}]}, True, False),
        ({"volumes": [{"name": "d", "emptyDir": {"sizeLimit": "1Ki"}}]}, True, True),
        ({"volumes": [{"name": "d", "emptyDir": {"sizeLimit": "1Ki"}}]}, False, False),
        ({"volumes": [{"name": "d", "hostPath": {"path": "/x"}}]}, True, True),
        ({"activeDeadlineSeconds": 5}, False, True),
    ],
)
def test_only_pods_with_limits_are_watched(spec: Object, runs: bool, has: bool) -> None:
    assert PodLimits.of(pod(**spec), runs=runs) is has


async def test_too_much_in_an_empty_folder() -> None:
    of = pod(volumes=[{"name": "d", "emptyDir": {"sizeLimit": "1Ki"}}])
    failure = await limits_of(of, {"u-1/d": 1025}).broken()
    message = 'Usage of EmptyDir volume "d" exceeds the limit "1Ki". '
    assert failure == PodFailure("Evicted", message, grace=0.0)


async def test_too_much_on_the_disk_of_this_machine() -> None:
    of = pod(volumes=[{"name": "d", "persistentVolumeClaim": {"claimName": "fs"}}])
    failure = await limits_of(of, {"persistent/pv": MOST_ON_DISK + 1}, "persistent/pv").broken()
    assert failure.reason == "Evicted"
    assert failure.message == "The node was low on resource: ephemeral-storage. "


async def test_the_deadline_counts_from_the_start() -> None:
    failure = await limits_of(pod(activeDeadlineSeconds=5), {}).broken()
    assert (failure.reason, failure.event) == ("DeadlineExceeded", "Normal")
