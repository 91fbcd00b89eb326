"""Cells and columns that workloads share."""

from __future__ import annotations

from runner.practice.machinery.tables.cells import containers
from runner.practice.machinery.tables.columns import Object


def parts(obj: Object) -> tuple[str, Object, Object]:
    return obj["metadata"]["name"], obj.get("spec") or {}, obj.get("status") or {}


def template_cells(spec: Object) -> tuple[str, str]:
    return containers((spec.get("template") or {}).get("spec"))


PODS = ("Containers", "Images", "Selector")


REPLICAS = ("Name", "Desired:integer", "Current:integer", "Ready:integer", "Age")
