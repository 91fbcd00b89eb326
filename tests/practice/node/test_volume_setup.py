"""What the kubelet has in the volumes of a pod, from the objects of a store."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import pytest

from runner.practice.containers.container_config import Mount, VolumeConfig
from runner.practice.machinery.store import Object
from runner.practice.node.pod_tokens import PodTokens
from runner.practice.node.volume_folders import VolumeFolders
from runner.practice.node.volume_setup import PodVolumes, size_limits
from runner.practice.node.volume_sources import VolumeProblem
from tests.practice.node.stored_objects import Objects, named

CONFIG = named("ConfigMap", "settings", data={"a": "1", "b": "2"})
SECRET = named("Secret", "pass", data={"p": base64.b64encode(b"admin").decode()})


def pod(*volumes: Object, **spec: Any) -> Object:
    meta = {"name": "web", "namespace": "shop", "uid": "u-1", "labels": {"app": "web", "tier": "front"}}
    base = {
        "nodeName": "worker",
        "containers": [{"name": "main", "resources": {"limits": {"memory": "64Mi"}}}],
        "volumes": [{"name": f"v{index}", **volume} for index, volume in enumerate(volumes)],
    }
    return {"metadata": meta, "spec": {**base, **spec}, "status": {"podIP": "10.244.1.5"}}


def volumes_of(
    of: Object, *objects: Object, folder: Path | None = None, tokens: PodTokens | None = None
) -> PodVolumes:
    store: Any = Objects(*objects)
    made = PodVolumes(store, VolumeFolders(folder) if folder else None, tokens)
    made.set_up(of)
    return made


def only(of: Object, *objects: Object) -> VolumeConfig:
    (config,) = volumes_of(of, *objects).configs
    return config


@pytest.mark.parametrize(
    ("volume", "files", "modes"),
    [
        ({"configMap": {"name": "settings"}}, {"a": b"1", "b": b"2"}, {"a": 0o644, "b": 0o644}),
        (
            {"configMap": {"name": "settings", "defaultMode": 0o400, "items": [{"key": "a", "path": "x/y"}]}},
            {"x/y": b"1"},
            {"x/y": 0o400},
        ),
        (
            {"secret": {"secretName": "pass", "items": [{"key": "p", "path": "p", "mode": 0o600}]}},
            {"p": b"admin"},
            {"p": 0o600},
        ),
        ({"configMap": {"name": "none", "optional": True}}, {}, {}),
        (
            {
                "configMap": {
                    "name": "settings",
                    "optional": True,
                    "items": [{"key": "none", "path": "n"}, {"key": "a", "path": "a"}],
                }
            },
            {"a": b"1"},
            {"a": 0o644},
        ),
        (
            {
                "downwardAPI": {
                    "items": [
                        {"path": "labels", "fieldRef": {"fieldPath": "metadata.labels"}},
                        {
                            "path": "mem",
                            "resourceFieldRef": {
                                "containerName": "main",
                                "resource": "limits.memory",
                                "divisor": "1Mi",
                            },
                        },
                    ]
                }
            },
            {"labels": b'app="web"\ntier="front"', "mem": b"64"},
            {"labels": 0o644, "mem": 0o644},
        ),
        (
            {
                "projected": {
                    "defaultMode": 0o440,
                    "sources": [
                        {"configMap": {"name": "settings", "items": [{"key": "a", "path": "c/a"}]}},
                        {"secret": {"name": "pass"}},
                        {
                            "downwardAPI": {
                                "items": [{"path": "ns", "fieldRef": {"fieldPath": "metadata.namespace"}}]
                            }
                        },
                    ],
                }
            },
            {"c/a": b"1", "p": b"admin", "ns": b"shop"},
            {"c/a": 0o440, "p": 0o440, "ns": 0o440},
        ),
    ],
)
def test_files_that_the_kubelet_writes(volume: Object, files: Object, modes: Object) -> None:
    config = only(pod(volume), CONFIG, SECRET)
    assert (config.content, config.modes) == (files, modes)


def test_the_group_of_files_may_read_them() -> None:
    volume = {"secret": {"secretName": "pass", "defaultMode": 0o400}}
    assert only(pod(volume, securityContext={"fsGroup": 2000}), SECRET).modes == {"p": 0o440}


@pytest.mark.parametrize(
    ("volume", "words"),
    [
        ({"configMap": {"name": "none"}}, 'configmap "none" not found'),
        ({"secret": {"secretName": "none"}}, 'secret "none" not found'),
        ({"projected": {"sources": [{"secret": {"name": "none"}}]}}, 'secret "none" not found'),
        (
            {"configMap": {"name": "settings", "items": [{"key": "z", "path": "z"}]}},
            "configmap references non-existent config key: z",
        ),
        (
            {"secret": {"secretName": "pass", "items": [{"key": "z", "path": "z"}]}},
            "references non-existent secret key: z",
        ),
        (
            {"hostPath": {"path": "/none", "type": "Directory"}},
            "hostPath type check failed: /none is not a directory",
        ),
        ({"hostPath": {"path": "/etc", "type": "File"}}, "hostPath type check failed: /etc is not a file"),
        (
            {"hostPath": {"path": "/var/run/docker.sock", "type": "Socket"}},
            "hostPath type check failed: /var/run/docker.sock is not a socket file",
        ),
        (
            {"hostPath": {"path": "/etc/hostname", "type": "DirectoryOrCreate"}},
            "hostPath type check failed: /etc/hostname is not a directory",
        ),
    ],
)
def test_what_keeps_a_volume_from_being_mounted(volume: Object, words: str, tmp_path: Path) -> None:
    with pytest.raises(VolumeProblem) as raised:
        volumes_of(pod(volume), CONFIG, SECRET, folder=tmp_path)
    assert str(raised.value) == f'MountVolume.SetUp failed for volume "v0" : {words}'


def persistent(name: str, **spec: Any) -> tuple[Object, Object]:
    claim = named("PersistentVolumeClaim", "fs", spec={"volumeName": name})
    return claim, {"kind": "PersistentVolume", "metadata": {"name": name}, "spec": spec}


def test_where_volumes_are_kept(tmp_path: Path) -> None:
    of = pod(
        {"hostPath": {"path": "/data/x", "type": "DirectoryOrCreate"}},
        {"persistentVolumeClaim": {"claimName": "fs"}},
        {"emptyDir": {}},
    )
    made = volumes_of(of, *persistent("pv1", nfs={"server": "x", "path": "/"}), folder=tmp_path)
    assert [(config.id, config.folder) for config in made.configs] == [
        ("node/worker", str(tmp_path / "nodes/worker")),
        ("persistent/pv1", str(tmp_path / "persistent/pv1")),
        ("u-1/v2", ""),
    ]
    assert (tmp_path / "nodes/worker/data/x").is_dir()
    spec = {
        "volumeMounts": [
            {"name": "v0", "mountPath": "/host", "subPathExpr": "$(POD)/logs"},
            {"name": "v1", "mountPath": "/data", "subPath": "mysql"},
            {"name": "v2", "mountPath": "/cache", "readOnly": True},
        ]
    }
    assert made.mounts(spec, {"POD": "web"}) == [
        Mount("node/worker", "/host", False, "data/x/web/logs"),
        Mount("persistent/pv1", "/data", False, "mysql"),
        Mount("u-1/v2", "/cache", True, ""),
    ]


def test_a_volume_on_a_hosts_path_is_the_folder_of_the_node(tmp_path: Path) -> None:
    of = pod({"persistentVolumeClaim": {"claimName": "fs", "readOnly": True}})
    made = volumes_of(of, *persistent("pv1", hostPath={"path": "/mnt/data"}), folder=tmp_path)
    spec = {"volumeMounts": [{"name": "v0", "mountPath": "/data"}]}
    assert made.mounts(spec, {}) == [Mount("node/worker", "/data", True, "mnt/data")]
    with pytest.raises(
        VolumeProblem, match='"pv1" : hostPath type check failed: /mnt/none is not a directory'
    ):
        volumes_of(
            of, *persistent("pv1", hostPath={"path": "/mnt/none", "type": "Directory"}), folder=tmp_path
        )


def test_a_path_does_not_lead_out_of_the_nodes_files(tmp_path: Path) -> None:
    folders = VolumeFolders(tmp_path)
    (folders.of_node("worker") / "out").symlink_to("/")
    with pytest.raises(VolumeProblem):
        folders.host_path("worker", "/out/etc", "")


def test_only_what_is_another_now_is_written_anew() -> None:
    store: Any = Objects(CONFIG, SECRET)
    of = pod({"configMap": {"name": "settings"}}, {"secret": {"secretName": "pass"}}, {"emptyDir": {}})
    made = PodVolumes(store, None, None)
    made.set_up(of)
    assert made.changed(of) == []
    store.put({**CONFIG, "data": {"a": "3"}})
    assert made.changed(of) == [VolumeConfig("u-1/v0", {"a": b"3"}, {"a": 0o644})]
    assert made.changed(of) == []


class Tokens:
    """Tokens that are numbers."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, list[str], int]] = []

    def issue(self, account: Object, audiences: list[str], seconds: int, bound: Object) -> str:
        assert bound["kind"] == "Pod"
        self.asked.append((account["metadata"]["name"], audiences, seconds))
        return f"token-{len(self.asked)}"


def test_a_token_is_kept_until_most_of_its_time_is_over(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [1000.0]
    monkeypatch.setattr("time.time", lambda: now[0])
    source = {"path": "token", "expirationSeconds": 1000, "audience": "vault"}
    of = pod({"projected": {"sources": [{"serviceAccountToken": source}]}}, serviceAccountName="robot")
    store: Any = Objects(named("ServiceAccount", "robot"))
    tokens: Any = Tokens()
    made = PodVolumes(store, None, PodTokens(store, tokens))
    made.set_up(of)
    assert made.configs[0].content == {"token": b"token-1"}
    assert tokens.asked == [("robot", ["vault"], 1000)]
    assert made.renewal == 1800.0
    now[0] = 1799.0
    assert made.changed(of) == []
    now[0] = 1801.0
    assert made.changed(of)[0].content == {"token": b"token-2"}


def test_limits_of_empty_folders() -> None:
    of = pod({"emptyDir": {"sizeLimit": "1Mi"}}, {"emptyDir": {}})
    assert size_limits(of) == {"v0": ("1Mi", 2**20)}
