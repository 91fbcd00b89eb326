"""The Table that `kubectl get` shows, drawn as the real server's printers draw it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from runner.practice.machinery.tables.columns import Object, Printer, View


def table(printer: Printer, objects: Sequence[Object], now: datetime, *, minor: int = 32) -> Object:
    """A meta.k8s.io/v1 Table of `objects`, as the store holds them, without the objects in its rows.

    `minor` is the Kubernetes minor of the server.
    """
    shown = [index for index, column in enumerate(printer.columns) if column.since <= minor <= column.until]
    view = View(now, minor)
    rows = []
    for obj in objects:
        cells = printer.cells(obj, view)
        row: Object = {"cells": [cells[index] for index in shown]}
        if printer.row_conditions and (conditions := printer.row_conditions(obj)):
            row["conditions"] = conditions
        rows.append(row)
    return {
        "kind": "Table",
        "apiVersion": "meta.k8s.io/v1",
        "metadata": {},
        "columnDefinitions": [printer.columns[index].definition() for index in shown],
        "rows": rows,
    }
