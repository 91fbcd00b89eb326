"""Event of events.k8s.io: the same objects as those of the core group, with fields of other names."""

from __future__ import annotations

from runner.practice.kinds.event_kind import EVENT, EVENT_FIELDS, EVENT_PRINTER
from runner.practice.machinery.kind import Conversion, Kind, Version
from runner.practice.machinery.tables.columns import Object


def _move(obj: Object, old: str, new: str) -> None:
    if old in obj:
        obj[new] = obj.pop(old)


FIELDS = (
    ("note", "message"),
    ("regarding", "involvedObject"),
    ("reportingController", "reportingComponent"),
    ("deprecatedSource", "source"),
    ("deprecatedFirstTimestamp", "firstTimestamp"),
    ("deprecatedLastTimestamp", "lastTimestamp"),
    ("deprecatedCount", "count"),
)


def to_storage(obj: Object) -> Object:
    for new, core in FIELDS:
        _move(obj, new, core)
    return obj


def from_storage(obj: Object) -> Object:
    for new, core in FIELDS:
        _move(obj, core, new)
    return obj


EVENTS_EVENT = Kind(
    group="events.k8s.io",
    name="Event",
    plural="events",
    versions=(Version("v1"), Version("v1beta1", until=24)),
    short_names=("ev",),
    stored_as=EVENT,
    conversions=dict.fromkeys(("v1", "v1beta1"), Conversion(to_storage, from_storage)),
    validate=EVENT.validate,
    printer=EVENT_PRINTER,
    selectable_fields=EVENT_FIELDS,
)
