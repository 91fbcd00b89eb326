"""Volumes of pods that run: what changes in them, and how long they last."""

from __future__ import annotations

import resource
from pathlib import Path

import pytest

from runner.practice.containers.container_limits import LARGEST_FILE_ON_DISK
from tests.practice.running.running_pods import RunningPods

MOUNT = {"volumeMounts": [{"name": "d", "mountPath": "/d"}]}
TOKEN = "/var/run/secrets/kubernetes.io/serviceaccount"


def config(value: str) -> dict[str, object]:
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "settings", "namespace": "default"},
        "data": {"color": value},
    }


async def test_changes_are_seen_in_volumes_after_a_while(pods: RunningPods) -> None:
    pods.world.create("configmaps", config("red"))
    mounts = [
        {"name": "d", "mountPath": "/d"},
        {"name": "d", "mountPath": "/etc/color", "subPath": "color"},
        {"name": "info", "mountPath": "/info"},
    ]
    labels = {"path": "labels", "fieldRef": {"fieldPath": "metadata.labels"}}
    volumes = [
        {"name": "d", "configMap": {"name": "settings"}},
        {"name": "info", "downwardAPI": {"items": [labels]}},
    ]
    pods.create("web", container={"volumeMounts": mounts}, volumes=volumes)
    await pods.running("web")
    assert await pods.sh("web", "cat /d/color /info/labels") == 'redapp="web"'
    pods.world.edit("configmaps", "settings", lambda obj: obj["data"].update(color="blue"))
    pods.world.edit("pods", "web", lambda obj: obj["metadata"]["labels"].update(tier="front"))
    script = "while ! grep -q tier /info/labels; do sleep 0.05; done; cat /d/color /etc/color"
    assert await pods.sh("web", script) == "bluered"


async def test_the_account_of_a_pod(pods: RunningPods) -> None:
    pods.create("web")
    await pods.running("web")
    assert await pods.sh("web", f"cd {TOKEN}; cat namespace; ls") == "defaultca.crt\nnamespace\ntoken\n"
    token = await pods.sh("web", f"cat {TOKEN}/token")
    user, _ = pods.kubelet._tokens.user(token)
    assert user.name == "system:serviceaccount:default:default"
    assert (await pods.sh("web", f"head -n 1 {TOKEN}/ca.crt")) == "-----BEGIN CERTIFICATE-----\n"


async def test_a_claim_outlives_its_pods_and_goes_with_its_volume(pods: RunningPods, tmp_path: Path) -> None:
    pods.world.create(
        "persistentvolumeclaims",
        {
            "metadata": {"name": "fs", "namespace": "default"},
            "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}},
        },
    )
    volumes = [{"name": "d", "persistentVolumeClaim": {"claimName": "fs"}}]
    pods.create("one", container=MOUNT, volumes=volumes)
    await pods.running("one")
    await pods.sh("one", "echo kept > /d/file")
    pods.world.delete("pods", "one", grace=0)
    pods.create("two", container=MOUNT, volumes=volumes)
    await pods.running("two")
    assert await pods.sh("two", "cat /d/file") == "kept\n"
    kept = tmp_path / "volumes/persistent"
    assert [folder.name for folder in kept.iterdir()]
    pods.world.delete("pods", "two", grace=0)
    pods.world.delete("persistentvolumeclaims", "fs")
    await pods.world.until(lambda: not list(kept.iterdir()))


async def test_an_empty_folder_outlives_its_containers_and_not_its_pod(pods: RunningPods) -> None:
    volumes = [{"name": "d", "emptyDir": {}}]
    script = "echo start >> /d/log; cat /d/log; while ! [ -e /d/end ]; do sleep 0.05; done; rm /d/end; exit 1"
    pods.create("web", script, container=MOUNT, volumes=volumes)
    await pods.running("web")
    await pods.sh("web", "touch /d/end")
    await pods.world.until(lambda: pods.of("web").get("restartCount") == 1 and "running" in pods.state("web"))
    assert await pods.log("web") == "start\nstart\n"
    pods.world.delete("pods", "web", grace=0)
    pods.create("web", script, container=MOUNT, volumes=volumes)
    await pods.running("web")
    assert await pods.sh("web", "cat /d/log") == "start\n"


async def test_a_missing_map_is_waited_for(pods: RunningPods) -> None:
    pods.create("web", container=MOUNT, volumes=[{"name": "d", "configMap": {"name": "settings"}}])
    words = 'MountVolume.SetUp failed for volume "d" : configmap "settings" not found'
    await pods.world.until(lambda: ("FailedMount", words) in pods.events("web"))
    pods.world.create("configmaps", config("red"))
    await pods.running("web")
    assert await pods.sh("web", "cat /d/color") == "red"


@pytest.mark.skipif(
    not hasattr(resource, "prlimit"), reason="the limit of another process can be read on Linux only"
)
async def test_one_file_is_bounded(pods: RunningPods) -> None:
    pods.create("web")
    await pods.running("web")
    limit, _ = resource.prlimit(pods.kubelet.runtime._process.pid, resource.RLIMIT_FSIZE)
    assert limit == LARGEST_FILE_ON_DISK
