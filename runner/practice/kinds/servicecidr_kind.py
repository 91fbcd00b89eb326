"""ServiceCIDR: a range of addresses for Services."""

from __future__ import annotations

from typing import Any

from runner.practice.machinery.kind import STATUS, Kind, Version
from runner.practice.machinery.tables.columns import Object, View, printer


def cells(obj: Object, view: View) -> list[Any]:
    return [obj["metadata"]["name"], ",".join((obj.get("spec") or {}).get("cidrs") or ()), view.age(obj)]


SERVICE_CIDR = Kind(
    group="networking.k8s.io",
    name="ServiceCIDR",
    plural="servicecidrs",
    versions=(Version("v1", since=33),),
    namespaced=False,
    subresources=(STATUS,),
    printer=printer(cells, "Name", "CIDRs", "Age"),
)
