"""A NetworkChange from its JSON."""

from __future__ import annotations

from typing import Any

from runner.practice.containers.cluster_view import (
    Backend,
    ClusterParts,
    NetworkChange,
    PodPort,
    PodView,
    ServicePort,
    ServiceView,
)


def network_change(plain: dict[str, Any]) -> NetworkChange:
    parts = plain["parts"]
    return NetworkChange(
        services=[_service(each) for each in plain["services"]],
        services_gone=[(namespace, name) for namespace, name in plain["services_gone"]],
        pods=[
            PodView(**{**each, "ports": [PodPort(**port) for port in each["ports"]]})
            for each in plain["pods"]
        ],
        pods_gone=plain["pods_gone"],
        parts=ClusterParts(**parts) if parts is not None else None,
    )


def _service(plain: dict[str, Any]) -> ServiceView:
    ports = [ServicePort(**port) for port in plain["ports"]]
    backends = [Backend(**backend) for backend in plain["backends"]]
    return ServiceView(**{**plain, "ports": ports, "backends": backends})
