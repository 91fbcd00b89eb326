"""A small mesh: objects and rates as a Prometheus gives them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from runner.practice.containers.telemetry.kiali.shown_objects import MeshObjects, Object
from runner.practice.containers.telemetry.prometheus_client import Sample


def made(kind: str, name: str, spec: Mapping[str, Any], labels: Mapping[str, str] | None = None) -> Object:
    meta = {"name": name, "namespace": "default", "labels": dict(labels or {})}
    return {"kind": kind, "metadata": meta, "spec": spec}


def pod(app: str, version: str, *containers: str) -> Object:
    listed = [{"name": name} for name in containers or ("app", "istio-proxy")]
    return made("Pod", f"{app}-{version}-x", {"containers": listed}, {"app": app, "version": version})


def deployment(app: str, version: str, replicas: int = 1, available: int = 1) -> Object:
    labels = {"app": app, "version": version}
    spec = {
        "replicas": replicas,
        "selector": {"matchLabels": labels},
        "template": {"metadata": {"labels": labels}},
    }
    return {
        **made("Deployment", f"{app}-{version}", spec),
        "status": {"availableReplicas": available, "replicas": replicas},
    }


def mesh(istio: Sequence[Object] = (), pods: Sequence[Object] = ()) -> MeshObjects:
    """productpage calls reviews v1 and v2."""
    names = (("productpage", "v1"), ("reviews", "v1"), ("reviews", "v2"))
    by_kind: dict[str, list[Object]] = {}
    for each in istio:
        by_kind.setdefault(each["kind"], []).append(each)
    return MeshObjects(
        [{"metadata": {"name": "default"}}],
        [
            made("Service", name, {"selector": {"app": name}, "ports": [{"port": 9080}]})
            for name in ("productpage", "reviews")
        ],
        pods or [pod(*name) for name in names],
        {"Deployment": [deployment(*name) for name in names]},
        by_kind,
    )


def rate(
    source: str, destination: str, value: float, code: str = "200", flags: str = "-", **labels: str
) -> Sample:
    """productpage/v1 to reviews/v2."""
    app, version = destination.split("/")
    found = {
        "destination_workload": f"{app}-{version}",
        "destination_workload_namespace": "default",
        "destination_canonical_service": app,
        "destination_canonical_revision": version,
        "destination_service": f"{app}.default.svc.cluster.local",
        "destination_service_name": app,
        "destination_service_namespace": "default",
        "request_protocol": "http",
        "response_code": code,
        "response_flags": flags,
        "source_workload": "unknown",
        "source_workload_namespace": "unknown",
    }
    if source:
        client, revision = source.split("/")
        found |= {
            "source_workload": f"{client}-{revision}",
            "source_workload_namespace": "default",
            "source_canonical_service": client,
            "source_canonical_revision": revision,
        }
    return Sample(found | labels, value)
