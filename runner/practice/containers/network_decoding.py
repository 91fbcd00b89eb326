"""A NetworkView from its JSON."""

from __future__ import annotations

from typing import Any

from runner.practice.containers.network_messages import (
    Backend,
    NetworkView,
    PodView,
    ServicePort,
    ServiceView,
)


def network_view(plain: dict[str, Any]) -> NetworkView:
    return NetworkView(
        services=[
            ServiceView(
                **{
                    **each,
                    "ports": [ServicePort(**port) for port in each["ports"]],
                    "backends": [Backend(**backend) for backend in each["backends"]],
                }
            )
            for each in plain["services"]
        ],
        pods=[PodView(**each) for each in plain["pods"]],
        nodes=[(name, ip) for name, ip in plain["nodes"]],
        namespaces=plain["namespaces"],
        policies=plain["policies"],
        api_server=plain["api_server"],
    )
