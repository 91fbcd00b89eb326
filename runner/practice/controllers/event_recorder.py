"""Events, as the components of a real cluster write them."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from runner.practice.machinery.errors import ApiError
from runner.practice.machinery.store import Key, Object, timestamp
from runner.practice.machinery.users import MANAGER
from runner.practice.machinery.write_pipeline import WriteOptions, WritePipeline

KEPT = timedelta(hours=1)
"""kube-apiserver's --event-ttl."""

REPORTS_SINCE = 27
"""The minor since which the older recorder, too, fills in reportingComponent."""


@dataclass(frozen=True, slots=True)
class Source:
    """The component that reports; `host` is a kubelet's node."""

    component: str
    host: str = ""


SCHEDULER = Source("default-scheduler")


def kubelet(node: str) -> Source:
    return Source("kubelet", node)


def micro_timestamp(at: datetime | None = None) -> str:
    """RFC 3339 with microseconds, as eventTime and leases carry it."""
    return (at or datetime.now(UTC)).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def reference(obj: Object, api_version: str, kind: str, field_path: str = "") -> Object:
    """An ObjectReference to `obj`."""
    meta = obj["metadata"]
    found = {
        "kind": kind,
        "namespace": meta.get("namespace", ""),
        "name": meta["name"],
        "uid": meta.get("uid", ""),
        "apiVersion": api_version,
        "resourceVersion": meta.get("resourceVersion", ""),
        "fieldPath": field_path,
    }
    return {name: value for name, value in found.items() if value}


class Recorder:
    """Emits Events; the same one again raises the count of the first."""

    def __init__(self, pipeline: WritePipeline) -> None:
        self._pipeline, self._store = pipeline, pipeline.store
        self._minor = pipeline.registry.minor
        self._emitted: dict[tuple[str, ...], Key] = {}
        for event in self._store.list("events"):
            self._emitted[_identity(event)] = _key(event)

    def emit(
        self, about: Mapping[str, Any], source: Source, kind: str, reason: str, message: str, action: str = ""
    ) -> None:
        """Emit an Event about the object of a `reference`. `kind` is Normal or Warning."""
        event = self._new(dict(about), source, kind, reason, message, action)
        identity = _identity(event)
        if not self._accepts(event["metadata"]["namespace"]):
            return
        kept = self._emitted.get(identity)
        options = WriteOptions(user=MANAGER)
        try:
            if kept and self._pipeline.change(kept, _again, options) is not None:
                return
            resource = self._pipeline.resource("events")
            created = self._pipeline.create(resource, "v1", event, options)
        except ApiError:  # refused, or about an object of the same name in the same nanosecond
            return
        self._emitted[identity] = _key(created)

    def _accepts(self, namespace: str) -> bool:
        """A namespace that is gone or going takes nothing new."""
        home = self._store.get(Key("namespaces", "", namespace))
        return home is not None and "deletionTimestamp" not in home["metadata"]

    def forget_old(self, now: datetime) -> float | None:
        """Delete Events that were last emitted an hour before `now`; seconds until the next one is due, None if none is."""
        oldest: datetime | None = None
        for event in self._store.list("events"):
            last = _last(event)
            if now - last >= KEPT:
                self._store.delete(_key(event))
            elif oldest is None or last < oldest:
                oldest = last
        self._emitted = {identity: key for identity, key in self._emitted.items() if self._store.get(key)}
        return (oldest + KEPT - now).total_seconds() + 1 if oldest else None

    def _new(
        self, about: Object, source: Source, kind: str, reason: str, message: str, action: str
    ) -> Object:
        now = timestamp()
        event: Object = {
            "apiVersion": "v1",
            "kind": "Event",
            "metadata": {
                "name": f"{about['name']}.{time.time_ns():x}",
                "namespace": about.get("namespace") or "default",
            },
            "involvedObject": about,
            "reason": reason,
            "message": message,
            "type": kind,
        }
        if source == SCHEDULER:  # the scheduler writes events.k8s.io/v1
            return event | {
                "source": {},
                "firstTimestamp": None,
                "lastTimestamp": None,
                "eventTime": micro_timestamp(),
                "action": action or "Binding",
                "reportingComponent": source.component,
                "reportingInstance": f"{source.component}-practice-control-plane",
            }
        from_where = {"component": source.component} | ({"host": source.host} if source.host else {})
        reports = self._minor >= REPORTS_SINCE
        return event | {
            "source": from_where,
            "firstTimestamp": now,
            "lastTimestamp": now,
            "count": 1,
            "eventTime": None,
            "reportingComponent": source.component if reports else "",
            "reportingInstance": source.host if reports else "",
        }


def _again(event: Object) -> Object:
    if event.get("eventTime"):
        series = event.get("series") or {"count": 1}
        event["series"] = {"count": series["count"] + 1, "lastObservedTime": micro_timestamp()}
    else:
        event["count"] = event.get("count", 1) + 1
        event["lastTimestamp"] = timestamp()
    return event


def _identity(event: Object) -> tuple[str, ...]:
    about = event.get("involvedObject", {})
    parts = [str(about.get(name, "")) for name in ("kind", "namespace", "name", "uid", "fieldPath")]
    source = event.get("source") or {}
    component = source.get("component") or event.get("reportingComponent", "")
    text = (event.get("type", ""), event.get("reason", ""), event.get("message", ""))
    return (*parts, component, source.get("host", ""), *text)


def _key(event: Object) -> Key:
    return Key("events", event["metadata"]["namespace"], event["metadata"]["name"])


def _last(event: Object) -> datetime:
    series = event.get("series") or {}
    text = (
        series.get("lastObservedTime")
        or event.get("lastTimestamp")
        or event.get("eventTime")
        or event["metadata"]["creationTimestamp"]
    )
    return datetime.fromisoformat(str(text))
