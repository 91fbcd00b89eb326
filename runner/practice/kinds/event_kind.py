"""Event: a report of something that happened in the cluster."""

from __future__ import annotations

from typing import Any

from runner.practice.kinds import cluster_rules
from runner.practice.machinery.kind import Kind, SelectableField
from runner.practice.machinery.tables.columns import Column, Object, Printer, View


def cells(obj: Object, view: View) -> list[Any]:
    involved, series = obj.get("involvedObject") or {}, obj.get("series")
    first = obj.get("firstTimestamp") or obj.get("eventTime")
    last, count = obj.get("lastTimestamp") or first, obj.get("count") or 1
    if series:
        last, count = series.get("lastObservedTime") or last, series.get("count") or count
    return [
        view.since(last),
        obj.get("type", ""),
        obj.get("reason", ""),
        f"{involved.get('kind', '').lower()}/{involved.get('name', '')}",
        involved.get("fieldPath", ""),
        _source(obj),
        obj.get("message", "").strip(),
        view.since(first),
        count,
        obj["metadata"]["name"],
    ]


def _source(obj: Object) -> str:
    source = obj.get("source") or {}
    component = source.get("component") or obj.get("reportingComponent", "")
    host = source.get("host") or (obj.get("reportingInstance", "") if not source.get("component") else "")
    return ", ".join(part for part in (component, host) if part)


EVENT_PRINTER = Printer(
    (
        Column("Last Seen"),
        Column("Type"),
        Column("Reason"),
        Column("Object"),
        Column("Subobject", priority=1),
        Column("Source", priority=1),
        Column("Message"),
        Column("First Seen", priority=1),
        Column("Count", priority=1),
        Column("Name", format="name", priority=1),
    ),
    cells,
)

EVENT_FIELDS = (
    SelectableField("involvedObject.kind"),
    SelectableField("involvedObject.namespace"),
    SelectableField("involvedObject.name"),
    SelectableField("involvedObject.uid"),
    SelectableField("involvedObject.apiVersion"),
    SelectableField("involvedObject.resourceVersion"),
    SelectableField("involvedObject.fieldPath"),
    SelectableField("reason"),
    SelectableField("reportingComponent"),
    SelectableField("source", path="source.component"),
    SelectableField("type"),
)

EVENT = Kind(
    group="",
    name="Event",
    plural="events",
    short_names=("ev",),
    may_own=False,
    validate=cluster_rules.event,
    printer=EVENT_PRINTER,
    selectable_fields=EVENT_FIELDS,
)
