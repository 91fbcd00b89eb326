"""What a pod's container is started with, from the pod's spec and the objects that it refers to."""

from __future__ import annotations

from collections.abc import Iterator

from runner.practice.containers.container_config import ContainerConfig, Mount, PodConfig, VolumeConfig
from runner.practice.machinery.quantity import quantity
from runner.practice.machinery.store import Object, Store
from runner.practice.node import images
from runner.practice.node.config_data import config_map_data, secret_data
from runner.practice.node.container_environment import all_expanded, environment
from runner.practice.node.pod_dns import hostname, resolv_conf


def container_config(store: Store, minor: int, pod: Object, spec: Object, id_: str) -> ContainerConfig:
    """What the runtime is told of a container. What the pod refers to must exist (`pod_volumes.py` looks before)."""
    env = environment(store, pod, spec, minor)
    image = images.parse(str(spec.get("image", "")))
    security = {**(pod["spec"].get("securityContext") or {}), **(spec.get("securityContext") or {})}
    return ContainerConfig(
        id=id_,
        name=spec["name"],
        pod=_pod_config(store, pod),
        image=image.full if image else str(spec.get("image", "")),
        command=all_expanded(spec.get("command"), env),
        args=all_expanded(spec.get("args"), env),
        env=env,
        working_dir=spec.get("workingDir", ""),
        mounts=list(_mounts(pod, spec)),
        user=security.get("runAsUser"),
        group=security.get("runAsGroup"),
        read_only_root=bool(security.get("readOnlyRootFilesystem")),
        memory_limit=_limit(spec, "memory"),
        cpu_limit=_limit(spec, "cpu", 1000),
        ports=[port["containerPort"] for port in spec.get("ports") or ()],
        stdin=bool(spec.get("stdin")),
        stdin_once=bool(spec.get("stdinOnce")),
        tty=bool(spec.get("tty")),
    )


def volumes(store: Store, pod: Object) -> list[VolumeConfig]:
    """The pod's volumes, with the content that they have now."""
    return list(_volumes(store, pod))


def _pod_config(store: Store, pod: Object) -> PodConfig:
    meta, spec, status = pod["metadata"], pod["spec"], pod.get("status") or {}
    return PodConfig(
        uid=meta["uid"],
        namespace=meta["namespace"],
        name=meta["name"],
        ip=status.get("podIP", ""),
        host_ip=status.get("hostIP", ""),
        node=spec.get("nodeName", ""),
        hostname=hostname(pod),
        subdomain=spec.get("subdomain", ""),
        host_network=bool(spec.get("hostNetwork")),
        resolv_conf=resolv_conf(store, pod),
        host_aliases={each["ip"]: each.get("hostnames") or [] for each in spec.get("hostAliases") or ()},
    )


def _limit(spec: Object, resource: str, parts: int = 1) -> int | None:
    """The container's limit in whole `parts` of the resource's unit; None without one."""
    found = ((spec.get("resources") or {}).get("limits") or {}).get(resource)
    return int(quantity(found) * parts) if found else None


def _mounts(pod: Object, spec: Object) -> Iterator[Mount]:
    known = {volume.id for volume in _volumes_named(pod)}
    for mount in spec.get("volumeMounts") or ():
        volume = volume_id(pod, mount["name"])
        if volume in known:
            yield Mount(volume, mount["mountPath"], bool(mount.get("readOnly")), mount.get("subPath", ""))


def volume_id(pod: Object, name: str) -> str:
    return f"{pod['metadata']['uid']}/{name}"


def _volumes_named(pod: Object) -> Iterator[VolumeConfig]:
    for volume in pod["spec"].get("volumes") or ():
        yield VolumeConfig(volume_id(pod, volume["name"]))


def _volumes(store: Store, pod: Object) -> Iterator[VolumeConfig]:
    namespace = pod["metadata"]["namespace"]
    for volume in pod["spec"].get("volumes") or ():
        content = None
        for part, data, field in (
            ("configMap", config_map_data, "name"),
            ("secret", secret_data, "secretName"),
        ):
            if part in volume:
                found = data(store, namespace, volume[part].get(field, "")) or {}
                items = volume[part].get("items")
                content = (
                    {item["path"]: found[item["key"]] for item in items if item["key"] in found}
                    if items
                    else found
                )
        yield VolumeConfig(volume_id(pod, volume["name"]), content)
