"""The simulated nodes: what they look like, and the leases by which they are known to be alive."""

from __future__ import annotations

import contextlib
import hashlib
import secrets
import socket
from functools import partial

from runner.practice.containers.node_machine import DISK, MEMORY, PROCESSORS
from runner.practice.controllers.cluster_context import ClusterContext
from runner.practice.controllers.event_recorder import micro_timestamp
from runner.practice.controllers.object_helpers import now
from runner.practice.machinery.errors import ApiError
from runner.practice.machinery.store import Key, Object
from runner.practice.machinery.users import node_user
from runner.practice.machinery.webhook_calls import Unanswered

CONTROL_PLANE, WORKER = "practice-control-plane", "practice-worker"
LEASES, LEASE = "kube-node-lease", "leases.coordination.k8s.io"
MASTER_LABEL_UNTIL, CONTROL_PLANE_LABEL_SINCE, CONTROL_PLANE_TAINT_SINCE = 23, 20, 24


def nodes(version: str, minor: int, count: int = 2, *, reached: bool = False) -> list[Object]:
    """A control plane and workers, `count` in all. Where it is alone the control plane takes pods. `version` as in v1.32.0.

    With `reached` each has an address on this machine, at which its node ports answer.
    """
    names = [CONTROL_PLANE, WORKER, *(f"{WORKER}{number}" for number in range(2, count))][:count]
    made = [_node(name, index, version, minor) for index, name in enumerate(names)]
    if reached:
        for node, address in zip(made, _loopback_addresses(count), strict=True):
            node["status"]["addresses"].insert(1, {"address": address, "type": "ExternalIP"})
            node["status"]["nodeInfo"]["osImage"] = "Labgate practice node"  # containers run on it
    if len(made) == 1:
        del made[0]["spec"]["taints"]
    return made


def _loopback_addresses(count: int) -> list[str]:
    """Of every node one that other practice clusters do not have; 127.0.0.1 where that is the only one (macOS)."""
    second, third = 20 + secrets.randbelow(40), secrets.randbelow(256)
    found = [f"127.{second}.{third}.{2 + index}" for index in range(count)]
    try:
        with socket.create_server((found[0], 0)):
            return found
    except (OSError, IndexError):
        return ["127.0.0.1"] * count


def _node(name: str, index: int, version: str, minor: int) -> Object:
    role = "node-role.kubernetes.io/"
    labels = {
        "beta.kubernetes.io/arch": "amd64",
        "beta.kubernetes.io/os": "linux",
        "kubernetes.io/arch": "amd64",
        "kubernetes.io/hostname": name,
        "kubernetes.io/os": "linux",
    }
    spec: Object = {"podCIDR": f"10.244.{index}.0/24", "podCIDRs": [f"10.244.{index}.0/24"]}
    spec["providerID"] = f"practice://labgate/{name}"
    if index == 0:
        if minor >= CONTROL_PLANE_LABEL_SINCE:
            labels[f"{role}control-plane"] = ""
        if minor <= MASTER_LABEL_UNTIL:
            labels[f"{role}master"] = ""
        taint = "control-plane" if minor >= CONTROL_PLANE_TAINT_SINCE else "master"
        spec["taints"] = [{"effect": "NoSchedule", "key": f"{role}{taint}"}]
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {
            "name": name,
            "labels": labels,
            "annotations": {
                "node.alpha.kubernetes.io/ttl": "0",
                "volumes.kubernetes.io/controller-managed-attach-detach": "true",
            },
        },
        "spec": spec,
        "status": _status(name, index, version),
    }


def _status(name: str, index: int, version: str) -> Object:
    capacity = {
        "cpu": str(PROCESSORS),
        "ephemeral-storage": f"{DISK // 1024}Ki",
        "hugepages-1Gi": "0",
        "hugepages-2Mi": "0",
        "memory": f"{MEMORY // 1024}Ki",
        "pods": "110",
    }
    return {
        "addresses": [
            {"address": f"172.18.0.{2 + index}", "type": "InternalIP"},
            {"address": name, "type": "Hostname"},
        ],
        "allocatable": dict(capacity),
        "capacity": capacity,
        "conditions": _conditions(),
        "daemonEndpoints": {"kubeletEndpoint": {"Port": 10250}},
        "nodeInfo": {
            "architecture": "amd64",
            "bootID": _id(f"{name}/boot"),
            "containerRuntimeVersion": "containerd://1.7.24",
            "kernelVersion": "6.1.0-practice",
            "kubeProxyVersion": version,
            "kubeletVersion": version,
            "machineID": _id(f"{name}/machine").replace("-", ""),
            "operatingSystem": "linux",
            "osImage": "Labgate practice node",
            "systemUUID": _id(f"{name}/system"),
        },
    }


def _conditions() -> list[Object]:
    moment = now()
    rows = (
        ("MemoryPressure", "False", "KubeletHasSufficientMemory", "kubelet has sufficient memory available"),
        ("DiskPressure", "False", "KubeletHasNoDiskPressure", "kubelet has no disk pressure"),
        ("PIDPressure", "False", "KubeletHasSufficientPID", "kubelet has sufficient PID available"),
        ("Ready", "True", "KubeletReady", "kubelet is posting ready status"),
    )
    return [
        {
            "lastHeartbeatTime": moment,
            "lastTransitionTime": moment,
            "message": message,
            "reason": reason,
            "status": holds,
            "type": kind,
        }
        for kind, holds, reason, message in rows
    ]


def _id(seed: str) -> str:
    digest = hashlib.sha256(seed.encode()).hexdigest()
    return f"{digest[:8]}-{digest[8:12]}-{digest[12:16]}-{digest[16:20]}-{digest[20:32]}"


def renew_leases(cluster: ClusterContext) -> None:
    """Say of every node that it is alive, now."""
    if cluster.store.get(Key("namespaces", "", LEASES)) is None:
        return
    for node in cluster.store.list("nodes"):
        name = node["metadata"]["name"]
        spec = {"holderIdentity": name, "leaseDurationSeconds": 40, "renewTime": micro_timestamp()}
        owner = {"apiVersion": "v1", "kind": "Node", "name": name, "uid": node["metadata"]["uid"]}
        meta = {"name": name, "namespace": LEASES, "ownerReferences": [owner]}
        lease = {"apiVersion": "coordination.k8s.io/v1", "kind": "Lease", "metadata": meta, "spec": spec}
        its_own = cluster.acting_as(node_user(name))
        with contextlib.suppress(ApiError, Unanswered):  # the next heartbeat tries again
            if its_own.change(Key(LEASE, LEASES, name), partial(_with_spec, spec)) is None:
                its_own.create(LEASE, lease)


def _with_spec(spec: Object, obj: Object) -> Object:
    return {**obj, "spec": spec}
