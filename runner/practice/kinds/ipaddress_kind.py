"""IPAddress: an address that a Service has."""

from __future__ import annotations

from typing import Any

from runner.practice.machinery.kind import Kind, Version
from runner.practice.machinery.tables.columns import Object, View, printer


def cells(obj: Object, view: View) -> list[Any]:
    parent = (obj.get("spec") or {}).get("parentRef") or {}
    place = [parent.get(field) for field in ("group", "resource", "namespace", "name")]
    resource = ".".join(part for part in (place[1], place[0]) if part)
    return [obj["metadata"]["name"], "/".join(str(p) for p in (resource, *place[2:]) if p), view.age(obj)]


IP_ADDRESS = Kind(
    group="networking.k8s.io",
    name="IPAddress",
    plural="ipaddresses",
    versions=(Version("v1", since=33),),
    short_names=("ip",),
    namespaced=False,
    printer=printer(cells, "Name", "ParentRef", "Age"),
)
