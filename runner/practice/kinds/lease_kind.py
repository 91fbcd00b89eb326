"""Lease: who holds a lock, and until when."""

from __future__ import annotations

from typing import Any

from runner.practice.kinds import cluster_rules
from runner.practice.machinery.kind import FOREVER, Kind, Version
from runner.practice.machinery.tables.columns import Object, View, printer


def cells(obj: Object, view: View) -> list[Any]:
    return [obj["metadata"]["name"], (obj.get("spec") or {}).get("holderIdentity", ""), view.age(obj)]


LEASE = Kind(
    group="coordination.k8s.io",
    name="Lease",
    plural="leases",
    versions=(Version("v1"), Version("v1beta1", until=21)),
    validate=cluster_rules.lease,
    versioned_updates_until=FOREVER,
    printer=printer(cells, "Name", "Holder", "Age"),
)
