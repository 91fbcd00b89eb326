"""The volumes of a pod as the runtime is told of them, and where a container mounts them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

from runner.practice.containers.container_config import Mount, VolumeConfig
from runner.practice.machinery.quantity import quantity
from runner.practice.machinery.store import Object, Store
from runner.practice.node.container_environment import expanded
from runner.practice.node.pod_tokens import PodTokens
from runner.practice.node.volume_folders import VolumeFolders, is_provisioned, volume_of_claim
from runner.practice.node.volume_sources import VolumeProblem, content, is_written


@dataclass(frozen=True, slots=True)
class SetUp:
    """A volume of a pod: the runtime's volume, and the path in it (of a hostPath: that on the node)."""

    config: VolumeConfig
    base: str = ""
    read_only: bool = False


class PodVolumes:
    """Those of one pod. Without `folders` nothing of them is kept on this machine, and without `tokens` there are none."""

    def __init__(self, store: Store, folders: VolumeFolders | None, tokens: PodTokens | None) -> None:
        self._store, self._folders, self._tokens = store, folders, tokens
        self._ready: dict[str, SetUp] = {}

    @property
    def configs(self) -> list[VolumeConfig]:
        """Those that are set up."""
        return [each.config for each in self._ready.values()]

    def set_up(self, pod: Object) -> None:
        """Set up all of them. Raises VolumeProblem with the words of FailedMount where one can't be."""
        for volume in pod["spec"].get("volumes") or ():
            try:
                self._ready[volume["name"]] = self._set_up(pod, volume)
            except VolumeProblem as problem:
                shown = problem.volume or volume["name"]
                message = f'MountVolume.SetUp failed for volume "{shown}" : {problem}'
                raise VolumeProblem(message) from None

    def changed(self, pod: Object) -> list[VolumeConfig]:
        """Those whose content is another now than it was; what is gone from the API stays as it was."""
        found = []
        for volume in pod["spec"].get("volumes") or ():
            before = self._ready.get(volume["name"])
            if before is None or not is_written(volume):
                continue
            try:
                now = self._set_up(pod, volume)
            except VolumeProblem:
                continue
            if now != before:
                self._ready[volume["name"]] = now
                found.append(now.config)
        return found

    def mounts(self, spec: Object, env: Mapping[str, str]) -> list[Mount]:
        """Where a container sees them."""
        made = []
        for mount in spec.get("volumeMounts") or ():
            volume = self._ready.get(mount["name"])
            if volume is not None:
                below = mount.get("subPath") or expanded(mount.get("subPathExpr") or "", env)
                sub_path = "/".join(part for part in (volume.base, below.strip("/")) if part)
                read_only = volume.read_only or bool(mount.get("readOnly"))
                made.append(Mount(volume.config.id, mount["mountPath"], read_only, sub_path))
        return made

    @property
    def renewal(self) -> float | None:
        """When a token in them is to be renewed, in seconds since 1970."""
        return self._tokens.renewal if self._tokens else None

    def _set_up(self, pod: Object, volume: Object) -> SetUp:
        id_ = volume_id(pod, volume["name"])
        if is_written(volume):
            token = partial(self._tokens.token, pod) if self._tokens else lambda _source: ""
            made = content(self._store, pod, volume, token)
            return SetUp(VolumeConfig(id_, made.files, made.modes))
        if host := volume.get("hostPath"):
            return self._on_node(pod, host.get("path", "/"), host.get("type") or "")
        if claim := volume.get("persistentVolumeClaim"):
            return self._claimed(pod, claim["claimName"], read_only=bool(claim.get("readOnly")))
        if "ephemeral" in volume:
            return self._claimed(pod, f"{pod['metadata']['name']}-{volume['name']}", read_only=False)
        empty = volume.get("emptyDir") or {}
        if empty.get("medium") != "Memory":  # a limit of its size is none of the disk: the kubelet evicts
            return SetUp(VolumeConfig(id_))
        return SetUp(VolumeConfig(id_, in_memory=True, capacity=_bytes(empty.get("sizeLimit"))))

    def _on_node(self, pod: Object, path: str, kind: str, *, read_only: bool = False) -> SetUp:
        node = pod["spec"].get("nodeName", "")
        root = str(self._folders.host_path(node, path, kind)) if self._folders else ""
        return SetUp(VolumeConfig(f"node/{node}", folder=root), path.strip("/"), read_only)

    def _claimed(self, pod: Object, claim: str, *, read_only: bool) -> SetUp:
        volume = volume_of_claim(self._store, pod["metadata"]["namespace"], claim)
        if volume is None:
            raise VolumeProblem(f'persistentvolumeclaim "{claim}" not found')
        spec, name = volume["spec"], volume["metadata"]["name"]
        if not is_provisioned(volume) and ("hostPath" in spec or "local" in spec):
            place = spec.get("hostPath") or spec["local"]
            kind = (place.get("type") or "") if "hostPath" in spec else "Directory"
            try:
                return self._on_node(pod, place.get("path", "/"), kind, read_only=read_only)
            except VolumeProblem as problem:
                raise VolumeProblem(str(problem), name) from None
        folder = str(self._folders.of_volume(name)) if self._folders else ""
        capacity = _bytes((spec.get("capacity") or {}).get("storage"))
        return SetUp(VolumeConfig(persistent_id(name), folder=folder, capacity=capacity), read_only=read_only)


def _bytes(amount: object) -> int | None:
    return None if amount is None else math.ceil(quantity(str(amount)))


def own_volumes(pod: Object) -> list[str]:
    """The ids of the volumes that go with the pod."""
    return [volume_id(pod, volume["name"]) for volume in pod["spec"].get("volumes") or ()]


def volume_id(pod: Object, name: str) -> str:
    return f"{pod['metadata']['uid']}/{name}"


def persistent_id(name: str) -> str:
    """The id of a PersistentVolume, which pods share."""
    return f"persistent/{name}"


def size_limits(pod: Object) -> dict[str, tuple[str, int]]:
    """(the quantity, its bytes) of the emptyDirs that have a sizeLimit, by their names."""
    found = {}
    for volume in pod["spec"].get("volumes") or ():
        limit = (volume.get("emptyDir") or {}).get("sizeLimit")
        if limit is not None:
            found[volume["name"]] = (str(limit), math.ceil(quantity(limit)))
    return found
