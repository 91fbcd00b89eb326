"""Recordings made by hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from runner.authoring.record.recording import Beginning, Moment, Places, Ran, Recording, Typed
from runner.world.everything import Everything, Key

ROOT = Path("/home/teacher/workspace")
PATH = "/usr/bin:/bin"
KINDS = frozenset(
    [
        ("", "Namespace"),
        ("", "Service"),
        ("", "ConfigMap"),
        ("", "Secret"),
        ("", "Pod"),
        ("apps", "Deployment"),
    ]
)


def namespace(name: str, **labels: str) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": labels}}


def config(name: str, where: str = "shop", **data: str) -> dict[str, Any]:
    return {
        "apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name, "namespace": where}, "data": data,
    }  # fmt: skip


def deployment(name: str, where: str = "shop", *, replicas: int = 1, ready: bool = True) -> dict[str, Any]:
    count = replicas if ready else 0
    status = dict.fromkeys(("replicas", "updatedReplicas", "readyReplicas", "availableReplicas"), count)
    labels = {"app": name}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name, "namespace": where, "generation": 1, "uid": f"uid-{name}"},
        "spec": {
            "replicas": replicas,
            "selector": {"matchLabels": labels},
            "template": {"metadata": {"labels": labels}, "spec": {"containers": [{"name": "c", "image": "nginx:1.27"}]}},
        },
        "status": {"observedGeneration": 1, **status},
    }  # fmt: skip


def service(name: str, where: str = "shop", kind: str = "ClusterIP", address: str = "") -> dict[str, Any]:
    balancer = {"ingress": [{"ip": address}]} if address else {}
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": name, "namespace": where},
        "spec": {"type": kind, "ports": [{"port": 80}]},
        "status": {"loadBalancer": balancer},
    }


def cluster(*objects: Mapping[str, Any]) -> Everything:
    found = {}
    for obj in (namespace("default"), *objects):
        meta = obj["metadata"]
        group = obj["apiVersion"].rpartition("/")[0]
        found[Key(obj["kind"], meta.get("namespace", ""), meta["name"], group)] = dict(obj)
    return Everything(found, KINDS)


def places(
    files: Mapping[str, str] | None = None, programs: Sequence[str] = (), **environment: str
) -> Places:
    return Places(str(ROOT), files or {}, {"PATH": PATH, **environment}, frozenset(programs))


def ran(
    line: str, code: int = 0, *, output: str = "", typed: Typed | None = None, seconds: float = 0.5
) -> Ran:
    return Ran(line, code, seconds, str(ROOT), output, typed or Typed())


def recording(*moments: tuple[Ran | None, Everything] | tuple[Ran | None, Everything, Places]) -> Recording:
    """The first moment is an empty cluster."""
    found = [Moment(None, cluster(), places())]
    for command, state, *there in moments:
        found.append(Moment(command, state, there[0] if there else found[-1].places))
    return Recording(Beginning(ROOT, True, "practice/x", "1.32.0"), found)
