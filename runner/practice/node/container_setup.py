"""What a pod's container is started with, from the pod's spec and the objects that it refers to."""

from __future__ import annotations

from runner.practice.containers.container_config import ContainerConfig, PodConfig
from runner.practice.machinery.quantity import quantity
from runner.practice.machinery.store import Object, Store
from runner.practice.node import images
from runner.practice.node.container_environment import all_expanded, environment, unresolved
from runner.practice.node.missing_references import missing_environment
from runner.practice.node.pod_dns import hostname, resolv_conf
from runner.practice.node.volume_setup import PodVolumes


def configuration_problem(store: Store, minor: int, pod: Object, spec: Object) -> str | None:
    """Why a container can't be configured: the message of CreateContainerConfigError."""
    if missing := missing_environment(store, pod, spec):
        return missing
    env = environment(store, pod, spec, minor)
    for mount in spec.get("volumeMounts") or ():
        for name in unresolved(mount.get("subPathExpr") or "", env):
            return f'missing value for "{name}"'
    return None


def container_config(
    store: Store, minor: int, pod: Object, spec: Object, id_: str, volumes: PodVolumes
) -> ContainerConfig:
    """What the runtime is told of a container. Nothing may be missing (`configuration_problem`)."""
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
        mounts=volumes.mounts(spec, env),
        user=security.get("runAsUser"),
        group=security.get("runAsGroup"),
        groups=_groups(security),
        run_as_non_root=bool(security.get("runAsNonRoot")),
        read_only_root=bool(security.get("readOnlyRootFilesystem")),
        termination_message_path=spec.get("terminationMessagePath") or "/dev/termination-log",
        termination_message_from_log=spec.get("terminationMessagePolicy") == "FallbackToLogsOnError",
        memory_limit=_limit(spec, "memory"),
        cpu_limit=_limit(spec, "cpu", 1000),
        ports=list(dict.fromkeys(port["containerPort"] for port in spec.get("ports") or ())),
        runs_once=any(owner["kind"] == "Job" for owner in pod["metadata"].get("ownerReferences") or ()),
        stdin=bool(spec.get("stdin")),
        stdin_once=bool(spec.get("stdinOnce")),
        tty=bool(spec.get("tty")),
    )


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


def _groups(security: Object) -> list[int]:
    """supplementalGroups, and fsGroup after them."""
    found = list(security.get("supplementalGroups") or ())
    if security.get("fsGroup") is not None:
        found.append(security["fsGroup"])
    return list(dict.fromkeys(found))


def _limit(spec: Object, resource: str, parts: int = 1) -> int | None:
    """The container's limit in whole `parts` of the resource's unit; None without one."""
    found = ((spec.get("resources") or {}).get("limits") or {}).get(resource)
    return int(quantity(found) * parts) if found else None
