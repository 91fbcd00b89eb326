"""Helpers for objects that several controllers share."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from runner.practice.machinery.list_selectors import match_labels
from runner.practice.machinery.store import Change, Key, Object, Store, key_of, timestamp


def name_of(obj: Object) -> str:
    return str(obj["metadata"]["name"])


def namespace_of(obj: Object) -> str:
    return str(obj["metadata"].get("namespace", ""))


def uid_of(obj: Object) -> str:
    return str(obj["metadata"]["uid"])


def going(obj: Object) -> bool:
    """Whether it is being deleted."""
    return "deletionTimestamp" in obj["metadata"]


def owner_reference(owner: Object, api_version: str, kind: str) -> Object:
    """The reference by which `owner` controls another object."""
    return {
        "apiVersion": api_version,
        "kind": kind,
        "name": name_of(owner),
        "uid": uid_of(owner),
        "controller": True,
        "blockOwnerDeletion": True,
    }


def controller_of(obj: Object) -> Object | None:
    """The owner reference of the object that controls it."""
    owners = obj["metadata"].get("ownerReferences") or ()
    return next((owner for owner in owners if owner.get("controller")), None)


def owned_keys(change: Change, resource: str, kind: str) -> Iterable[Key]:
    """The keys of `resource` (of `kind`) that control the changed object, now or before."""
    found: dict[Key, None] = {}
    for obj in (change.object, change.previous):
        owner = controller_of(obj) if obj else None
        if owner and owner["kind"] == kind:
            found[Key(resource, change.key.namespace, owner["name"])] = None
    return found


def selecting_keys(store: Store, change: Change, resource: str) -> Iterable[Key]:
    """The keys of `resource` whose selector takes the changed object, where nothing controls it."""
    if controller_of(change.object) or change.type == "DELETED":
        return ()
    labels = change.object["metadata"].get("labels") or {}
    return [
        key_of(resource, owner)
        for owner in store.list(resource, change.key.namespace)
        if selects(owner, labels)
    ]


def selects(owner: Object, labels: Mapping[str, str]) -> bool:
    """Whether a workload's `spec.selector` takes these labels; one without selector takes none."""
    selector = owner["spec"].get("selector")
    return bool(selector) and match_labels(selector, labels)


def condition(obj: Object, kind: str) -> Object | None:
    """A condition of its status, by type."""
    conditions = obj.get("status", {}).get("conditions") or ()
    return next((found for found in conditions if found["type"] == kind), None)


def holds(obj: Object, kind: str) -> bool:
    """Whether the condition `kind` is True."""
    found = condition(obj, kind)
    return found is not None and found["status"] == "True"


def set_condition(conditions: list[Object], new: Object) -> None:
    """Put a condition in its place by type; its lastTransitionTime stays where the status does."""
    for at, old in enumerate(conditions):
        if old["type"] == new["type"]:
            if old["status"] == new["status"] and "lastTransitionTime" in old:
                new = {**new, "lastTransitionTime": old["lastTransitionTime"]}
            conditions[at] = new
            return
    conditions.append(new)


def is_active(pod: Object) -> bool:
    """Neither ended nor being deleted."""
    return pod.get("status", {}).get("phase") not in ("Succeeded", "Failed") and not going(pod)


def is_ready(pod: Object) -> bool:
    return holds(pod, "Ready")


def seconds_until_available(pod: Object, min_ready_seconds: float) -> float | None:
    """0 if the pod is available, the seconds that it must stay ready until then, None if it isn't ready."""
    ready = condition(pod, "Ready")
    if ready is None or ready["status"] != "True":
        return None
    if not min_ready_seconds:
        return 0
    return max(min_ready_seconds - age(ready["lastTransitionTime"]), 0)


def age(moment: str) -> float:
    """Seconds since a time stamp of the API."""
    return (datetime.now(UTC) - parse_time(moment)).total_seconds()


def parse_time(moment: str) -> datetime:
    return datetime.fromisoformat(moment.replace("Z", "+00:00"))


def share(value: Any, total: int, *, up: bool) -> int:
    """An IntOrString such as 25% of `total`, rounded up or down."""
    if isinstance(value, str) and value.endswith("%"):
        part = total * int(value[:-1]) / 100
        return math.ceil(part) if up else math.floor(part)
    return int(value or 0)


def without_empty(values: Mapping[str, Any]) -> Object:
    """Leaves out what the real API omits when it is empty: 0, "", [], {} and None."""
    return {name: value for name, value in values.items() if value not in (None, 0, "", [], {})}


def now() -> str:
    return timestamp()
