"""What a container's status repeats of its spec, since the kubelet has accepted it: mounts, resources."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from runner.practice.machinery.store import Object
from runner.practice.node.container_status import Container

MOUNTS_SINCE, RESOURCES_SINCE = 31, 33


def statuses(
    containers: Sequence[Container], spec: Callable[[Container], Object], minor: int
) -> list[Object]:
    """The statuses of containers, as a kubelet of that minor writes them."""
    return [dict(sorted({**each.as_status(), **accepted(spec(each), minor)}.items())) for each in containers]


def accepted(spec: Object, minor: int) -> Object:
    """volumeMounts since 1.31; allocatedResources and resources since 1.33."""
    found: Object = {}
    if minor >= MOUNTS_SINCE and spec.get("volumeMounts"):
        found["volumeMounts"] = [_mount(mount) for mount in spec["volumeMounts"]]
    if minor >= RESOURCES_SINCE:
        resources = {part: value for part, value in (spec.get("resources") or {}).items() if value}
        found["resources"] = resources
        if resources.get("requests"):
            found["allocatedResources"] = resources["requests"]
    return found


def _mount(mount: Object) -> Object:
    shown = {"mountPath": mount["mountPath"], "name": mount["name"]}
    if mount.get("readOnly"):
        shown |= {"readOnly": True, "recursiveReadOnly": "Disabled"}
    return shown
