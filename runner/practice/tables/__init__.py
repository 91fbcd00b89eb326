"""Server-side tables: what `kubectl get` shows, as the real server's printers draw it.

The columns are those that a real kube-apiserver answers with; which minor added one is told beside it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from runner.practice.machinery.tables.columns import Object, Printer, View, printer
from runner.practice.machinery.tables.custom_columns import custom_printer
from runner.practice.tables import access, cluster, network, pods, storage, workloads

__all__ = ["table"]

_PRINTERS: dict[str, Printer] = {
    **pods.PRINTERS,
    **workloads.PRINTERS,
    **network.PRINTERS,
    **storage.PRINTERS,
    **cluster.PRINTERS,
    **access.PRINTERS,
}
_PRINTERS["events.events.k8s.io"] = _PRINTERS["events"]
_PRINTERS["ingresses.extensions"] = _PRINTERS["ingresses.networking.k8s.io"]


def table(
    resource: str,
    objects: Sequence[Object],
    now: datetime,
    *,
    columns: Sequence[Mapping[str, Any]] | None = None,
    minor: int = 32,
) -> Object:
    """A meta.k8s.io/v1 Table of `objects`, as the store holds them, without the objects in its rows.

    `resource` is "pods" or "deployments.apps"; `columns` are a CustomResourceDefinition's
    additionalPrinterColumns (empty: it names none); `minor` is the Kubernetes minor of the server.
    """
    found = _PRINTERS.get(resource, _OTHERS) if columns is None else custom_printer(columns)
    shown = [index for index, column in enumerate(found.columns) if column.since <= minor]
    view = View(now, minor)
    rows = []
    for obj in objects:
        cells = found.cells(obj, view)
        row: Object = {"cells": [cells[index] for index in shown]}
        if resource == "pods" and (conditions := pods.row_conditions(obj)):
            row["conditions"] = conditions
        rows.append(row)
    return {
        "kind": "Table",
        "apiVersion": "meta.k8s.io/v1",
        "metadata": {},
        "columnDefinitions": [found.columns[index].definition() for index in shown],
        "rows": rows,
    }


def _created(obj: Object, view: View) -> list[Any]:
    meta = obj["metadata"]
    return [meta["name"], meta.get("creationTimestamp")]


_OTHERS = printer(_created, "Name", "Created At:date")
"""Kinds without a printer of their own: roles, limit ranges, definitions."""
