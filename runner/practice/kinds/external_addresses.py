"""The addresses by which a load balancer is reached."""

from __future__ import annotations

from runner.practice.machinery.tables.columns import Object


def addresses(status: Object) -> list[str]:
    """Those of a status.loadBalancer, sorted."""
    found = (status.get("loadBalancer") or {}).get("ingress") or ()
    return sorted({one.get("ip") or one.get("hostname") or "" for one in found} - {""})
