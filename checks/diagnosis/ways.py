"""Ways to a Service that need no load balancer."""

from __future__ import annotations

from checks.base import Object
from checks.object_fields import mappings_at, name_of, number_at, text_at

PRIVILEGED, ABOVE = 1024, 8000
"""Ports below need privileges on many machines; ours is this much more."""


def forwarding(service: Object, port: int | None = None) -> str:
    """The command that brings a Service's port (None: its first) to this machine."""
    number = port or next(
        (n for p in mappings_at(service, "spec", "ports") if (n := number_at(p, "port"))), 80
    )
    local = number if number >= PRIVILEGED else number + ABOVE
    where = text_at(service, "metadata", "namespace") or "default"
    return f"kubectl port-forward -n {where} service/{name_of(service)} {local}:{number}"
