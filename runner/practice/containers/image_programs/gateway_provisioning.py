"""The objects of a Gateway's proxy, as NGINX Gateway Fabric 2 makes them: a Service and a Deployment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from runner.practice.containers.image_programs.gateway_plan import GROUP, Object

HEALTH_PORT = 8081


def proxy_image(controller: str) -> str:
    """The image of the proxy, beside the controller's."""
    base, colon, tag = controller.partition("@")[0].rpartition(":")
    return f"{base}/nginx:{tag}" if colon and "/" not in tag else f"{controller}/nginx"


def service_ports(ports: Sequence[int]) -> list[dict[str, Any]]:
    return [{"name": f"port-{each}", "port": each, "targetPort": each, "protocol": "TCP"} for each in ports]


def proxy_service(gateway: Object, name: str, ports: Sequence[int]) -> dict[str, Any]:
    metadata = _metadata(gateway, name)
    spec = {
        "type": "LoadBalancer", "externalTrafficPolicy": "Local", "selector": metadata["labels"],
        "ports": service_ports(ports or [80]),
    }  # fmt: skip
    return {"apiVersion": "v1", "kind": "Service", "metadata": metadata, "spec": spec}


def proxy_deployment(
    gateway: Object, name: str, ports: Sequence[int], image: str, environment: Mapping[str, str]
) -> dict[str, Any]:
    metadata = _metadata(gateway, name)
    container = {
        "name": "nginx",
        "image": image,
        "env": [{"name": key, "value": value} for key, value in environment.items()],
        "ports": [{"name": f"port-{each}", "containerPort": each} for each in ports],
        "readinessProbe": {"httpGet": {"path": "/readyz", "port": HEALTH_PORT}, "periodSeconds": 1},
    }
    template = {"metadata": {"labels": metadata["labels"]}, "spec": {"containers": [container]}}
    spec = {"replicas": 1, "selector": {"matchLabels": metadata["labels"]}, "template": template}
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": metadata, "spec": spec}


def _metadata(gateway: Object, name: str) -> dict[str, Any]:
    """They go with their Gateway."""
    meta = gateway["metadata"]
    owner = {
        "apiVersion": f"{GROUP}/v1", "kind": "Gateway", "name": meta["name"], "uid": meta["uid"],
        "controller": True, "blockOwnerDeletion": True,
    }  # fmt: skip
    labels = {
        "app.kubernetes.io/instance": "nginx-gateway",
        "app.kubernetes.io/managed-by": "nginx-gateway-nginx",
        "app.kubernetes.io/name": name,
        f"{GROUP}/gateway-name": meta["name"],
    }
    return {"name": name, "namespace": meta["namespace"], "labels": labels, "ownerReferences": [owner]}
